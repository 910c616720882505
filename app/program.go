package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"gumshoe/backend/api"
	"gumshoe/backend/api/dto"
	"gumshoe/backend/events"
	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/ollama"
	"gumshoe/backend/proxy"
	"gumshoe/backend/recorder"
	"gumshoe/backend/secrets"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
	"gumshoe/backend/webhook"
	"gumshoe/backend/wire/dialects"
	"gumshoe/frontend"

	"github.com/google/uuid"
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
		if err := p.makeDemo(o.now()); err != nil {
			return p, err
		}
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

func (p *program) openData(ctx context.Context, env func(string) string) error {
	var err error
	if p.keeper, err = openKeeper(p.dir, env); err != nil {
		return err
	}
	if p.writeKey, err = ownKey(p.keeper, writeKeyName, "gs-", p.opts.writeKey); err != nil {
		return err
	}
	if p.uiToken, err = ownKey(p.keeper, uiTokenName, "ui-", p.opts.uiToken); err != nil {
		return err
	}
	if p.store, err = store.Open(ctx, store.Config{Path: dbPath(p.dir), Log: p.log}); err != nil {
		return err
	}
	p.onClose(p.store.Close)
	p.settings = settings.New(p.store)
	if p.registry, err = upstreams(ctx, p.settings, p.opts.upstreams); err != nil {
		return err
	}
	p.watch = ollama.NewWatch(p.registry.Registry, nil, p.opts.now)
	if text, ok, err := p.store.Setting(ctx, staysName); err == nil && ok {
		if err := p.watch.Import([]byte(text)); err != nil {
			p.log.Warn("reading what was in memory earlier", "error", err)
		}
	}
	if p.demoStays != nil {
		p.watch.Take(p.demoStays)
	}
	if p.insight, err = openInsight(ctx, p.store, p.dir, p.log); err != nil {
		return err
	}
	return p.openTokenSecret()
}

func openKeeper(dir string, env func(string) string) (*secrets.Keeper, error) {
	return secrets.Open(secrets.Config{Dir: dir, Service: "gumshoe", Secret: env("GUMSHOE_SECRET"), NoKeyring: env("GUMSHOE_NO_KEYRING") != ""})
}

func dbPath(dir string) string      { return filepath.Join(dir, "gumshoe.db") }
func journalPath(dir string) string { return filepath.Join(dir, "journal") }

// The names under which the keeper has Gumshoe's own keys.
const (
	writeKeyName = "write-key"
	uiTokenName  = "ui-token"
)

// providerKeyName is where the keeper has the stored key of an upstream.
func providerKeyName(name string) string { return "upstream:" + name }

