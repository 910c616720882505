package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"gumshoe/backend/api"
	"gumshoe/backend/api/dto"
	"gumshoe/backend/journal"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

// machine is the program as the API steers it.
type machine struct{ *program }

var _ api.Machine = machine{}

// Status fills in what the program knows.
func (m machine) Status() dto.Status {
	rec := m.health.now()
	s := dto.Status{
		Demo:    isDemo(m.dir),
		Version: version, Commit: commit, BuildDate: buildDate, DataDir: m.dir, DataOpen: m.folder.look(), DataBytes: folderSize(m.dir), ProxyListen: m.server.Addr(),
		UIListen: m.uiAddr, ProxyUp: m.ready.Load(), Recording: rec.ok, RecordingSince: rec.since, RecordingCode: rec.code, RecordingError: rec.detail,
		Refused: m.proxy.Refused(), Polls: m.watch.Polls(), SecretsPlace: m.keeper.Place(),
	}
	if p, err := m.store.Progress(context.Background()); err == nil {
		if from, err := journal.ParsePosition(p.Read); err == nil {
			if n, err := journal.Backlog(journalPath(m.dir), from); err == nil {
				s.BacklogBytes = n
			}
		}
	}
	return s
}

// WriteKey is the key in the base URLs.
func (m machine) WriteKey() string { return m.writeKey }

// Listen is the proxy's address.
func (m machine) Listen() string { return m.server.Addr() }

// Rebind moves the proxy and keeps the choice.
func (m machine) Rebind(ctx context.Context, addr string) error {
	if err := m.server.Rebind(addr); err != nil {
		return err
	}
	return errors.Join(m.settings.SetListen(ctx, addr), m.tell())
}

// FromRun says whether a flag of this run gave the upstream.
func (m machine) FromRun(name string) bool { return m.registry.fromRun[name] }

// KeepUpstreams stores all upstreams but those of this run, and those that lie
// behind one of this run.
func (m machine) KeepUpstreams(ctx context.Context) error {
	list := []string{}
	for _, u := range m.registry.All() {
		if !m.registry.fromRun[u.Name] {
			list = append(list, u.String())
		}
	}
	return errors.Join(m.settings.SetUpstreams(ctx, append(list, m.registry.shadowed...)), m.tell())
}

// ProviderKey is the stored key of an upstream, "" for none. A key is bound to
// the host that it was given for: an upstream of the same name that a flag or an
// edit sends elsewhere does not get it.
func (p *program) ProviderKey(u upstream.Upstream) (string, error) {
	kept, _, err := p.keeper.Get(providerKeyName(u.Name))
	origin, key, _ := strings.Cut(kept, " ")
	if err != nil || origin != u.Origin() {
		return "", err
	}
	return key, nil
}

// SetProviderKey keeps the key of an upstream; "" removes it.
func (m machine) SetProviderKey(u upstream.Upstream, key string) error {
	if key != "" {
		key = u.Origin() + " " + key
	}
	return m.keeper.Set(providerKeyName(u.Name), key)
}

// Identity is how users are told apart.
func (m machine) Identity() openwebui.Config { return m.identity() }

// SetIdentity keeps how users are told apart.
func (m machine) SetIdentity(ctx context.Context, cfg openwebui.Config, secret *string) error {
	return m.setIdentity(ctx, cfg, secret)
}

// MoreKeys are the further write keys.
func (m machine) MoreKeys() ([]string, error) { return m.moreKeys() }

// SetMoreKeys replaces them.
func (m machine) SetMoreKeys(keys []string) error { return m.setMoreKeys(keys) }

// SaveFile asks in the window where to save.
func (m machine) SaveFile(name string) (string, error) { return m.shell.SaveFile(name) }

// OpenDataFolder shows the data folder in the system's file manager.
func (m machine) OpenDataFolder() error {
	if !m.api.Window {
		return errors.New("only the window can open a folder")
	}
	name := map[string]string{"windows": "explorer", "darwin": "open"}[runtime.GOOS]
	if name == "" {
		name = "xdg-open"
	}
	c := exec.Command(name, m.dir)
	if err := c.Start(); err != nil {
		return fmt.Errorf("opening the data folder: %w", err)
	}
	go func() { _ = c.Wait() }() // how a file manager ends says nothing
	return nil
}

// table gives the proxy's running exchanges to the API.
type table struct{ live *proxy.Live }

// Snapshot lists what runs, newest first.
func (t table) Snapshot() []dto.Live {
	list := t.live.Snapshot()
	out := make([]dto.Live, 0, len(list))
	for _, r := range list {
		out = append(out, dto.Live{ID: r.ID, StartedAt: r.StartedAt, Phase: r.Phase, Upstream: r.Upstream, Kind: string(r.Kind),
			Method: r.Method, Path: r.Path, Model: r.Model, Client: r.Client, User: r.User, Task: string(r.Task),
			FirstByte: r.FirstByte, RequestBytes: r.RequestBytes, ResponseBytes: r.ResponseBytes})
	}
	return out
}

// Stop cancels one.
func (t table) Stop(id string) bool { return t.live.Stop(id) == nil }
