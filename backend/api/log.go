package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/snippet"
	"gumshoe/backend/store"
)

// indexStep is how many rows lie between two anchors.
const indexStep = 200

// filter reads a filter from a URL query. Dates in q are days of this machine.
func (a *API) filter(q url.Values) (query.Filter, error) {
	f := query.Filter{Text: q.Get("text"), Models: q["model"], Upstreams: q["upstream"], Users: q["user"], Chats: q["chat"], Answers: q["answer"],
		Tasks: q["task"], Verdicts: q["verdict"]}
	if len(f.Text) > 1000 || len(f.Models)+len(f.Upstreams)+len(f.Users)+len(f.Chats)+len(f.Answers)+len(f.Tasks)+len(f.Verdicts) > 200 {
		return f, problem(http.StatusBadRequest, "bad_filter", "the filter is too long")
	}
	for _, s := range q["state"] {
		f.States = append(f.States, exchange.State(s))
	}
	tree, err := query.Parse(q.Get("q"), time.Local)
	if err != nil {
		return f, problem(http.StatusBadRequest, "bad_filter", err.Error())
	}
	f.Where = query.Resolve(tree, a.Now())
	f.From, err = number(q, "from", 0)
	if err == nil {
		f.To, err = number(q, "to", 0)
	}
	return f, err
}

func number(q url.Values, name string, fallback int64) (int64, error) {
	s := q.Get(name)
	if s == "" {
		return fallback, nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, problem(http.StatusBadRequest, "bad_number", name+" is not a whole number")
	}
	return v, nil
}

func (a *API) page(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f, err := a.filter(q)
	if err != nil {
		return err
	}
	limit, err := number(q, "limit", 100)
	if err != nil {
		return err
	}
	rows, more, err := a.Log.Page(r.Context(), f, store.PageAt{
		FromID: q.Get("from_id"), BeforeID: q.Get("before_id"), AfterID: q.Get("after_id"), Limit: int(min(limit, store.MaxPage))})
	if err != nil {
		return err
	}
	list, err := a.rows(r.Context(), rows)
	if err != nil {
		return err
	}
	return answer(w, dto.Page{Rows: list, More: more})
}

func (a *API) index(w http.ResponseWriter, r *http.Request) error {
	f, err := a.filter(r.URL.Query())
	if err != nil {
		return err
	}
	total, anchors, err := a.Log.Index(r.Context(), f, indexStep)
	if err != nil {
		return err
	}
	if anchors == nil {
		anchors = []string{}
	}
	return answer(w, dto.Index{Total: total, Step: indexStep, Anchors: anchors})
}

func (a *API) facets(w http.ResponseWriter, r *http.Request) error {
	by, err := a.filter(r.URL.Query())
	if err != nil {
		return err
	}
	f, err := a.Log.Facets(r.Context(), by)
	if err != nil {
		return err
	}
	list := func(in []store.Facet) []dto.Facet {
		out := make([]dto.Facet, 0, len(in))
		for _, v := range in {
			out = append(out, dto.Facet{Value: v.Value, Count: v.Count})
		}
		return out
	}
	return answer(w, dto.Facets{Since: f.Since, Models: list(f.Models), Upstreams: list(f.Upstreams), States: list(f.States),
		Users: list(f.Users), Tasks: list(f.Tasks), Verdicts: list(f.Verdicts)})
}

func (a *API) totals(w http.ResponseWriter, r *http.Request) error {
	f, err := a.filter(r.URL.Query())
	if err != nil {
		return err
	}
	t, err := a.Log.Totals(r.Context(), f)
	if err != nil {
		return err
	}
	return answer(w, dto.Totals{Requests: t.Requests, Errors: t.Errors, InputTokens: t.Input, OutputTokens: t.Output, Cost: t.Cost,
		NoTokens: t.NoTokens, EstimatedTokens: t.EstimatedTokens, Unpriced: t.Unpriced, EstimatedCost: t.EstimatedCost})
}

