package upstream

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gumshoe/backend/exchange"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]struct {
		kind     exchange.Kind
		root     string
		basePath string
	}{
		"ollama=http://127.0.0.1:11434":                       {exchange.KindOllama, "http://127.0.0.1:11434", "/k/ollama"},
		"gpu=ollama+http://10.0.0.5:11434/":                   {exchange.KindOllama, "http://10.0.0.5:11434", "/k/gpu"},
		"far=http://far.example:11434":                        {exchange.KindOllama, "http://far.example:11434", "/k/far"},
		"openai=https://api.openai.com/v1":                    {exchange.KindOpenAI, "https://api.openai.com", "/k/openai/v1"},
		"openai=https://api.openai.com/v1///":                 {exchange.KindOpenAI, "https://api.openai.com", "/k/openai/v1"},
		"own=ollama+http://127.0.0.1:11434/v1":                {exchange.KindOllama, "http://127.0.0.1:11434", "/k/own/v1"},
		"router=https://openrouter.ai/api/v1":                 {exchange.KindOpenAI, "https://openrouter.ai/api", "/k/router/v1"},
		"claude=https://api.anthropic.com":                    {exchange.KindAnthropic, "https://api.anthropic.com", "/k/claude"},
		"claude=https://api.anthropic.com/v1":                 {exchange.KindAnthropic, "https://api.anthropic.com", "/k/claude/v1"},
		"g=https://generativelanguage.googleapis.com":         {exchange.KindGemini, "https://generativelanguage.googleapis.com", "/k/g"},
		"six=http://[::1]:11434":                              {exchange.KindOllama, "http://[::1]:11434", "/k/six"},
		"x=http://localhost:8080/a%20b":                       {exchange.KindOpenAI, "http://localhost:8080/a%20b", "/k/x"},
		"plus=openai+http://h/c++":                            {exchange.KindOpenAI, "http://h/c++", "/k/plus"},
		"bare=http://h/c++":                                   {exchange.KindOpenAI, "http://h/c++", "/k/bare"},
		"azure=https://h/openai/v1#no-usage,keep-identity":    {exchange.KindOpenAI, "https://h/openai", "/k/azure/v1"},
		"old=https://h/v1#keep-identity,no-headers":           {exchange.KindOpenAI, "https://h", "/k/old/v1"},
		"0.a_b-c=  http://h  ":                                {exchange.KindOpenAI, "http://h", "/k/0.a_b-c"},
		strings.Repeat("a", 40) + "=http://HOST.example:8000": {exchange.KindOpenAI, "http://HOST.example:8000", "/k/" + strings.Repeat("a", 40)},
	} {
		u, err := Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if u.Kind != want.kind || u.Root().String() != want.root || u.BasePath("k") != want.basePath {
			t.Errorf("%s: %s, %s, %s", in, u.Kind, u.Root(), u.BasePath("k"))
		}
		again, err := Parse(u.String())
		if err != nil || again.String() != u.String() || again.Options != u.Options || strings.Contains(in, "no-usage") != u.NoUsage ||
			strings.Contains(in, "keep-identity") != u.KeepIdentity || again.Kind != u.Kind {
			t.Errorf("%s: %s is read back as %v, %v", in, u, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"http://127.0.0.1:11434":                nil, // no name: any error
		"":                                      nil,
		"=http://h":                             ErrName,
		"Big=http://h":                          ErrName,
		"名=http://h":                            ErrName,
		"a b=http://h":                          ErrName,
		"a/b=http://h":                          ErrName,
		"-a=http://h":                           ErrName,
		strings.Repeat("a", 41) + "=http://h":   ErrName,
		"v1=http://h":                           ErrWord,
		"healthz=http://h":                      ErrWord,
		"a=ftp://h":                             ErrURL,
		"a=h:11434":                             ErrURL,
		"a=//h":                                 ErrURL,
		"a=http://":                             ErrURL,
		"a=http://:11434":                       ErrURL,
		"a=http://h/?key=1":                     ErrURL,
		"a=http://h/#x":                         ErrOption,
		"a=http://ann:secret@h":                 ErrURL,
		"a=http://h:port":                       ErrURL,
		"a=javascript:alert(1)":                 ErrURL,
		"a=llama+http://h":                      ErrKind,
		"a=OpenAI+http://h":                     ErrKind,
		"a=http://h/\x00":                       ErrURL,
		"a=http://h\r\nX-Injected: 1/":          ErrURL,
		"a=openai+ollama+http://127.0.0.1:1234": ErrURL,
	} {
		u, err := Parse(in)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%q: %v, %v; want %v", in, u, err, want)
		}
	}
}

func TestRegistry(t *testing.T) {
	parse := func(s string) Upstream {
		u, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	r := NewRegistry([]Upstream{parse("a=ollama+http://one"), parse("b=http://two"), parse("a=ollama+http://three")})
	if all := r.All(); len(all) != 2 || all[0].URL.Host != "three" {
		t.Errorf("a later one of a name replaces: %v", all)
	}
	if u, ok := r.Default(exchange.KindOpenAI); !ok || u.Name != "b" {
		t.Errorf("the default is %v, %v", u, ok)
	}
	if _, ok := r.Default(exchange.KindGemini); ok {
		t.Error("there is a default of a kind that nobody has")
	}
	if !r.Remove("b") || r.Remove("b") {
		t.Error("removing is told wrong")
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				name := "n" + strconv.Itoa(i*50+n)
				u, err := New(name, exchange.KindOpenAI, "http://h")
				if err != nil {
					t.Error(err)
					return
				}
				r.Put(u)
				if _, ok := r.Get(name); !ok {
					t.Errorf("%s is lost", name)
				}
			}
		})
	}
	wg.Wait()
	if n := len(r.All()); n != 401 {
		t.Errorf("%d upstreams, want 401", n)
	}
}
