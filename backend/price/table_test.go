package price

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// v2 is the embedded table as genai-prices publishes its own: a bare list, with
// fields that are not read.
func v2(t testing.TB) []byte {
	t.Helper()
	var j map[string]json.RawMessage
	if err := json.Unmarshal(builtin, &j); err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(j["providers"], []byte(`{"id":"anthropic",`), []byte(`{"id":"anthropic","extractors":[{"root":"usage"}],"pricing_urls":["x"],`), 1)
}

func TestParseBothForms(t *testing.T) {
	tab, err := Parse(v2(t))
	if err != nil {
		t.Fatal(err)
	}
	if p, m := tab.Size(); p != 43 || m != 1694 || !strings.HasPrefix(tab.Source(), "genai-prices sha256:") {
		t.Errorf("%d providers, %d models of %s", p, m, tab.Source())
	}
	if all := Compare(table(t), tab); len(all) != 0 {
		t.Errorf("%d changes, the first %+v", len(all), all[0])
	}
}

// The embedded table says where it comes from, and a refresh takes the file that
// the package itself would.
func TestBuiltinSaysWhereItComesFrom(t *testing.T) {
	var j struct{ Package, Version, Date, Refresh, Licence, Copyright, Homepage string }
	if err := json.Unmarshal(builtin, &j); err != nil {
		t.Fatal(err)
	}
	if j.Refresh != RefreshURL {
		t.Errorf("genai-prices %s publishes at %s, RefreshURL is %s", j.Version, j.Refresh, RefreshURL)
	}
	if j.Package != "@pydantic/genai-prices" || j.Licence != "MIT" || j.Copyright == "" || j.Homepage == "" {
		t.Errorf("%+v", j)
	}
	if got := table(t).Date(); got == "" || got != j.Date {
		t.Errorf("the date is %q, in the data %q", got, j.Date)
	}
}

// one is a v2 table of one model with these prices.
func one(prices string) string {
	return `[{"id":"p","api_pattern":"https://p","models":[{"id":"m","match":{"equals":"m"},"prices":` + prices + `}]}]`
}

func TestParseRefuses(t *testing.T) {
	with := func(match string) string { return strings.Replace(one(`{"input_mtok":1}`), `{"equals":"m"}`, match, 1) }
	deep := strings.Repeat(`{"or":[`, 9) + `{"equals":"m"}` + strings.Repeat(`]}`, 9)
	for _, c := range []struct {
		text string
		want error // nil: taken
	}{
		{one(`{"input_mtok":1}`), nil},
		{one(`{"input_mtok":1,"new_thing_kcount":2}`), nil},
		{one(`{"input_mtok":{"base":1,"tiers":[{"start":9,"price":3},{"start":5,"price":2}]}}`), nil},
		{one(`[{"prices":{"input_mtok":1}},{"constraint":{"start_date":"2026-01-01"},"prices":{}}]`), nil},
		{one(`[{"prices":{"input_mtok":1}},{"constraint":{"start_time":"22:00:00Z","end_time":"06:00:00+02:00"},"prices":{}}]`), nil},
		{"", ErrFormat}, {"null", ErrFormat}, {"[", ErrFormat}, {"{}", ErrFormat}, {"[1]", ErrFormat}, {"[null]", ErrFormat},
		{"<html>", ErrFormat}, {"404: Not Found", ErrFormat}, {"[]", ErrEmpty}, {one(`{}`), ErrEmpty}, {one(`{"input_mtok":1}`) + "x", ErrFormat},
		{`{"format":1,"source":"x","version":"1","date":"2026-09-23","providers":` + one(`{"input_mtok":1}`) + `}`, nil},
		{`{"format":1,"source":"x","version":"1","date":"soon","providers":` + one(`{"input_mtok":1}`) + `}`, ErrFormat},
		{`{"format":2,"source":"x","version":"1","providers":[]}`, ErrFormat},
		{one(`{"input_mtok":"1"}`), ErrFormat}, {one(`{"input_mtok":null}`), ErrFormat}, {one(`{"input_mtok":[1]}`), ErrFormat},
		{one(`null`), ErrEmpty}, {one(`[]`), ErrFormat}, {one(`7`), ErrFormat}, {one(`[null]`), ErrEmpty},
		{one(`{"input_mtok":-1}`), ErrPrice}, {one(`{"input_mtok":20001}`), ErrPrice}, {one(`{"requests_kcount":1e9}`), ErrPrice},
		{one(`{"input_mtok":1e999}`), ErrFormat}, {one(`{"x":{"base":1,"tiers":[{"start":1,"price":-1}]}}`), ErrPrice},
		{one(`{"input_mtok":{"tiers":[]}}`), ErrFormat}, {one(`{"input_mtok":{"base":1,"tiers":[{"start":-1,"price":1}]}}`), ErrFormat},
		{one(`{"input_mtok":{"base":1,"tiers":[` + strings.Repeat(`{"start":1,"price":1},`, 30) + `{"start":1,"price":1}]}}`), ErrLarge},
		{one(`[` + strings.Repeat(`{"prices":{"input_mtok":1}},`, 60) + `{"prices":{}}]`), ErrLarge},
		{one(`[{"constraint":{"start_date":"2026-13-01"},"prices":{}}]`), ErrFormat},
		{one(`[{"constraint":{"start_time":"25:00:00Z","end_time":"01:00:00Z"},"prices":{}}]`), ErrFormat},
		{one(`[{"constraint":{},"prices":{}}]`), ErrFormat},
		{with(`{}`), ErrFormat}, {with(`{"equals":"a","contains":"b"}`), ErrFormat}, {with(`{"like":"a"}`), ErrFormat},
		{with(`{"or":[]}`), ErrFormat}, {with(`{"regex":"("}`), ErrFormat}, {with(`{"regex":"a(?=b)"}`), ErrFormat}, {with(deep), ErrFormat},
		{strings.Replace(one(`{"input_mtok":1}`), `"id":"m"`, `"id":"m m"`, 1), ErrFormat},
		{strings.Replace(one(`{"input_mtok":1}`), `"https://p"`, `""`, 1), ErrFormat},
		{strings.Replace(one(`{"input_mtok":1}`), `"https://p"`, `"["`, 1), ErrFormat},
		{"[" + strings.Trim(one(`{"input_mtok":1}`), "[]") + "]}," + strings.Trim(one(`{"input_mtok":1}`), "[") + "", ErrFormat},
		{"[" + strings.Repeat(`{"id":"p","api_pattern":"x"},`, 500) + `{"id":"p","api_pattern":"x"}]`, ErrLarge},
		{string(v2(t)[:200_000]), ErrFormat},
	} {
		tab, err := Parse([]byte(c.text))
		if c.want == nil && (err != nil || tab == nil) || c.want != nil && (!errors.Is(err, c.want) || tab != nil) {
			t.Errorf("%.100s: %v, want %v", c.text, err, c.want)
		}
	}
	if _, err := Parse(bytes.Repeat([]byte(" "), maxBytes+1)); !errors.Is(err, ErrLarge) {
		t.Errorf("17 MB: %v", err)
	}
	twice := strings.TrimSuffix(one(`{"input_mtok":1}`), "]")
	if _, err := Parse([]byte(twice + "," + twice[1:] + "]")); !errors.Is(err, ErrFormat) {
		t.Errorf("a provider twice: %v", err)
	}
}

