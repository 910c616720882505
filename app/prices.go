package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/price"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
)

// ownPricesName is the setting that has the user's own prices.
const ownPricesName = "own_prices"

// maxTable bounds a refreshed table, in bytes.
const maxTable = 16 << 20

// prices is what requests are priced by.
type prices struct {
	store *store.Store
	file  string // the refreshed table
	log   *slog.Logger
	get   func(ctx context.Context) ([]byte, error)

	mu   sync.Mutex // held by whoever changes the book
	book atomic.Pointer[price.Book]
	own  []price.Own // guarded by mu
	next []byte      // a fetched table that waits for the person's word; guarded by mu
}

// openPrices reads the embedded table, or a later one that was fetched, and the
// user's own prices.
func openPrices(ctx context.Context, st *store.Store, dir string, log *slog.Logger) (*prices, error) {
	p := &prices{store: st, file: filepath.Join(dir, "prices.json"), log: log, get: fetchTable}
	table, err := price.Builtin()
	if err != nil {
		return nil, fmt.Errorf("reading the prices: %w", err)
	}
	if b, err := os.ReadFile(p.file); err == nil {
		if later, err := price.Parse(b); err == nil {
			if fetched(p.file) >= table.Date() { // a newer Gumshoe brings a newer table
				table = later
			}
		} else {
			log.Warn("the fetched prices can't be read; the built-in ones count", "error", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		log.Warn("reading the fetched prices", "error", err)
	}
	text, ok, err := st.Setting(ctx, ownPricesName)
	if err != nil {
		return nil, err
	}
	if ok && json.Unmarshal([]byte(text), &p.own) != nil {
		log.Warn("your own prices can't be read")
	}
	book, err := price.NewBook(table, p.own)
	if err != nil {
		log.Warn("your own prices are left out", "error", err)
		p.own = nil
		if book, err = price.NewBook(table, nil); err != nil {
			return nil, fmt.Errorf("preparing the prices: %w", err)
		}
	}
	p.book.Store(book)
	return p, nil
}

// cost prices one exchange that went to u.
func (p *prices) cost(e *exchange.Exchange, u upstream.Upstream, model string) (exchange.Cost, price.Cost) {
	if model == "" {
		return exchange.Cost{}, price.Cost{}
	}
	c, ok := p.book.Load().Cost(u, model, e.Usage, time.UnixMicro(e.StartedAt))
	if !ok {
		return exchange.Cost{}, price.Cost{}
	}
	basis := exchange.Calculated
	if e.Usage.Basis == exchange.Estimated && c.USD > 0 {
		basis = exchange.Estimated
	}
	return exchange.Cost{USD: &c.USD, Basis: basis, Price: c.Entry, Source: c.Source}, c
}

// Own are the user's own prices.
func (p *prices) Own() []price.Own {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]price.Own{}, p.own...)
}

// SetOwn checks and keeps the user's own prices; they count from now on.
func (p *prices) SetOwn(ctx context.Context, list []price.Own) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	book, err := price.NewBook(p.book.Load().Table(), list)
	if err != nil {
		return err
	}
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("describing prices: %w", err)
	}
	if err := p.store.SetSetting(ctx, ownPricesName, string(b)); err != nil {
		return err
	}
	p.own = list
	p.book.Store(book)
	return nil
}

// Table is the table in use.
func (p *prices) Table() *price.Table { return p.book.Load().Table() }

// Fetch asks for the latest table and says what would change; Accept takes it.
func (p *prices) Fetch(ctx context.Context) ([]price.Change, error) {
	b, err := p.get(ctx)
	if err != nil {
		return nil, err
	}
	later, err := price.Parse(b)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = b
	return price.Compare(p.book.Load().Table(), later), nil
}

// Accept keeps the table that Fetch brought; false where there is none.
func (p *prices) Accept() (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		return false, nil
	}
	later, err := price.Parse(p.next)
	if err != nil {
		return false, err
	}
	book, err := price.NewBook(later, p.own)
	if err != nil {
		return false, err
	}
	tmp := p.file + ".tmp"
	if err := os.WriteFile(tmp, p.next, 0o600); err != nil {
		return false, fmt.Errorf("keeping the prices: %w", err)
	}
	if err := os.Rename(tmp, p.file); err != nil {
		return false, fmt.Errorf("keeping the prices: %w", err)
	}
	p.next = nil
	p.book.Store(book)
	return true, nil
}

// fetchTable gets a refreshed table: nothing is fetched unless the person clicks.
// fetched is the day on which a table was kept, as 2026-11-23.
func fetched(file string) string {
	st, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return st.ModTime().UTC().Format(time.DateOnly)
}

func fetchTable(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, price.RefreshURL, nil)
	if err != nil {
		return nil, fmt.Errorf("asking for prices: %w", err)
	}
	client := &http.Client{Timeout: 30 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking for prices: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking for prices: HTTP %d", res.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxTable+1))
	if err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	return b, nil
}

// of prices an exchange of the log: cost nil says that nothing is known of its
// upstream any more. url is where it went, "" where only the row is at hand.
func (p *prices) of(reg *upstream.Registry, e *exchange.Exchange, url, model string) (cost *exchange.Cost, how price.Cost) {
	u, ok := reg.Get(e.Upstream)
	if !ok {
		where, _, _ := strings.Cut(url, "?")
		made, err := upstream.New(cmp.Or(e.Upstream, "x"), e.Kind, where)
		if err != nil {
			return nil, price.Cost{}
		}
		u = made
	}
	c, how := p.cost(e, u, model)
	return &c, how
}

// priced is the program as the API asks it for prices.
type priced struct {
	*prices
	program *program
}

// Explain says how an exchange's cost comes together by today's prices.
func (p priced) Explain(e *exchange.Exchange, url, model string) price.Cost {
	_, how := p.of(p.program.registry.Registry, e, url, model)
	return how
}

// Reprice prices the log anew. What went to an upstream that is no longer
// configured keeps its cost, as does what a client said to price by another
// model, which the rows don't tell.
func (p priced) Reprice(ctx context.Context, apply bool) (store.Repriced, error) {
	return p.store.Reprice(ctx, func(e *exchange.Exchange) exchange.Cost {
		c, _ := p.of(p.program.registry.Registry, e, "", cmp.Or(e.Model, e.ModelRequested))
		if c == nil || e.Usage.Basis == exchange.Missing && e.Cost.USD == nil {
			return e.Cost
		}
		return *c
	}, apply)
}
