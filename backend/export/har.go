package export

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

// maxHARBody is the most bytes of one body in an archive.
const maxHARBody = 16 << 20

// pair is a name and a value (HAR 1.2, "headers" and "queryString").
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

type harRequest struct {
	Method      string      `json:"method"`
	URL         string      `json:"url"`
	HTTPVersion string      `json:"httpVersion"`
	Cookies     []pair      `json:"cookies"`
	Headers     []pair      `json:"headers"`
	QueryString []pair      `json:"queryString"`
	PostData    *harContent `json:"postData,omitempty"`
	HeadersSize int64       `json:"headersSize"`
	BodySize    int64       `json:"bodySize"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []pair     `json:"cookies"`
	Headers     []pair     `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int64      `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
}

// harTimings are milliseconds; -1 does not apply or is not known.
type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	SSL     float64 `json:"ssl"`
}

// harEntry is one exchange (HAR 1.2, w3c.github.io/web-performance/specs/HAR);
// names with an underscore are our own.
type harEntry struct {
	StartedDateTime string      `json:"startedDateTime"`
	Time            float64     `json:"time"`
	Request         harRequest  `json:"request"`
	Response        harResponse `json:"response"`
	Cache           struct{}    `json:"cache"`
	Timings         harTimings  `json:"timings"`
	Gumshoe         line        `json:"_gumshoe"`
}

func harWriter(ctx context.Context, w io.Writer, r reading) (each func(*exchange.Exchange) error, finish func() error) {
	parted := `{"log":{"version":"1.2","creator":{"name":"Gumshoe","version":"1"},"entries":[` + "\n"
	each = func(e *exchange.Exchange) error {
		entry, err := harOf(ctx, e, r)
		if err != nil {
			return err
		}
		b, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("describing it: %w", err)
		}
		_, err = io.WriteString(w, parted+string(b))
		parted = ",\n"
		return err
	}
	return each, func() error {
		if parted == ",\n" {
			parted = ""
		}
		_, err := io.WriteString(w, parted+"\n]}}\n")
		return err
	}
}

func harOf(ctx context.Context, e *exchange.Exchange, r reading) (harEntry, error) {
	rec, err := r.log.Get(ctx, e.ID)
	if err != nil {
		return harEntry{}, errLeft // deleted meanwhile
	}
	out := harEntry{StartedDateTime: time.UnixMicro(e.StartedAt).UTC().Format("2006-01-02T15:04:05.000Z"), Gumshoe: lineOf(e), Time: -1,
		Request: harRequest{Method: e.Method, URL: rec.Start.URL, HTTPVersion: "HTTP/1.1", Cookies: []pair{}, Headers: pairs(rec.Start.Headers),
			QueryString: []pair{}, HeadersSize: -1, BodySize: e.RequestBytes},
		Response: harResponse{Status: e.HTTPStatus, StatusText: http.StatusText(e.HTTPStatus), HTTPVersion: "HTTP/1.1", Cookies: []pair{}, Headers: []pair{},
			HeadersSize: -1, BodySize: e.ResponseBytes}}
	if q, err := url.ParseQuery(rec.Start.Query); err == nil {
		for name, values := range q {
			for _, v := range values {
				out.Request.QueryString = append(out.Request.QueryString, pair{name, v})
			}
		}
	}
	if rec.Head != nil {
		out.Response.Headers = pairs(rec.Head.Headers)
	}
	if e.RequestBytes > 0 {
		c, err := harBody(ctx, r, e.ID, store.Request, mime(rec.Start.Headers))
		if err != nil {
			return out, err
		}
		c.Encoding = "" // postData knows none; what is no text is said to be base64
		out.Request.PostData = &c
	}
	replyType := ""
	if rec.Head != nil {
		replyType = mime(rec.Head.Headers)
	}
	if out.Response.Content, err = harBody(ctx, r, e.ID, store.Reply, replyType); err != nil {
		return out, err
	}
	out.Timings = harTimings{-1, -1, -1, 0, 0, 0, -1}
	sent, first, whole := known(rec.SentAt, 0), e.Timing.FirstByte, e.Timing.Duration
	if whole != nil {
		out.Time = float64(*whole) / 1000
		out.Timings.Send = float64(min(sent, *whole)) / 1000
		wait := *whole
		if first != nil {
			wait = min(*first, *whole)
		}
		out.Timings.Wait = float64(max(wait-sent, 0)) / 1000
		out.Timings.Receive = max(out.Time-out.Timings.Send-out.Timings.Wait, 0)
	}
	return out, nil
}

func known(v *int64, fallback int64) int64 {
	if v == nil {
		return fallback
	}
	return *v
}

func pairs(list []exchange.Header) []pair {
	out := []pair{}
	for _, h := range list {
		out = append(out, pair{h.Name, valid(h.Value)})
	}
	return out
}

func mime(list []exchange.Header) string {
	for _, h := range list {
		if http.CanonicalHeaderKey(h.Name) == "Content-Type" {
			return valid(h.Value)
		}
	}
	return ""
}

func harBody(ctx context.Context, r reading, id string, side store.Side, mediaType string) (harContent, error) {
	b, whole, err := r.bytes(ctx, id, side, maxHARBody)
	if err != nil {
		return harContent{}, fmt.Errorf("reading its body: %w", err)
	}
	c := harContent{Size: int64(len(b)), MimeType: mediaType}
	if !whole {
		c.Comment = "only the beginning is in this archive"
	}
	if utf8.Valid(b) {
		c.Text = string(b)
	} else {
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString(b), "base64"
		if side == store.Request {
			c.Comment += " base64"
		}
	}
	return c, nil
}
