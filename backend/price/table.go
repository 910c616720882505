package price

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the table below
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

//go:embed data/prices.json
var builtin []byte

// RefreshURL is where genai-prices publishes its latest table, in the form that
// the embedded version of it reads; a test holds it to what the package says. The
// older file beside it (prices/data.json) is still there but no longer updated:
// taking it would bring back prices that are wrong.
const RefreshURL = "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json"

// The reasons why a table is refused; the UI words them by these codes.
var (
	ErrFormat = errors.New("not a table of prices in a format that is known")
	ErrLarge  = errors.New("the table has more than its limits allow")
	ErrEmpty  = errors.New("the table has no prices")
	ErrPrice  = errors.New("a price is not between 0 and its limit")
)

// The limits of a table. The dearest price ever listed was 1000 US dollars for a
// million tokens.
const (
	maxBytes, maxProviders, maxModels = 16 << 20, 500, 20_000
	maxSets, maxTiers                 = 50, 20
	maxPerMillion, maxPerThousand     = 20_000, 20_000 // US dollars
)

// Table is a list of prices, ready to be searched. It does not change.
type Table struct {
	source, version, date string
	providers             []*provider
	mu                    sync.Mutex
	found                 map[question]hit // answers of look
}

type provider struct {
	id        string
	url       func(string) bool // whether a URL is this provider's
	byName    *rule             // whether a provider's name means this one; nil none
	byModel   *rule             // whether a model's name means this one; nil none
	fallbacks []*provider       // whose models it serves too
	models    []*model
}

type model struct {
	id      string
	match   rule
	context *int64 // tokens; nil unknown
	prices  []conditional
}

// Source is the table's name and version: "genai-prices 0.1.8", or with the
// beginning of the data's SHA-256 where the data carries no version.
func (t *Table) Source() string { return t.source + " " + t.version }

// Date is the day from which the package registry that was asked has this version,
// "2026-09-23": the prices are of that day or, where a mirror was asked, of an
// earlier one. "" where the data does not say, as in what is downloaded.
func (t *Table) Date() string { return t.date }

// Size is how many providers and models the table has.
func (t *Table) Size() (providers, models int) {
	for _, p := range t.providers {
		models += len(p.models)
	}
	return len(t.providers), models
}

// Names lists the models as "provider/model", in their order by name.
func (t *Table) Names() []string {
	var list []string
	for _, p := range t.providers {
		for _, m := range p.models {
			list = append(list, p.id+"/"+m.id)
		}
	}
	slices.Sort(list)
	return list
}

// Builtin reads the embedded table. It takes some milliseconds: keep the result.
func Builtin() (*Table, error) { return Parse(builtin) }

// Parse reads a table: the normalised form that is embedded, or genai-prices' v2
// data.json (or data_slim.json) as it is downloaded. A table that is too large,
// has a price outside the limits or a rule that can't be followed is refused as a
// whole, with an error that wraps ErrFormat, ErrLarge, ErrEmpty or ErrPrice.
func Parse(data []byte) (*Table, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%d bytes: %w", len(data), ErrLarge)
	}
	var j tableJSON
	var err error
	if text := bytes.TrimSpace(data); len(text) > 0 && text[0] == '[' {
		sum := sha256.Sum256(data)
		j.Format, j.Source, j.Version = 1, "genai-prices", "sha256:"+hex.EncodeToString(sum[:4])
		err = json.Unmarshal(text, &j.Providers)
	} else {
		err = json.Unmarshal(text, &j)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the prices: %w: %w", ErrFormat, err)
	}
	if j.Format != 1 || j.Source == "" || j.Version == "" || len(j.Source)+len(j.Version) > 100 {
		return nil, fmt.Errorf("reading the prices: format %d: %w", j.Format, ErrFormat)
	}
	if _, err := time.Parse(time.DateOnly, j.Date); j.Date != "" && err != nil {
		return nil, fmt.Errorf("reading the prices' date: %w", ErrFormat)
	}
	return j.table()
}
