package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

func parse(t *testing.T, text string) query.Filter {
	t.Helper()
	n, err := query.Parse(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return query.Filter{Where: n}
}

// found lists the names (Client) of the rows that a typed filter selects.
func found(t *testing.T, s *Store, text string) string {
	t.Helper()
	rows, _, err := s.Page(t.Context(), parse(t, text), PageAt{Limit: MaxPage})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Client)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestTypedFilters(t *testing.T) {
	s := open(t)
	n := func(v int64) *int64 { return &v }
	yes := true
	mk := func(name string, change func(r *exchange.Record)) {
		it := item(t, []byte("q"), []byte("a"))
		it.Record.Client = name
		it.Record.Model = "other"
		change(it.Record)
		save(t, s, it)
	}
	mk("a", func(r *exchange.Record) {
		r.Model, r.User, r.Task, r.Upstream = "llama3:8b", "Ann@example.org", "title_generation", "ollama"
		r.Timing = exchange.Timing{TTFT: n(2_500_000), Duration: n(9_000_000), Load: n(100), GenerationTPS: exchange.Float64(4)}
		r.Usage = exchange.Usage{Input: n(8000), Output: n(500), Basis: exchange.Reported}
		r.Cost = exchange.Cost{USD: exchange.Float64(0), Basis: exchange.Calculated}
		r.Prompt, r.Reply = "what is a bloodhound", "鐘錶修理 is repairing clocks"
		r.Has = []exchange.Content{exchange.HasTools, exchange.HasSystem}
		r.Verdicts = []exchange.Verdict{{Code: exchange.VerdictColdStart}, {Code: exchange.VerdictContextCut}}
		r.Stream = &yes
	})
	mk("b", func(r *exchange.Record) {
		r.Model, r.User, r.Task, r.Upstream, r.Kind = "gpt-4", "bob", "chat", "openai", exchange.KindOpenAI
		r.State, r.HTTPStatus, r.Error = exchange.Failed, 429, "too many requests"
		r.Chat, r.Answer = "chat-1", "answer-1"
		r.Usage = exchange.Usage{Input: n(10), Basis: exchange.Estimated}
		r.Prompt, r.Calls = "a phrase of words", "get_weather {\"city\": \"Taipei\"}"
		r.Has = []exchange.Content{exchange.HasToolCalls}
	})
	mk("c", func(r *exchange.Record) {
		r.Model, r.User, r.Upstream = "gpt-4-turbo", "", "openai"
		r.Cost = exchange.Cost{USD: exchange.Float64(0.25), Basis: exchange.Charged}
		r.Usage = exchange.Usage{Input: n(9000), Output: n(9), Basis: exchange.Reported}
		r.Timing = exchange.Timing{TTFT: n(10)}
		r.Prompt = "words of a phrase 100% sure"
		r.Finish = "length"
	})
	for text, want := range map[string]string{
		"":                                "a b c",
		"model:llama3":                    "a",
		"model:LLAMA3:8b":                 "a",
		`model:"llama3"`:                  "",
		"model:gpt-4":                     "b",
		"model:gpt*":                      "b c",
		"model:*turbo":                    "c",
		"model:none":                      "",
		"-model:gpt*":                     "a",
		"user:ann":                        "a",
		"user:ann,bob":                    "a b",
		`user:""`:                         "c",
		"-user:ann":                       "b c",
		"task:title":                      "a",
		"upstream:openai":                 "b c",
		"kind:openai":                     "b",
		"status:>=400":                    "b",
		"status:200":                      "a c",
		"status:<300":                     "a c",
		"state:error":                     "b",
		"state:running":                   "",
		"is:error":                        "b",
		"is:ok":                           "a c",
		"is:cold":                         "a",
		"is:truncated":                    "a",
		"is:stream":                       "a",
		"is:background":                   "a",
		"is:estimated":                    "b",
		"is:estimated-tokens":             "b",
		"is:estimated-cost":               "",
		"is:unpriced":                     "b",
		"is:free":                         "a",
		"verdict:cold_start":              "a",
		"verdict:cold*":                   "a",
		"verdict:cold":                    "",
		"has:tools":                       "a",
		"has:toolcalls":                   "b",
		"has:user":                        "a b",
		"has:verdict":                     "a",
		"has:cost":                        "a c",
		"has:error":                       "b",
		"ttft:>2s":                        "a",
		"ttft:<1ms":                       "c",
		"-ttft:>2s":                       "b c",
		"duration:5s..10s":                "a",
		"tps:<5":                          "a",
		"cost:>0":                         "c",
		"cost:>=0.01":                     "c",
		"cost:0":                          "a",
		"cost:<1":                         "a c",
		"tokens:>8k":                      "a c",
		"tokens:<100":                     "b",
		"out:9":                           "c",
		"chat:chat-1":                     "b",
		"chat:chat*":                      "b",
		"answer:answer-1":                 "b",
		"finish:LENGTH":                   "c",
		"error:many":                      "b",
		"error:*requests":                 "b",
		"path:chat":                       "a b c",
		"client:a":                        "a",
		"note:cold_start":                 "",
		"bloodhound":                      "a",
		"BLOOD":                           "a",
		"鐘錶":                              "a",
		"錶修":                              "a",
		"weather taipei":                  "b",
		"phrase words":                    "b c",
		`"phrase of words"`:               "b",
		`"of a phrase"`:                   "c",
		"bloodhound OR weather":           "a b",
		"-phrase":                         "a",
		"100%":                            "c",
		"!!!":                             "",
		"model:gpt* -status:>=400 phrase": "c",
		"(user:ann phrase) OR user:bob":   "b",
		"since:2000-01-01":                "a b c",
		"before:2000-01-01":               "",
	} {
		if got := found(t, s, text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
}

// TestPlansAgree reads pages by way of windows and indexes and compares them
// with what one scan of all rows gives.
func TestPlansAgree(t *testing.T) {
	s := open(t)
	s.window = 50
	f := newFiller(true)
	var items []Item
	for i := range 1500 {
		items = append(items, f.item(i, 1500))
	}
	save(t, s, items...)
	rng := rand.New(rand.NewPCG(7, 7))
	terms := []string{"model:model-1*", "model:model-11", "user:user3", "-user:user0", "task:title", "is:cold", "is:truncated", "status:500", "ttft:>1s", "ttft:>8s", "tokens:>10k",
		"cost:>0.02", "tps:<2", f.words[0], f.words[9], f.words[700], "upstream:ollama OR is:error", "duration:<1s"}
	empty := 0
	for range 120 {
		text := terms[rng.IntN(len(terms))]
		for range rng.IntN(3) {
			text += " " + terms[rng.IntN(len(terms))]
		}
		filter := parse(t, text)
		cond, args, err := s.where(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.page(t.Context(), plan{from: table, cond: cond, args: args}, position{}, 5000)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			empty++
		}
		look := s.looking(t.Context())
		plain, plainArgs := joined(look.conds(filter, part{plain: true}))
		if rows, err := s.page(t.Context(), plan{from: table, cond: plain, args: plainArgs}, position{}, 5000); err != nil || len(rows) != len(all) {
			t.Errorf("%s: %d rows in their order, %d by indexes, %v", text, len(rows), len(all), err)
		}
		total, _, err := s.Index(t.Context(), filter, 100)
		if err != nil || total != int64(len(all)) {
			t.Errorf("%s: the index counts %d of %d, %v", text, total, len(all), err)
		}
		for _, limit := range []int{7, 100} {
			at, got := PageAt{Limit: limit}, []string{}
			for {
				page, more, err := s.Page(t.Context(), filter, at)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page {
					got = append(got, r.ID)
				}
				if !more {
					break
				}
				at.BeforeID = page[len(page)-1].ID
			}
			if len(got) != len(all) {
				t.Fatalf("%s: %d rows by pages of %d, %d at once", text, len(got), limit, len(all))
			}
			for i := range all {
				if got[i] != all[i].ID {
					t.Fatalf("%s: row %d differs", text, i)
				}
			}
		}
		if len(all) > 3 {
			up, _, err := s.Page(t.Context(), filter, PageAt{AfterID: all[3].ID, Limit: 2})
			if err != nil || len(up) != 2 || up[0].ID != all[1].ID || up[1].ID != all[2].ID {
				t.Errorf("%s: the page above the fourth row is %v, %v", text, len(up), err)
			}
		}
	}
	if empty > 80 {
		t.Errorf("%d of 120 filters find nothing: the test says little", empty)
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{{"*", "", true}, {"a*", "ab", true}, {"a*", "ba", false}, {"*b", "ab", true}, {"a*c*e", "abcde", true}, {"a*c*e", "ace", true}, {"a*a", "a", false}, {"*a*", "bab", true}} {
		if got := fits(c.pattern, c.text); got != c.want {
			t.Errorf("%q fits %q: %v", c.pattern, c.text, got)
		}
	}
}

// TestFilterIsNoSQL types what would be SQL if it reached the database as text.
func TestFilterIsNoSQL(t *testing.T) {
	s := open(t)
	save(t, s, item(t, []byte("q"), []byte("a")))
	for _, text := range []string{`model:"x' OR '1'='1"`, `x') OR 1=1 --`, `user:"'; DROP TABLE exchange; --"`, `"a\" OR b"`, `chat:"%"`, `error:%`, `path:_`, `id:%`, `note:%`, `* NEAR(a b)`, `{a b}:c`, `text:a`} {
		n, err := query.Parse(text, nil)
		if err != nil {
			continue
		}
		rows, _, err := s.Page(t.Context(), query.Filter{Where: n}, PageAt{Limit: 5})
		if err != nil || len(rows) != 0 {
			t.Errorf("%s: %d rows, %v", text, len(rows), err)
		}
	}
	if n, err := s.Count(t.Context()); err != nil || n != 1 {
		t.Fatal(fmt.Sprint("the log has ", n, err))
	}
}
