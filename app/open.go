package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"gumshoe/backend/api"
	"gumshoe/backend/journal"
	"gumshoe/backend/ollama"
	"gumshoe/backend/proxy"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
	"gumshoe/frontend"
)

// openData opens what is kept: keys, the log, settings, upstreams, what was learned.
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

func dbPath(dir string) string { return filepath.Join(dir, "gumshoe.db") }

func journalPath(dir string) string { return filepath.Join(dir, "journal") }

// openProxy opens the journal and the proxy before it, and begins to record.
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
	closed := ""
	if p.opts.demo {
		closed = demoClosed
	}
	p.proxy = proxy.New(proxy.Config{
		Closed:   closed,
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

// openUI starts the API and the work in the background, and listens for browsers
// where there is no window.
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

// listenUI serves the API to browsers that have the token.
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