func (a *API) detail(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	rec, err := a.Log.Get(ctx, id)
	if err != nil {
		return err
	}
	request, requestLen, err := a.Log.Body(ctx, id, store.Request)
	if err != nil {
		return err
	}
	defer request.Close()
	reply, replyLen, err := a.Log.Body(ctx, id, store.Reply)
	if err != nil {
		return err
	}
	defer reply.Close()
	said, err := decode.Stored(rec, request, reply, a.Dialect)
	if err != nil {
		return fmt.Errorf("reading the stored bodies: %w", err)
	}
	d := dto.Detail{
		Row: Row(rec.Exchange, rec.Prompt), Fault: string(exchange.FaultOf(&rec.Exchange, rec.Head != nil && rec.Head.Own)), URL: rec.Start.URL, RequestHeaders: headers(rec.Start.Headers),
		ResponseHeaders: []dto.Header{}, Trailers: headers(rec.End.Trailers), Messages: messages(said.Request.Messages),
		Tools: []dto.Tool{}, Params: nonNil(said.Request.Params), Answer: messages(said.Reply.Messages),
		Chunks: make([]dto.Chunk, 0, len(rec.Chunks)), SentAt: rec.SentAt, RequestStored: requestLen, ResponseStored: replyLen,
		RequestIsText: a.isText(r, id, store.Request), ResponseIsText: a.isText(r, id, store.Reply),
	}
	marks, err := a.Log.Marks(ctx, []string{id})
	if err != nil {
		return err
	}
	d.Mark = markOf(marks[id])
	d.Row.Starred = d.Mark.Starred
	_, d.OllamaRun = snippet.Ollama(&rec.Exchange, decode.PromptText(said.Request.Messages))
	figures(&d, rec.Exchange)
	a.costParts(&d, &rec.Exchange, rec.Start)
	if rec.Head != nil {
		d.ResponseHeaders = headers(rec.Head.Headers)
	}
	for _, t := range said.Request.Tools {
		d.Tools = append(d.Tools, dto.Tool{Name: t.Name, Description: t.Description, Schema: string(t.Schema)})
	}
	for _, c := range rec.Chunks {
		d.Chunks = append(d.Chunks, dto.Chunk{At: c.At, Len: c.Len})
	}
	return answer(w, d)
}

// isText looks at the first bytes of a body as it is shown, unpacked.
func (a *API) isText(r *http.Request, id string, side store.Side) bool {
	body, err := a.open(r, id, side, true)
	if err != nil {
		return false
	}
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, 4096))
	if err != nil && len(b) == 0 {
		return false
	}
	for range utf8.UTFMax { // the cut may be inside a rune
		if utf8.Valid(b) {
			break
		}
		b = b[:len(b)-1]
	}
	for _, c := range b {
		if c == 0 {
			return false
		}
	}
	return utf8.Valid(b)
}

type unpacked struct {
	io.Reader
	io.Closer
}

// open gives a body's bytes, unpacked where asked for.
func (a *API) open(r *http.Request, id string, side store.Side, unpack bool) (io.ReadCloser, error) {
	body, _, err := a.Log.Body(r.Context(), id, side)
	if err != nil || !unpack {
		return body, err
	}
	rec, err := a.Log.Get(r.Context(), id)
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	h := rec.Start.Headers
	if side == store.Reply {
		h = nil
		if rec.Head != nil {
			h = rec.Head.Headers
		}
	}
	return unpacked{decode.Unpack(h, body), body}, nil
}

// body gives the bytes of one side, as a download: a browser must not show them
// as a page.
func (a *API) body(w http.ResponseWriter, r *http.Request) error {
	side := store.Side(r.PathValue("side"))
	if side == "response" {
		side = store.Reply
	} else if side != store.Request {
		return problem(http.StatusNotFound, "not_found", "the side is request or response")
	}
	q := r.URL.Query()
	limit, err := number(q, "limit", -1)
	if err != nil {
		return err
	}
	body, err := a.open(r, r.PathValue("id"), side, q.Get("decoded") == "1")
	if err != nil {
		return err
	}
	defer body.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", r.PathValue("id")+"-"+r.PathValue("side")+".bin"))
	var src io.Reader = body
	if limit >= 0 {
		src = io.LimitReader(body, limit)
	}
	if _, err := io.Copy(w, src); err != nil {
		a.Logger.Warn("sending a body", "error", err) // the header is out; the cut tells the rest
	}
	return nil
}
