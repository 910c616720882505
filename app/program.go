package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"gumshoe/backend/api"
	"gumshoe/backend/api/dto"
	"gumshoe/backend/events"
	"gumshoe/backend/journal"
	"gumshoe/backend/ollama"
	"gumshoe/backend/proxy"
	"gumshoe/backend/secrets"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
	"gumshoe/backend/webhook"
)

// grace is how long running streams may go on after a request to stop.
const grace = 10 * time.Second

// program is everything that runs. Its parts start in the order of start and
// end in the reverse.
type program struct {
	opts     options
	dir      string
	folder   *folderWatch
	log      *slog.Logger
	instance *instance
	keeper   *secrets.Keeper
	store    *store.Store
	settings *settings.Settings
	registry configured
	insight  *insight
	watch    *ollama.Watch
	journal  *journal.Journal
	bus      *events.Bus[dto.Event]
	proxy    *proxy.Proxy
	server   *proxy.Server
	shell    *shell
	api      *api.API
	handler  http.Handler
	ui       *http.Server
	uiAddr   string
	window   bool

	writeKey, uiToken string
	hook              *webhook.Hook // nil: none
	demoStays         []ollama.Stay // of a demo that was made just now
	health            health
	ready             atomic.Bool
	lastOllama        atomic.Int64 // when an exchange with an Ollama was last stored, microseconds
	closers           []func() error
	background        sync.WaitGroup
}

const (
	// gcPercent lets a heap of a few MB grow to four times what lives in it
	// before it is collected: collecting was a tenth of the work.
	gcPercent = 300
	// memoryAim is where the collector works harder instead, in bytes.
	memoryAim = 64 << 20
)

// tuneMemory trades memory that a laptop has for work that it feels. GOGC and
// GOMEMLIMIT in the environment win.
func tuneMemory(env func(string) string) {
	if env("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryAim)
	}
}

// start builds and starts everything but the window.
func start(ctx context.Context, o options, env func(string) string, log *slog.Logger, window bool) (p *program, err error) {
	tuneMemory(env)
	if o.now == nil {
		o.now = time.Now
	}
	dir, err := prepareData(o.data)
	if err != nil {
		return nil, err
	}
	p = &program{opts: o, dir: dir, folder: &folderWatch{dir: dir, log: log}, log: log, shell: &shell{}, bus: events.New[dto.Event]()}
	p.health.changed = func() { p.bus.Publish(dto.Event{Type: "changed", What: "recording"}) }
	p.folder.began(closeFolder(dir))
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.instance, err = claim(dir); err != nil {
		return p, err
	}
	p.onClose(func() error { p.instance.release(); return nil })
	if o.demo {
		err = p.makeDemo(o.now())
	} else {
		err = notDemo(dir)
	}
	if err != nil {
		return p, err
	}
	if err := p.openData(ctx, env); err != nil {
		return p, err
	}
	if err := p.openProxy(ctx); err != nil {
		return p, err
	}
	if err := p.openUI(window); err != nil {
		return p, err
	}
	p.ready.Store(true)
	p.window = window
	return p, p.tell()
}

// tell lets other commands know what runs.
func (p *program) tell() error {
	r := running{Window: p.window, Proxy: p.server.Addr(), UI: p.uiURL(""), OwnKey: p.opts.writeKey != ""}
	for _, u := range p.registry.All() {
		r.Upstreams = append(r.Upstreams, u.String())
	}
	return p.instance.tell(r)
}

func (p *program) onClose(f func() error) { p.closers = append(p.closers, f) }

// Close ends everything in reverse order: no new request, running streams to
// their end or their grace, the recorder drained, the log closed.
func (p *program) Close() error {
	p.ready.Store(false)
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	p.closers = nil
	return errors.Join(errs...)
}
