package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/settings"
	"gumshoe/backend/setup"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
)

func (a *API) setup(w http.ResponseWriter, r *http.Request) error {
	list, listen, key, n := a.Upstreams.All(), a.Machine.Listen(), a.Machine.WriteKey(), setup.Look()
	out := dto.Setup{BaseURLs: []dto.BaseURL{}, Listen: []dto.ListenChoice{}, WriteKey: key, DockerRun: setup.DockerRun(list, key, listen)}
	for _, b := range setup.BaseURLs(list, key, listen, n) {
		out.BaseURLs = append(out.BaseURLs, dto.BaseURL{Place: b.Place, Upstream: b.Upstream.Name, Kind: string(b.Upstream.Kind), URL: b.URL, Works: b.Works, Needs: b.Needs})
	}
	for _, c := range setup.Choices(listen, n) {
		out.Listen = append(out.Listen, dto.ListenChoice{Address: c.Address, Opens: c.Opens, Current: c.Current})
	}
	first, err := a.Log.FirstSeen(r.Context())
	if err != nil {
		return err
	}
	up := a.Machine.Status().ProxyUp
	reached := a.reached(r.Context(), list)
	out.Checks = []dto.Check{{ID: "proxy_listening", Done: up, Detail: listen},
		{ID: "upstream_reachable", Done: reached != "", Detail: reached}, {ID: "first_request", Done: first != nil}}
	return answer(w, out)
}

// reached names the first upstream whose port answers.
func (a *API) reached(ctx context.Context, list []upstream.Upstream) string {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	found := make(chan string, len(list))
	for _, u := range list {
		go func() {
			port := u.URL.Port()
			if port == "" {
				port = u.URL.Scheme // http and https are names of their ports
			}
			c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.URL.Hostname(), port))
			if err != nil {
				found <- ""
				return
			}
			found <- u.Name
			_ = c.Close()
		}()
	}
	for range list {
		if name := <-found; name != "" {
			return name
		}
	}
	return ""
}

func (a *API) listen(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Address string }
	if err := read(r, &in); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(in.Address)
	n, errPort := strconv.ParseUint(port, 10, 16)
	_, errIP := netip.ParseAddr(host)
	if err != nil || errPort != nil || n == 0 || errIP != nil {
		return problem(http.StatusBadRequest, "bad_address", "an address is IP:PORT, for example 127.0.0.1:8731")
	}
	if err := a.Machine.Rebind(r.Context(), in.Address); err != nil {
		return problem(http.StatusConflict, "cannot_listen", err.Error())
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "listen"})
	return a.setup(w, r)
}

func (a *API) describe(u upstream.Upstream) (dto.Upstream, error) {
	key, err := a.Machine.ProviderKey(u)
	if err != nil {
		return dto.Upstream{}, fmt.Errorf("looking for the key of %s: %w", u.Name, err)
	}
	d := dto.Upstream{Name: u.Name, Kind: string(u.Kind), URL: u.URL.Redacted(), HasKey: key != "", FromRun: a.Machine.FromRun(u.Name),
		AskUsage: !u.NoUsage, KeepIdentity: u.KeepIdentity, OwnHeaders: !u.NoHeaders}
	for _, b := range setup.BaseURLs([]upstream.Upstream{u}, a.Machine.WriteKey(), a.Machine.Listen(), setup.Network{}) {
		if b.Place == setup.SameMachine {
			d.BaseURL = b.URL
		}
	}
	return d, nil
}

func (a *API) upstreams(w http.ResponseWriter, r *http.Request) error {
	out := []dto.Upstream{}
	for _, u := range a.Upstreams.All() {
		d, err := a.describe(u)
		if err != nil {
			return err
		}
		out = append(out, d)
	}
	return answer(w, out)
}

func (a *API) addUpstream(w http.ResponseWriter, r *http.Request) error {
	var in dto.UpstreamInput
	if err := read(r, &in); err != nil {
		return err
	}
	if _, taken := a.Upstreams.Get(in.Name); taken {
		return problem(http.StatusConflict, "name_taken", "there is an upstream of this name already")
	}
	return a.put(w, r, in)
}

