package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

// Found is what answers at a URL.
type Found struct {
	Kind    exchange.Kind
	Version string   // "" where it does not say
	Models  []string // as it lists them
	Status  int      // HTTP status of the deciding answer
	Took    time.Duration
}

// The codes of an Unfit error.
const (
	CodeUnreachable  = "unreachable"
	CodeTimeout      = "timeout"
	CodeUnauthorized = "unauthorized"
	CodeNotAnLLM     = "not_an_llm"
)

// Unfit says why a URL can't be used as an upstream.
type Unfit struct {
	Code   string
	Status int // 0 where nothing answered
	Err    error
}

func (e *Unfit) Error() string { return fmt.Sprintf("asking the upstream: %v", e.Err) }

// Unwrap gives the cause.
func (e *Unfit) Unwrap() error { return e.Err }

// Detect asks a URL what it is: Ollama's version, then a model list in each
// dialect. Key is the provider key, "" for none. Errors are *Unfit.
func Detect(ctx context.Context, client *http.Client, base *url.URL, key string) (Found, error) {
	start := time.Now()
	a := asker{client: client, key: key}
	root := strings.TrimSuffix(strings.TrimRight(base.String(), "/"), "/v1")
	var v struct{ Version string }
	status, err := a.get(ctx, root+"/api/version", &v)
	if status == 0 {
		return Found{}, unreachable(ctx, err)
	}
	if err == nil && status == http.StatusOK && v.Version != "" && !strings.HasSuffix(base.Path, "/v1") {
		f := Found{Kind: exchange.KindOllama, Version: v.Version, Status: status}
		var tags struct{ Models []struct{ Name string } }
		if _, err := a.get(ctx, root+"/api/tags", &tags); err == nil {
			for _, m := range tags.Models {
				f.Models = append(f.Models, m.Name)
			}
		}
		f.Took = time.Since(start)
		return f, nil
	}
	f, err := a.models(ctx, base, root)
	f.Took = time.Since(start)
	return f, err
}

// models tells the other kinds by their model lists.
func (a asker) models(ctx context.Context, base *url.URL, root string) (Found, error) {
	var list struct {
		Data   []struct{ ID, Type string }
		Models []struct{ Name string }
	}
	status := 0
	for _, u := range []string{root + "/v1/models", strings.TrimRight(base.String(), "/") + "/models", root + "/v1beta/models"} {
		s, err := a.get(ctx, u, &list)
		if s == http.StatusOK && err == nil && (list.Data != nil || list.Models != nil) {
			f := Found{Kind: exchange.KindOpenAI, Status: s}
			for _, m := range list.Data {
				if m.Type == "model" {
					f.Kind = exchange.KindAnthropic
				}
				f.Models = append(f.Models, m.ID)
			}
			if list.Data == nil {
				f.Kind = exchange.KindGemini
				for _, m := range list.Models {
					f.Models = append(f.Models, m.Name)
				}
			}
			return f, nil
		}
		if s == http.StatusUnauthorized || s == http.StatusForbidden {
			return Found{Kind: guess("", base), Status: s}, &Unfit{Code: CodeUnauthorized, Status: s,
				Err: fmt.Errorf("it wants a key (HTTP %d)", s)}
		}
		status = s
	}
	return Found{Status: status}, &Unfit{Code: CodeNotAnLLM, Status: status,
		Err: fmt.Errorf("something answers, but not with a list of models (HTTP %d)", status)}
}

func unreachable(ctx context.Context, err error) error {
	var t interface{ Timeout() bool }
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout() {
		return &Unfit{Code: CodeTimeout, Err: Told(err)}
	}
	return &Unfit{Code: CodeUnreachable, Err: Told(err)}
}

type asker struct {
	client *http.Client
	key    string
}

// get asks for one JSON value of at most 8 MiB. The status is 0 where nothing
// answered.
func (a asker) get(ctx context.Context, u string, into any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return 0, fmt.Errorf("asking %s: %w", u, err)
	}
	if a.key != "" {
		req.Header.Set("Authorization", "Bearer "+a.key)
		req.Header.Set("x-api-key", a.key)
		req.Header.Set("x-goog-api-key", a.key)
	}
	req.Header.Set("anthropic-version", "2023-06-01")
	res, err := a.client.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return 0, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, 8<<20)).Decode(into); err != nil {
		return res.StatusCode, fmt.Errorf("reading the answer: %w", err)
	}
	return res.StatusCode, nil
}
