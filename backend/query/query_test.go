package query

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"  hello ", "hello"},
		{`model:llama* user:admin task:title status:>=400 ttft:>2s cost:>=0.01 tokens:>8k tps:<5 is:truncated is:cold has:tools upstream:ollama since:2h -model:x a OR b "two words"`,
			`model:llama* user:admin task:title status:>=400 ttft:>2s cost:>=0.01 tokens:>8000 tps:<5 is:truncated is:cold has:tools upstream:ollama since:2h -model:x a OR b "two words"`},
		{"a b OR c d", "a b OR c d"},
		{"(a b) OR c", "(a b) OR c"},
		{"a AND b", "a b"},
		{"a | b", "a OR b"},
		{"-(a b)", "-(a b)"},
		{"-(a OR b)", "-(a OR b)"},
		{"NOT a", "-a"},
		{"- a", `"-" a`},
		{"--a", "a"},
		{"((a))", "a"},
		{"MODEL:Llama", "model:Llama"},
		{"model:a,b", "model:a,b"},
		{`model:"a b","c,d"`, `model:"a b","c,d"`},
		{`model:"a*"`, `model:"a*"`},
		{`user:""`, `user:""`},
		{"speed:5..10", "tps:5..10"},
		{"ttft:1.5s", "ttft:1500ms"},
		{"ttft:≥2", "ttft:>=2s"},
		{"size:1mb..2mb", "size:1mb..2mb"},
		{"cost:$0.5", "cost:0.5"},
		{"tokens:1.5k", "tokens:1500"},
		{"since:7d", "since:1w"},
		{"before:2026-11-24", "before:2026-11-24T00:00:00Z"},
		{"http://example.com/a", `"http://example.com/a"`},
		{"12:30", `"12:30"`},
		{"模型：快", ""}, // set below: CJK letters are no field
		{"model：llama", "model:llama"},
		{"「兩個 字」", `"兩個 字"`},
		{"“a b”", `"a b"`},
		{`"a \" b"`, `"a \" b"`},
	} {
		if c.text == "模型：快" {
			c.want = `"模型：快"`
		}
		n, err := Parse(c.text, nil)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := Format(n); got != c.want {
			t.Errorf("%q formats as %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPrecedence(t *testing.T) {
	n, err := Parse("model:x a OR b -c", nil)
	if err != nil {
		t.Fatal(err)
	}
	if n.Kind != And || len(n.Kids) != 3 || n.Kids[1].Kind != Or || n.Kids[2].Kind != Not {
		t.Fatalf("OR must bind more closely than words side by side: %+v", n)
	}
	if got := n.Words(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("words to mark: %q", got)
	}
	if text := "model:x a OR b -c"; text[n.Kids[1].From:n.Kids[1].To] != "a OR b" || text[n.Kids[2].From:n.Kids[2].To] != "-c" {
		t.Errorf("the nodes stand elsewhere: %+v %+v", n.Kids[1], n.Kids[2])
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		text, code string
		at         string
		suggestion string
	}{
		{"modle:x", UnknownField, "modle", "model"},
		{"a tftt:>2", UnknownField, "tftt", "ttft"},
		{"zzzzqq:1", UnknownField, "zzzzqq", ""},
		{"is:trucated", BadChoice, "trucated", "truncated"},
		{"ttft:>fast", BadNumber, ">fast", ""},
		{"status:4xx", BadNumber, "4xx", ""},
		{"tokens:9..3", BadNumber, "9..3", ""},
		{"cost:-1", BadNumber, "-1", ""},
		{"cost:1e400", BadNumber, "1e400", ""},
		{"since:tomorrow", BadTime, "tomorrow", ""},
		{"since:2026-13-01", BadTime, "2026-13-01", ""},
		{"model:>5", BadCompare, ">5", "5"},
		{"model:", MissingValue, "model:", ""},
		{"useer:", UnknownField, "useer", "user"},
		{"a modle: x", UnknownField, "modle", "model"},
		{"model: x", MissingValue, "model:", ""},
		{"model:a,", MissingValue, "model:a,", ""},
		{`a "b`, OpenQuote, `"b`, `"b"`},
		{"(a", OpenParen, "(a", "(a)"},
		{"a)", CloseParen, ")", ""},
		{"()", CloseParen, ")", ""},
		{"a OR", MissingTerm, "OR", ""},
		{"OR a", MissingTerm, "OR", ""},
		{"a AND", MissingTerm, "AND", ""},
		{"NOT", MissingTerm, "", ""},
		{strings.Repeat("(", 100) + "a", TooDeep, "(", ""},
		{strings.Repeat("-", 100) + "a", TooDeep, "-", ""},
		{strings.Repeat("a", MaxText+1), TooLong, "", ""},
	} {
		_, err := Parse(c.text, nil)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40q: %v, want %s", c.text, err, c.code)
			continue
		}
		if e.Code != c.code || c.at != "" && c.text[e.From:e.To] != c.at || e.Suggestion != c.suggestion {
			t.Errorf("%.40q: %s at %q, suggests %q", c.text, e.Code, c.text[e.From:e.To], e.Suggestion)
		}
	}
}

func TestZone(t *testing.T) {
	n, err := Parse("since:2026-11-24", time.FixedZone("", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC).UnixMicro(); int64(n.Values[0].Number) != want {
		t.Errorf("the day begins at %v, want %v", int64(n.Values[0].Number), want)
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text string // | is the caret
		want Completion
		ok   bool
	}{
		{"|", Completion{0, 0, "", ""}, true},
		{"mo|", Completion{0, 2, "", "mo"}, true},
		{"a mo|del", Completion{2, 7, "", "mo"}, true},
		{"model:|", Completion{6, 6, "model", ""}, true},
		{"-model:ll|", Completion{7, 9, "model", "ll"}, true},
		{"model:a,b|,c", Completion{8, 9, "model", "b"}, true},
		{"(user:x|)", Completion{6, 7, "user", "x"}, true},
		{`"a b|`, Completion{}, false},
		{"nope:x|", Completion{}, false},
	} {
		caret := strings.IndexByte(c.text, '|')
		got, ok := Complete(strings.Replace(c.text, "|", "", 1), caret)
		if ok != c.ok || got != c.want {
			t.Errorf("%s: %+v %v, want %+v", c.text, got, ok, c.want)
		}
	}
}

// strip leaves out where nodes stand.
func strip(n *Node) *Node {
	if n == nil {
		return nil
	}
	out := *n
	out.From, out.To = 0, 0
	out.Kids, out.Values = nil, nil
	for _, k := range n.Kids {
		out.Kids = append(out.Kids, strip(k))
	}
	for _, v := range n.Values {
		if n.Kind == Word {
			v.Quoted = false // a mark that only keeps a word from being an operator
		}
		out.Values = append(out.Values, v)
	}
	return &out
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a b", `model:llama*,"x y" -user:admin (a OR "b c") ttft:>2s cost:1..2`, "since:2h before:2026-11-24T10:30:00Z", "「繁體」 has:tools", `a\"`, "-(-a)", "size:1.5kb", `model:"a*"`} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, caret int) {
		Complete(s, caret)
		n, err := Parse(s, nil)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.From < 0 || e.To < e.From || e.To > len(s) {
				t.Fatalf("%q: %#v", s, err)
			}
			return
		}
		if len(Format(n)) > MaxText {
			return // quotation marks and backslashes take their place
		}
		again, err := Parse(Format(n), nil)
		if err != nil {
			t.Fatalf("%q formats as %q: %v", s, Format(n), err)
		}
		if !reflect.DeepEqual(strip(n), strip(again)) {
			t.Fatalf("%q formats as %q, which is another filter", s, Format(n))
		}
	})
}