func (a *API) editUpstream(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	var in dto.UpstreamInput
	if err := read(r, &in); err != nil {
		return err
	}
	if _, ok := a.Upstreams.Get(name); !ok {
		return problem(http.StatusNotFound, "not_found", "there is no upstream of this name")
	}
	if in.Name == "" {
		in.Name = name
	}
	if in.Name != name {
		return problem(http.StatusBadRequest, "name_fixed", "an upstream keeps its name, because base URLs carry it; remove it and add another")
	}
	return a.put(w, r, in)
}

func (a *API) put(w http.ResponseWriter, r *http.Request, in dto.UpstreamInput) error {
	if a.Machine.FromRun(in.Name) {
		return problem(http.StatusConflict, "from_run", "this upstream was given on the command line of this run")
	}
	u, err := upstream.New(in.Name, exchange.Kind(in.Kind), in.URL)
	if err != nil {
		return err
	}
	if known, ok := a.Upstreams.Get(in.Name); ok {
		u.Options = known.Options
	}
	if in.AskUsage != nil {
		u.NoUsage = !*in.AskUsage
	}
	if in.KeepIdentity != nil {
		u.KeepIdentity = *in.KeepIdentity
	}
	if in.OwnHeaders != nil {
		u.NoHeaders = !*in.OwnHeaders
	}
	if in.Kind == "" {
		key := ""
		if in.Key != nil {
			key = *in.Key
		}
		if found, err := upstream.Detect(r.Context(), a.Client, u.URL, key); err == nil {
			u.Kind = found.Kind
		}
	}
	if in.Key != nil {
		if err := a.Machine.SetProviderKey(u, *in.Key); err != nil {
			return err
		}
	}
	a.Upstreams.Put(u)
	if err := a.kept(r.Context()); err != nil {
		return err
	}
	d, err := a.describe(u)
	if err != nil {
		return err
	}
	return answer(w, d)
}

func (a *API) kept(ctx context.Context) error {
	if err := a.Machine.KeepUpstreams(ctx); err != nil {
		return err
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "upstreams"})
	return nil
}

func (a *API) removeUpstream(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if a.Machine.FromRun(name) {
		return problem(http.StatusConflict, "from_run", "this upstream was given on the command line of this run")
	}
	u, ok := a.Upstreams.Get(name)
	if !ok || !a.Upstreams.Remove(name) {
		return problem(http.StatusNotFound, "not_found", "there is no upstream of this name")
	}
	if err := errors.Join(a.Machine.SetProviderKey(u, ""), a.kept(r.Context())); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) setKey(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Key string }
	if err := read(r, &in); err != nil {
		return err
	}
	return a.changeKey(w, r, in.Key)
}

func (a *API) removeKey(w http.ResponseWriter, r *http.Request) error { return a.changeKey(w, r, "") }

func (a *API) changeKey(w http.ResponseWriter, r *http.Request, key string) error {
	u, ok := a.Upstreams.Get(r.PathValue("name"))
	if !ok {
		return problem(http.StatusNotFound, "not_found", "there is no upstream of this name")
	}
	if err := a.Machine.SetProviderKey(u, key); err != nil {
		return err
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "upstreams"})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) testInput(w http.ResponseWriter, r *http.Request) error {
	var in dto.UpstreamInput
	if err := read(r, &in); err != nil {
		return err
	}
	name := in.Name
	if name == "" {
		name = "new"
	}
	u, err := upstream.New(name, exchange.Kind(in.Kind), in.URL)
	if errors.Is(err, upstream.ErrURL) {
		return answer(w, dto.UpstreamTest{Code: "bad_url", Message: err.Error(), Models: []string{}})
	}
	if err != nil {
		return err
	}
	key := ""
	if in.Key != nil {
		key = *in.Key
	} else if known, ok := a.Upstreams.Get(in.Name); ok && known.URL.Host == u.URL.Host && known.URL.Scheme == u.URL.Scheme {
		// A stored key goes only where it was stored for.
		if key, err = a.Machine.ProviderKey(known); err != nil {
			return err
		}
	}
	return a.test(w, r, u, key)
}

func (a *API) testUpstream(w http.ResponseWriter, r *http.Request) error {
	u, ok := a.Upstreams.Get(r.PathValue("name"))
	if !ok {
		return problem(http.StatusNotFound, "not_found", "there is no upstream of this name")
	}
	key, err := a.Machine.ProviderKey(u)
	if err != nil {
		return err
	}
	return a.test(w, r, u, key)
}

