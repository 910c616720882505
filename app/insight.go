package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/price"
	"gumshoe/backend/recorder"
	"gumshoe/backend/store"
	"gumshoe/backend/tokens"
	"gumshoe/backend/upstream"
)

// insight is what the recorder is told beyond an exchange's own bytes.
type insight struct {
	store    *store.Store
	prices   *prices
	tokens   *tokens.Estimator
	identity atomic.Pointer[openwebui.Config]
}

// The names under which settings and secrets keep what belongs to insight.
const (
	factorsName     = "token_factors"
	staysName       = "ollama_stays"
	identityName    = "identity"
	tokenSecretName = "openwebui-jwt"
	moreKeysName    = "more-write-keys"
)

const (
	// remembered is how many rows are read at the start to go on with chats and
	// verdicts.
	remembered = 2000
	// keepFactors is how often what was learned of tokens is kept.
	keepFactors = 10 * time.Minute
)

// openInsight reads what earlier runs learned and what the person has set.
func openInsight(ctx context.Context, st *store.Store, dir string, log *slog.Logger) (*insight, error) {
	in := &insight{store: st, tokens: tokens.New()}
	var err error
	if in.prices, err = openPrices(ctx, st, dir, log); err != nil {
		return nil, err
	}
	text, ok, err := st.Setting(ctx, factorsName)
	if err != nil {
		return nil, err
	}
	if ok {
		if err := in.tokens.Import([]byte(text)); err != nil {
			log.Warn("what was learned of tokens is begun anew", "error", err)
		}
	}
	cfg := openwebui.Config{}
	if text, ok, err = st.Setting(ctx, identityName); err != nil {
		return nil, err
	}
	if ok && json.Unmarshal([]byte(text), &cfg) != nil {
		log.Warn("the names of identity headers can't be read; the usual ones count")
	}
	in.identity.Store(&cfg)
	return in, nil
}

// openTokenSecret reads what signs identity tokens.
func (p *program) openTokenSecret() error {
	secret, _, err := p.keeper.Get(tokenSecretName)
	if err != nil {
		return fmt.Errorf("reading the secret of identity tokens: %w", err)
	}
	cfg := p.identity()
	cfg.TokenSecret = []byte(secret)
	p.insight.identity.Store(&cfg)
	return nil
}

// identity is how users are told apart.
func (p *program) identity() openwebui.Config { return *p.insight.identity.Load() }

// setIdentity keeps how users are told apart. secret nil leaves it as it is.
func (p *program) setIdentity(ctx context.Context, cfg openwebui.Config, secret *string) error {
	b, err := json.Marshal(cfg)
	if err != nil {
		return fmt.Errorf("describing identity headers: %w", err)
	}
	if err := p.store.SetSetting(ctx, identityName, string(b)); err != nil {
		return err
	}
	cfg.TokenSecret = p.identity().TokenSecret
	if secret != nil {
		if err := p.keeper.Set(tokenSecretName, *secret); err != nil {
			return fmt.Errorf("keeping the secret of identity tokens: %w", err)
		}
		cfg.TokenSecret = []byte(*secret)
	}
	p.insight.identity.Store(&cfg)
	return nil
}

// moreKeys are the further write keys.
func (p *program) moreKeys() ([]string, error) {
	text, ok, err := p.keeper.Get(moreKeysName)
	if err != nil || !ok {
		return nil, err
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("reading the further write keys: %w", err)
	}
	return list, nil
}

// setMoreKeys replaces the further write keys, at once.
func (p *program) setMoreKeys(list []string) error {
	text := ""
	if len(list) > 0 {
		b, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("describing the further write keys: %w", err)
		}
		text = string(b)
	}
	if err := p.keeper.Set(moreKeysName, text); err != nil {
		return fmt.Errorf("keeping the further write keys: %w", err)
	}
	p.proxy.SetKeys(list)
	return nil
}

// forRecorder is what the recorder asks of it, also where no proxy runs.
func (in *insight) forRecorder(reg *upstream.Registry) recorder.Insight {
	return recorder.Insight{
		Cost: func(e *exchange.Exchange, url, model string) exchange.Cost {
			c, _ := in.prices.of(reg, e, url, model)
			if c == nil {
				return exchange.Cost{}
			}
			return *c
		},
		Local: func(name, model string) bool {
			u, ok := reg.Get(name)
			return ok && price.Local(u, model)
		},
		Identity: func() openwebui.Config { return *in.identity.Load() }, Tokens: in.tokens,
		Recent: func(ctx context.Context) ([]exchange.Exchange, error) { return in.store.Recent(ctx, remembered) },
	}
}

// recorderInsight adds what is known while the proxy runs.
func (p *program) recorderInsight() recorder.Insight {
	in := p.insight.forRecorder(p.registry.Registry)
	in.Loaded = func(upstream, model string, at int64) recorder.Loaded {
		m := p.watch.At(upstream, model, at)
		return recorder.Loaded{Context: m.Context, ContextMax: m.ContextMax, WasLoaded: m.WasLoaded}
	}
	return in
}

// keepLearned keeps what was learned of tokens and of models in memory now and
// then, and at the end.
func (p *program) keepLearned(ctx context.Context) {
	t := time.NewTicker(keepFactors)
	defer t.Stop()
	keep := []struct {
		name, last string
		export     func() ([]byte, error)
	}{{factorsName, "", p.insight.tokens.Export}, {staysName, "", p.watch.Export}}
	for {
		done := false
		select {
		case <-ctx.Done():
			done = true
		case <-t.C:
		}
		for i := range keep {
			k := &keep[i]
			b, err := k.export()
			if err == nil && string(b) != k.last {
				k.last = string(b)
				err = p.store.SetSetting(context.WithoutCancel(ctx), k.name, k.last)
			}
			if err != nil {
				p.log.Warn("keeping what was learned", "what", k.name, "error", err)
			}
		}
		if done {
			return
		}
	}
}

// ollamaBusy says whether an Ollama upstream has traffic.
func (p *program) ollamaBusy() bool {
	for _, f := range p.proxy.Live().Snapshot() {
		if f.Kind == exchange.KindOllama {
			return true
		}
	}
	return p.opts.now().Sub(time.UnixMicro(p.lastOllama.Load())) < busyFor
}

// busyFor is how long after its last request an Ollama is still watched.
const busyFor = 10 * time.Second