func TestCompare(t *testing.T) {
	read := func(text string) *Table {
		tab, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return tab
	}
	old := read(one(`{"input_mtok":1,"output_mtok":2,"cache_read_mtok":0.5,"input_audio_mtok":3,"output_audio_mtok":1}`))
	now := read(one(`[{"prices":{"input_mtok":10,"output_mtok":{"base":3,"tiers":[{"start":5,"price":40}]},"cache_read_mtok":0,"input_audio_mtok":3,"cache_write_mtok":9}},
		{"constraint":{"start_date":"2027-01-01"},"prices":{"input_mtok":99,"output_mtok":2}},
		{"constraint":{"start_time":"22:00:00Z","end_time":"06:00:00Z"},"prices":{"input_mtok":1}}]`))
	type row struct {
		price string
		jump  bool
	}
	var got []row
	for _, c := range Compare(old, now) {
		got = append(got, row{c.Price, c.Jump})
		if c.Entry != "p/m" || c.Old == nil && c.New == nil {
			t.Errorf("%+v", c)
		}
	}
	want := []row{{"cached", true}, {"input", true}, {"input from 2027-01-01", true}, {"output above 5", true},
		{"cache_write", false}, {"input 22:00–06:00", false}, {"output", false}, {"output from 2027-01-01", false}, {"output_audio", false}}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}

// A download that was cut, or is of something else, would leave most unpriced.
func TestCompareSeesALoss(t *testing.T) {
	tab := table(t)
	less := func(keep func(i int) bool) (all, jumps int) {
		p := *tab.providers[0]
		p.models = nil
		for i, m := range tab.providers[0].models {
			if keep(i) {
				p.models = append(p.models, m)
			}
		}
		for _, c := range Compare(&Table{providers: tab.providers[:1]}, &Table{providers: []*provider{&p}}) {
			if all++; c.Jump {
				jumps++
			}
			if c.New != nil {
				t.Errorf("%+v", c)
			}
		}
		return all, jumps
	}
	if all, jumps := less(func(i int) bool { return i > 0 }); all == 0 || jumps != 0 {
		t.Errorf("one model gone: %d changes, %d jumps", all, jumps)
	}
	if all, jumps := less(func(i int) bool { return i%2 == 0 }); all < 20 || jumps != all {
		t.Errorf("half of them gone: %d changes, %d jumps", all, jumps)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(one(`{"input_mtok":{"base":1,"tiers":[{"start":9,"price":3}]}}`)))
	f.Add([]byte(one(`[{"prices":{"input_mtok":1}},{"constraint":{"start_time":"22:00:00Z","end_time":"06:00:00Z"},"prices":{}}]`)))
	f.Add([]byte(`{"format":1,"source":"a","version":"b","providers":[{"id":"p","api_pattern":"^(?!a)b","fallback_model_providers":["p"],"model_match":{"regex":"^(?!x)"}}]}`))
	f.Add(builtin[:5000])
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Parse(data)
		if (tab == nil) != (err != nil) {
			t.Fatalf("%v, %v", tab, err)
		}
		if tab == nil {
			return
		}
		if c, ok := tab.Cost(Where{}, "m", usage(), noon()); ok && !(c.USD >= 0) {
			t.Errorf("%+v", c)
		}
		if all := Compare(tab, tab); len(all) > 0 {
			t.Errorf("it differs from itself: %+v", all)
		}
	})
}