func (a *API) test(w http.ResponseWriter, r *http.Request, u upstream.Upstream, key string) error {
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	start := time.Now()
	found, err := upstream.Detect(ctx, a.Client, u.URL, key)
	out := dto.UpstreamTest{OK: err == nil, Kind: string(found.Kind), Version: found.Version, Models: found.Models,
		Millis: time.Since(start).Milliseconds(), HTTPCode: found.Status}
	if out.Models == nil {
		out.Models = []string{}
	}
	var unfit *upstream.Unfit
	if errors.As(err, &unfit) {
		out.Code, out.Message = unfit.Code, unfit.Error()
	} else if err != nil {
		return err
	}
	return answer(w, out)
}

func (a *API) settings(w http.ResponseWriter, r *http.Request) error {
	v, err := a.Settings.Values(r.Context())
	if err != nil {
		return err
	}
	return answer(w, dto.Settings{Theme: v.Theme, Language: v.Language, RetentionDays: v.RetentionDays, RetentionGB: v.RetentionGB, KeepInBackground: v.KeepInBackground})
}

func (a *API) setSettings(w http.ResponseWriter, r *http.Request) error {
	var in dto.Settings
	if err := read(r, &in); err != nil {
		return err
	}
	err := a.Settings.SetValues(r.Context(), settings.Values{Theme: in.Theme, Language: in.Language, RetentionDays: in.RetentionDays,
		RetentionGB: in.RetentionGB, KeepInBackground: in.KeepInBackground})
	if err != nil {
		return err
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "settings"})
	return answer(w, in)
}

func (a *API) openFolder(w http.ResponseWriter, r *http.Request) error {
	if err := a.Machine.OpenDataFolder(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) throughput(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	now := a.Now().UnixMicro()
	to, err := number(q, "to", now)
	if err != nil {
		return err
	}
	from, err := number(q, "from", to-time.Hour.Microseconds())
	if err != nil {
		return err
	}
	if from >= to {
		return problem(http.StatusBadRequest, "bad_range", "from must be before to")
	}
	step := stepOf(to - from)
	list, cover, err := a.Log.Throughput(r.Context(), from-from%step, to, step, q.Get("upstream"))
	if err != nil {
		return err
	}
	out := dto.Throughput{From: from, To: to, Step: step, Missing: cover.Missing, Clocked: cover.Clocked, Series: []dto.Series{}}
	for _, s := range list {
		one := dto.Series{Model: s.Model, Summary: bucket(s.Summary), Buckets: []dto.Bucket{}}
		for _, b := range s.Buckets {
			one.Buckets = append(one.Buckets, bucket(b))
		}
		out.Series = append(out.Series, one)
	}
	return answer(w, out)
}

// stepOf picks a step of a round length that gives at most about 90 buckets: of
// shorter ones most are empty where a few people ask, and a line falls to pieces.
func stepOf(span int64) int64 {
	for _, d := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		if span/d.Microseconds() <= 90 {
			return d.Microseconds()
		}
	}
	return 30 * 24 * time.Hour.Microseconds()
}

func bucket(b store.Bucket) dto.Bucket {
	return dto.Bucket{At: b.At, Requests: b.Requests, Errors: b.Errors, ColdStarts: b.ColdStarts, OutTokens: b.OutTokens, InTokens: b.InTokens,
		GenP50: b.Generation.P50, GenP95: b.Generation.P95, PromptP50: b.Prompt.P50, PromptP95: b.Prompt.P95,
		TTFTP50: b.TTFT.P50, TTFTP95: b.TTFT.P95, LoadP50: b.LoadDur.P50, LoadP95: b.LoadDur.P95}
}

func (a *API) loaded(w http.ResponseWriter, r *http.Request) error {
	l := a.Watch.Loaded(r.Context())
	out := dto.LoadedAll{At: l.At, Models: []dto.Loaded{}, Errors: nonNil(l.Errors)}
	for _, m := range l.Models {
		out.Models = append(out.Models, dto.Loaded{Upstream: m.Upstream, Model: m.Name, Size: m.Size, SizeVRAM: m.SizeVRAM, Context: m.Context,
			ExpiresAt: m.ExpiresAt, Forever: m.Forever, Params: m.Params, Quant: m.Quant})
	}
	return answer(w, out)
}
