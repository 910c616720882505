// Package api is the one HTTP handler for the window and the browser: the UI's
// files, the JSON API whose shapes are in api/dto, and live events.
//
// Guarantees: every HTML answer carries a strict content security policy; what
// models and clients wrote is served as data, never as a page; errors are JSON
// with a stable code. Nothing here checks who asks: in the window there is no
// port, and serve puts Guard in front.
//
// Test it with: go test ./backend/api
package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/decode"
	"gumshoe/backend/events"
	"gumshoe/backend/exchange"
	"gumshoe/backend/ollama"
	"gumshoe/backend/query"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
)

// Log is what the API reads and deletes; *store.Store is one.
type Log interface {
	Page(ctx context.Context, f query.Filter, at store.PageAt) ([]store.Row, bool, error)
	Index(ctx context.Context, f query.Filter, step int64) (int64, []string, error)
	Facets(ctx context.Context, f query.Filter) (store.Facets, error)
	Values(ctx context.Context, field query.Field, holds string) ([]store.Facet, int64, error)
	Marks(ctx context.Context, ids []string) (map[string]store.Mark, error)
	SetMark(ctx context.Context, id string, m store.Mark) error
	ByID(ctx context.Context, ids []string) ([]store.Row, error)
	Views(ctx context.Context) ([]store.View, error)
	Ask(ctx context.Context, text string) (store.Answer, error)
	Chats(ctx context.Context, user, before string, limit int) ([]store.Chat, bool, error)
	Chat(ctx context.Context, id string, limit int) (store.Chat, []store.Row, bool, error)
	Match(ctx context.Context, f query.Filter, ids []string) ([]string, error)
	Histogram(ctx context.Context, f query.Filter, bounds []int64, to int64) ([]store.Step, int64, error)
	Graph(ctx context.Context, of store.Of, bounds []int64, to int64) (store.Figures, []store.Slot, error)
	Sum(ctx context.Context, of store.Of, from, to int64) (store.Figures, error)
	Groups(ctx context.Context, by store.By, of store.Of, from, to int64) ([]store.Group, error)
	Tops(ctx context.Context, by store.By, from, to int64) ([]store.Group, error)
	CountChats(ctx context.Context, from, to int64) (map[string]int64, bool, error)
	Served(ctx context.Context, models []string) (map[string]string, error)
	Week(ctx context.Context, of store.Of, from, to int64, zone *time.Location) ([]store.Cell, int64, error)
	Distribution(ctx context.Context, of store.Of, figure string, from, to int64) ([]store.Bin, int64, int64, error)
	Totals(ctx context.Context, f query.Filter) (store.Totals, error)
	Get(ctx context.Context, id string) (exchange.Record, error)
	Body(ctx context.Context, id string, side store.Side) (io.ReadCloser, int64, error)
	Each(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error
	EachUp(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error
	Throughput(ctx context.Context, from, to, step int64, upstream string) ([]store.Series, store.Coverage, error)
	Count(ctx context.Context) (int64, error)
	FirstSeen(ctx context.Context) (*int64, error)
	DeleteAll(ctx context.Context) (int64, error)
	DeleteWhere(ctx context.Context, f query.Filter, progress func(gone int64)) (int64, error)
	DeleteIDs(ctx context.Context, ids []string, progress func(gone int64)) (int64, error)
}

// Running is the table of running exchanges; app gives the proxy's.
type Running interface {
	Snapshot() []dto.Live // newest first, never nil
	// Stop cancels one on both sides; false where none of that id runs.
	Stop(id string) bool
}

// Machine is the running program as the UI sees and steers it; app provides it.
type Machine interface {
	// Status fills in all but Exchanges and FirstSeenAt.
	Status() dto.Status
	WriteKey() string
	// Listen is the proxy's address; Rebind moves it and keeps the choice.
	Listen() string
	Rebind(ctx context.Context, addr string) error
	// FromRun says whether an upstream was given by a flag of this run.
	FromRun(name string) bool
	// KeepUpstreams stores the registry's upstreams but those of the run.
	KeepUpstreams(ctx context.Context) error
	ProviderKey(u upstream.Upstream) (string, error)
	SetProviderKey(u upstream.Upstream, key string) error
	// SaveFile asks in the window where to save; "" means cancelled.
	SaveFile(name string) (string, error)
	OpenDataFolder() error
}

// Config is what the API needs.
type Config struct {
	Assets    fs.FS // the built UI; without index.html a page says so
	Log       Log
	Running   Running
	Machine   Machine
	Identity  Identity
	Prices    Prices
	Upstreams *upstream.Registry
	Settings  *settings.Settings
	Watch     *ollama.Watch
	Bus       *events.Bus[dto.Event]
	Dialect   decode.DialectFunc
	Tokens    func(text string) int64 // estimates; nil: there is no anatomy of prompts
	Client    *http.Client            // asks upstreams; nil: one with a timeout
	Window    bool
	Logger    *slog.Logger
	Now       func() time.Time
}

// API is the handler.
type API struct {
	Config
	mux       *http.ServeMux
	asking    sync.Map                           // of queries that run: context.CancelFunc by name
	deleting  sync.Map                           // of deletions, likewise
	downloads sync.Map                           // of exports that browsers download: *download by name
	exporting atomic.Pointer[context.CancelFunc] // of the export into a file that runs
	turns     turns
}

// New makes the handler.
func New(cfg Config) *API {
	a := &API{Config: cfg, mux: http.NewServeMux()}
	if a.Client == nil {
		a.Client = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if a.Logger == nil {
		a.Logger = slog.New(slog.DiscardHandler)
	}
	if a.Now == nil {
		a.Now = time.Now
	}
	for pattern, h := range a.routes() {
		a.mux.Handle(pattern, a.wrap(h))
	}
	a.mux.Handle("/api/", a.wrap(func(http.ResponseWriter, *http.Request) error {
		return problem(http.StatusNotFound, "not_found", "there is nothing at this path")
	}))
	a.mux.HandleFunc("/", a.assets)
	return a
}

// routes are what there is below /api/.
func (a *API) routes() map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /api/status":                     a.status,
		"GET /api/exchanges":                  a.page,
		"GET /api/exchanges/index":            a.inTurn(a.index),
		"GET /api/exchanges/{id}":             a.detail,
		"GET /api/exchanges/{id}/body/{side}": a.body,
		"GET /api/exchanges/{id}/snippet":     a.snippet,
		"GET /api/exchanges/{id}/curl":        a.curl,
		"PUT /api/exchanges/{id}/mark":        a.setMark,
		"GET /api/exchanges/{id}/related":     a.related,
		"GET /api/exchanges/{id}/earlier":     a.earlier,
		"GET /api/facets":                     a.inTurn(a.facets),
		"GET /api/totals":                     a.inTurn(a.totals),
		"GET /api/query":                      a.query,
		"GET /api/histogram":                  a.inTurn(a.histogram),
		"GET /api/sql/views":                  a.sqlViews,
		"POST /api/sql":                       a.ask,
		"POST /api/sql/cancel":                a.cancelAsk,
		"GET /api/sql/saved":                  a.savedSQL,
		"PUT /api/sql/saved":                  a.setSavedSQL,
		"GET /api/chats":                      a.chats,
		"GET /api/chats/{id}":                 a.chat,
		"GET /api/exchanges/{id}/anatomy":     a.anatomy,
		"GET /api/views":                      a.views,
		"PUT /api/views":                      a.setViews,
		"POST /api/exchanges/match":           a.match,
		"GET /api/graph":                      a.graph,
		"GET /api/groups":                     a.groups,
		"GET /api/week":                       a.week,
		"GET /api/distribution":               a.distribution,
		"GET /api/what-if":                    a.whatIf,
		"GET /api/budgets":                    a.budgets,
		"PUT /api/budgets":                    a.setBudgets,
		"GET /api/live":                       a.live,
		"POST /api/live/{id}/stop":            a.stop,
		"GET /api/events":                     a.events,
		"GET /api/export.csv":                 a.exportCSV,
		"GET /api/export":                     a.exportAny,
		"POST /api/export":                    a.exportFile,
		"GET /api/export/state":               a.downloadState,
		"POST /api/export/cancel":             a.cancelExport,
		"GET /api/ollama/throughput":          a.throughput,
		"GET /api/ollama/loaded":              a.loaded,
		"GET /api/setup":                      a.setup,
		"PUT /api/listen":                     a.listen,
		"GET /api/upstreams":                  a.upstreams,
		"POST /api/upstreams":                 a.addUpstream,
		"POST /api/upstreams/test":            a.testInput,
		"PUT /api/upstreams/{name}":           a.editUpstream,
		"DELETE /api/upstreams/{name}":        a.removeUpstream,
		"POST /api/upstreams/{name}/test":     a.testUpstream,
		"PUT /api/upstreams/{name}/key":       a.setKey,
		"DELETE /api/upstreams/{name}/key":    a.removeKey,
		"GET /api/settings":                   a.settings,
		"PUT /api/settings":                   a.setSettings,
		"GET /api/identity":                   a.identity,
		"PUT /api/identity":                   a.setIdentity,
		"GET /api/write-keys":                 a.writeKeys,
		"POST /api/write-keys":                a.addWriteKey,
		"DELETE /api/write-keys/{id}":         a.removeWriteKey,
		"GET /api/prices":                     a.prices,
		"GET /api/prices/names":               a.priceNames,
		"PUT /api/prices/own":                 a.setOwnPrices,
		"POST /api/prices/fetch":              a.fetchPrices,
		"POST /api/prices/accept":             a.acceptPrices,
		"POST /api/prices/reprice":            a.reprice,
		"GET /api/ollama/stays":               a.stays,
		"POST /api/delete":                    a.deleteSome,
		"POST /api/delete/cancel":             a.cancelDelete,
		"POST /api/delete-all":                a.deleteAll,
		"POST /api/open-data-folder":          a.openFolder,
	}
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// failure is an error that the UI words by its code.
type failure struct {
	status int
	body   dto.Error
}

func (f *failure) Error() string { return f.body.Message }

func problem(status int, code, message string) error {
	return &failure{status: status, body: dto.Error{Code: code, Message: message}}
}

// wrap turns a returned error into its JSON and keeps answers from being
// sniffed or cached.
func (a *API) wrap(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
		err := h(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		var f *failure
		if !errors.As(err, &f) {
			f = a.known(err)
		}
		if f.status >= 500 {
			a.Logger.Error("answering the UI", "path", r.URL.Path, "error", err)
		}
		f.body.Params = nonNil(f.body.Params)
		if _, ok := f.body.Params["detail"]; !ok {
			f.body.Params["detail"] = f.body.Message
		}
		writeJSON(w, f.status, f.body)
	})
}

// known gives the errors of other packages their codes.
func (a *API) known(err error) *failure {
	for _, k := range []struct {
		err    error
		status int
		code   string
	}{
		{store.ErrNotFound, http.StatusNotFound, "not_found"},
		{store.ErrSQLTime, http.StatusBadRequest, "sql_time"},
		{store.ErrSQLRoom, http.StatusBadRequest, "sql_room"},
		{store.ErrSQLBegin, http.StatusBadRequest, "sql_begin"},
		{store.ErrSQL, http.StatusBadRequest, "sql"},
		{store.ErrMark, http.StatusBadRequest, "bad_mark"},
		{store.ErrLocked, http.StatusServiceUnavailable, "log_locked"},
		{store.ErrFull, http.StatusInsufficientStorage, "log_full"},
		{store.ErrDenied, http.StatusInternalServerError, "log_denied"},
		{store.ErrMoved, http.StatusInternalServerError, "log_moved"},
		{store.ErrDamaged, http.StatusInternalServerError, "log_damaged"},
		{upstream.ErrWord, http.StatusBadRequest, "reserved_name"},
		{upstream.ErrName, http.StatusBadRequest, "bad_name"},
		{upstream.ErrURL, http.StatusBadRequest, "bad_url"},
		{upstream.ErrKind, http.StatusBadRequest, "bad_kind"},
		{settings.ErrValue, http.StatusBadRequest, "bad_setting"},
		{context.DeadlineExceeded, http.StatusGatewayTimeout, "timeout"},
	} {
		if errors.Is(err, k.err) {
			return &failure{status: k.status, body: dto.Error{Code: k.code, Message: err.Error()}}
		}
	}
	return &failure{status: http.StatusInternalServerError, body: dto.Error{Code: "internal", Message: err.Error()}}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"code":"internal","message":"the answer can't be described","params":{}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that left needs no answer
}

func answer(w http.ResponseWriter, v any) error {
	writeJSON(w, http.StatusOK, v)
	return nil
}

// maxInput is the largest body that the UI sends, in bytes.
const maxInput = 1 << 20

// read takes a JSON body. The content type is part of the defence against other
// sites: a form can't send it.
func read(r *http.Request, into any) error {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "json_needed", "send Content-Type: application/json")
	}
	d := json.NewDecoder(io.LimitReader(r.Body, maxInput))
	if err := d.Decode(into); err != nil {
		return problem(http.StatusBadRequest, "bad_json", "the body is not the JSON that is wanted: "+err.Error())
	}
	return nil
}

func nonNil[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