var usableKey = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,200}$`)

// ownKey returns the key that a flag gave for this run or, failing that, the
// kept one, which is made on first use.
func ownKey(k *secrets.Keeper, name, prefix, given string) (string, error) {
	if given != "" {
		if !usableKey.MatchString(given) || given == "v1" || given == "healthz" || given == "." || given == ".." {
			return "", fmt.Errorf("this %s can't stand in a URL: use the characters A-Z a-z 0-9 . _ ~ - and not a reserved word", name)
		}
		return given, nil
	}
	key, ok, err := k.Get(name)
	if err != nil {
		return "", fmt.Errorf("reading the %s: %w", name, err)
	}
	if ok {
		return key, nil
	}
	key = prefix + rand.Text()
	if err := k.Set(name, key); err != nil {
		return "", fmt.Errorf("keeping the %s: %w", name, err)
	}
	return key, nil
}

// configured are the upstreams in use, and what is behind them.
type configured struct {
	*upstream.Registry
	fromRun  map[string]bool // given by a flag of this run
	shadowed []string        // stored ones whose names a flag has taken
}

// upstreams are those of the flags and, behind them, the stored ones; the very
// first time Ollama on its usual port.
func upstreams(ctx context.Context, s *settings.Settings, flags []string) (c configured, err error) {
	stored, ok, err := s.Upstreams(ctx)
	if err != nil {
		return c, err
	}
	if !ok {
		stored = []string{"ollama=ollama+http://127.0.0.1:11434"}
	}
	c = configured{Registry: upstream.NewRegistry(nil), fromRun: map[string]bool{}}
	for _, text := range flags {
		u, err := upstream.Parse(text)
		if err != nil {
			return c, fmt.Errorf("--upstream: %w", err)
		}
		c.fromRun[u.Name] = true
		c.Put(u)
	}
	for _, text := range stored {
		u, err := upstream.Parse(text)
		if err != nil {
			return c, fmt.Errorf("a stored upstream: %w", err)
		}
		if c.fromRun[u.Name] {
			c.shadowed = append(c.shadowed, text)
		} else {
			c.Put(u)
		}
	}
	return c, nil
}

func (p *program) openProxy(ctx context.Context) error {
	progress, err := p.store.Progress(ctx)
	if err != nil {
		return err
	}
	// Where this can't be read the recorder says so, and reads all of the journal.
	last, _ := journal.ParsePosition(progress.Read)
	p.journal, err = journal.Open(journal.Config{Dir: journalPath(p.dir), After: last.Segment, Log: p.log})
	if err != nil {
		return err
	}
	p.onClose(p.journal.Close)
	more, err := p.moreKeys()
	if err != nil {
		return err
	}
	p.proxy = proxy.New(proxy.Config{
		WriteKey: p.writeKey, MoreKeys: more, Identity: p.identity, Upstreams: p.registry.Registry, ProviderKey: p.ProviderKey, Journal: p.journal, Origins: p.opts.origins,
		Recording: p.health.journal, Ready: p.ready.Load, Log: p.log, Now: p.opts.now,
	})
	if p.hook, err = p.openWebhook(); err != nil {
		return err
	}
	p.startRecorder()
	p.server = proxy.NewServer(p.proxy, p.log)
	addr := p.opts.listen
	if addr == "" {
		if addr, err = p.settings.Listen(ctx); err != nil {
			return err
		}
	}
	if addr == "" {
		addr = defaultListen
	}
	if err := p.server.Listen(addr); err != nil {
		return inUse(err, addr, "--listen")
	}
	p.onClose(func() error { p.proxy.CloseIdle(); return p.server.Shutdown(grace) })
	return nil
}

// inUse words why an address can't be had.
func inUse(err error, addr, flagName string) error {
	var bad *net.AddrError
	var dns *net.DNSError
	if errors.As(err, &bad) || errors.As(err, &dns) {
		return fmt.Errorf("%s is no address to listen on (%w): give HOST:PORT with a port from 1 to 65535, such as 127.0.0.1:8731, with %s", addr, errors.Unwrap(err), flagName)
	}
	return fmt.Errorf("%s can't be listened on (%w): end what uses it, or choose another address with %s", addr, errors.Unwrap(err), flagName)
}

// openWebhook starts what tells another program of stored exchanges; nil where
// none was asked for.
func (p *program) openWebhook() (*webhook.Hook, error) {
	if p.opts.webhook == "" {
		return nil, nil
	}
	hook, err := webhook.New(webhook.Config{URL: p.opts.webhook, Log: p.log})
	if err != nil {
		return nil, fmt.Errorf("--webhook: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { hook.Run(ctx); close(done) }()
	p.onClose(func() error { stop(); <-done; return nil })
	return hook, nil
}

func (p *program) startRecorder() {
	rec := recorder.New(recorder.Config{
		Dir: journalPath(p.dir), Journal: p.journal, Store: sink{p.store}, Dialect: dialects.For,
		Insight: p.recorderInsight(),
		Announce: func(e exchange.Exchange, prompt string) {
			if e.Kind == exchange.KindOllama {
				p.lastOllama.Store(p.opts.now().UnixMicro())
			}
			row := api.Row(e, store.Snippet(prompt))
			if p.hook != nil {
				if b, err := json.Marshal(row); err == nil { // numbers and strings: it can't fail
					p.hook.Send(b)
				}
			}
			p.bus.Publish(dto.Event{Type: "exchange", Row: &row})
		},
		Trouble: p.health.recorder,
		Alive:   func(id uuid.UUID) bool { return p.proxy.Live().Has(id) },
		Log:     p.log,
		Now:     p.opts.now,
	})
	// The recorder outlives the context that ends the program: it stops when
	// the proxy has.
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		if err := behind(); err != nil {
			p.log.Debug("recording beside the traffic", "error", err)
		}
		done <- rec.Run(ctx)
	}()
	p.onClose(func() error { stop(); return <-done })
}

// sink gives the recorder's items to the store.
type sink struct{ *store.Store }

// Save stores a batch.
func (s sink) Save(ctx context.Context, items []recorder.Item, progress recorder.Progress) error {
	list := make([]store.Item, len(items))
	for i, it := range items {
		list[i] = store.Item(it)
	}
	return s.Store.Save(ctx, list, store.Progress(progress))
}

// Progress reads how far the recorder is.
func (s sink) Progress(ctx context.Context) (recorder.Progress, error) {
	progress, err := s.Store.Progress(ctx)
	return recorder.Progress(progress), err
}

func (p *program) openUI(window bool) error {
	assets, err := fs.Sub(frontend.Dist, "dist")
	if err != nil {
		return fmt.Errorf("finding the UI: %w", err)
	}
	p.api = api.New(api.Config{
		Assets: assets, Log: logbook{p.store, p}, Running: table{p.proxy.Live()}, Machine: machine{p}, Identity: machine{p}, Prices: priced{p.insight.prices, p}, Upstreams: p.registry.Registry, Settings: p.settings,
		Watch: p.watch, Bus: p.bus, Dialect: dialects.For, Tokens: p.insight.tokens.Text, Window: window, Logger: p.log, Now: p.opts.now,
	})
	p.handler = p.api
	ctx, stop := context.WithCancel(context.Background())
	p.background.Go(func() { p.api.Pulse(ctx) })
	p.background.Go(func() { p.retain(ctx) })
	p.background.Go(func() { p.sumUp(ctx) })
	p.background.Go(func() { p.settle(ctx) })
	p.background.Go(func() { p.watch.Follow(ctx, p.ollamaBusy) })
	p.background.Go(func() { p.keepLearned(ctx) })
	if window {
		feed, end := p.bus.Subscribe(1024)
		p.background.Go(func() {
			for e := range feed {
				p.shell.Emit(e)
			}
		})
		_ = end // closing the bus ends it
	}
	p.onClose(func() error { stop(); p.bus.Close(); p.background.Wait(); return nil })
	if window {
		return nil
	}
	return p.listenUI()
}

func (p *program) listenUI() error {
	addr := p.opts.ui
	if addr == "" {
		addr = defaultUI
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return inUse(err, addr, "--ui")
	}
	p.uiAddr = l.Addr().String()
	p.ui = &http.Server{
		Handler:           &api.Guard{Next: p.handler, Token: p.uiToken, Addr: func() string { return p.uiAddr }},
		ReadHeaderTimeout: 20 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := p.ui.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("the UI stopped accepting", "error", err)
		}
	}()
	p.onClose(p.ui.Close)
	return nil
}

// uiURL is the address of the UI in a browser; "" in the window.
func (p *program) uiURL(token string) string {
	if p.uiAddr == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(p.uiAddr)
	if ip := net.ParseIP(host); err == nil && (ip == nil || ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	u := "http://" + net.JoinHostPort(host, port) + "/"
	if token != "" {
		u += "?token=" + token
	}
	return u
}

// sumUp keeps the sums behind the graphs up to date.
func (p *program) sumUp(ctx context.Context) {
	p.inSteps(ctx, "summing the log up", 15*time.Second, 5*time.Millisecond, p.store.RollUp)
}

// settle packs exchanges together that have come to rest and, where there are none,
// what an earlier Gumshoe packed.
func (p *program) settle(ctx context.Context) {
	const rest = 10 * time.Minute
	p.inSteps(ctx, "packing the log", time.Minute, 200*time.Millisecond, func(ctx context.Context) (more bool, err error) {
		if more, err := p.store.Settle(ctx, p.opts.now().Add(-rest).UnixMicro()); more || err != nil {
			return more, err
		}
		return p.store.Repack(ctx)
	})
}

// inSteps does background work until ctx ends: it waits between steps, as others
// write, too, and is calm where no more is left or a step failed.
func (p *program) inSteps(ctx context.Context, what string, calm, between time.Duration, step func(context.Context) (more bool, err error)) {
	for {
		more, err := step(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.Error(what, "error", err)
			more = false
		}
		pause := calm
		if more {
			pause = between
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// folderSize is how much the data folder takes, in bytes.
func folderSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what can't be read now is left out
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
