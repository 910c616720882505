package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

// message is one as the tests below write it: its role's first letter and its
// words; a call is "a!name", its result "t:words".
func message(s string) map[string]any {
	role := map[byte]string{'s': "system", 'u': "user", 'a': "assistant", 't': "tool"}[s[0]]
	m := map[string]any{"role": role, "content": strings.TrimPrefix(s[1:], ":")}
	if name, ok := strings.CutPrefix(s[1:], "!"); ok {
		m["content"] = ""
		m["tool_calls"] = []any{map[string]any{"function": map[string]any{"name": name, "arguments": map[string]any{"b": 1, "a": 2}}}}
	}
	return m
}

func turnsOf(list string) (out []map[string]any) {
	for _, s := range strings.Split(list, " | ") {
		out = append(out, message(s))
	}
	return out
}

// asked stores a request of a chat with what was answered, and gives its id.
func (s *stage) asked(t *testing.T, chat string, task exchange.Task, said, answered string) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(map[string]any{"model": "m", "messages": turnsOf(said)})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := json.Marshal(map[string]any{"model": "m", "message": message(answered), "done": true})
	if err != nil {
		t.Fatal(err)
	}
	rec := exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: time.Now().UnixMicro(), State: exchange.OK, HTTPStatus: 200, Upstream: "fixed", Kind: exchange.KindOllama,
		API: exchange.OllamaChat, Method: "POST", Path: "/api/chat", Model: "m", Chat: chat, Task: task, RequestBytes: int64(len(request)), ResponseBytes: int64(len(reply))},
		Start: exchange.Start{Kind: exchange.KindOllama, Method: "POST", Path: "/api/chat", ContentLength: -1},
		Head:  &exchange.Head{Status: 200, ContentLength: -1, Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}}},
		End:   exchange.End{State: exchange.OK}}
	err = s.Log.(*store.Store).Save(t.Context(), []store.Item{{Record: &rec, Request: strings.NewReader(string(request)), RequestLen: int64(len(request)), Reply: strings.NewReader(string(reply)), ReplyLen: int64(len(reply))}}, store.Progress{})
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func TestEarlier(t *testing.T) {
	s := newStage(t)
	type past struct {
		task           exchange.Task
		said, answered string
	}
	for i, c := range []struct {
		name  string
		past  []past
		now   string
		from  int // which of the past; -1 none
		turns int64
		other bool
	}{
		{"the first request", nil, "u1", -1, 0, false},
		{"a question more", []past{{"chat", "s | u1", "a1"}}, "s | u1 | a1 | u2", 0, 2, false},
		{"an answer that somebody edited is new", []past{{"chat", "u1", "a1"}}, "u1 | aother | u2", 0, 1, false},
		{"a tool's result", []past{{"chat", "u1", "a!f"}}, "u1 | a!f | tsunny", 0, 1, false},
		{"a second result", []past{{"chat", "u1", "a!f"}, {"tool_loop", "u1 | a!f | tsunny", "a!g"}}, "u1 | a!f | tsunny | a!g | twarm", 1, 3, false},
		{"a background task between", []past{{"chat", "u1", "a1"}, {"title_generation", "uname it: 1", "atitle"}}, "u1 | a1 | u2", 0, 2, false},
		{"two models side by side", []past{{"chat", "u1", "a1"}, {"chat", "u1", "aone"}, {"chat", "u1 | aone | u2", "atwo"}}, "u1 | a1 | u2", 0, 2, false},
		{"asked once more", []past{{"chat", "u1", "a1"}, {"chat", "u1 | a1 | u2", "a2"}}, "u1 | a1 | u2", 0, 2, false},
		{"old turns left out", []past{{"chat", "u1 | a1 | u2", "a2"}}, "a1 | u2 | a2 | u3", 0, 3, false},
		{"another system prompt", []past{{"chat", "sbe brief | u1", "a1"}}, "sbe long | u1 | a1 | u2", 0, 2, true},
		{"nothing in common", []past{{"chat", "u1", "a1"}}, "u9 | a9 | u8", -1, 0, false},
		{"spaced otherwise", []past{{"chat", "uone  two", "a1"}}, "uone two | a1 | u2", 0, 2, false},
	} {
		chat := fmt.Sprint("chat-", i)
		var ids []string
		for _, p := range c.past {
			ids = append(ids, s.asked(t, chat, p.task, p.said, p.answered))
			time.Sleep(2 * time.Millisecond) // ids of one millisecond need not be in order
		}
		s.asked(t, "elsewhere", "chat", c.now, "a")
		time.Sleep(2 * time.Millisecond)
		id := s.asked(t, chat, "chat", c.now, "aend")
		got := into[dto.Earlier](t, s.do("GET", "/api/exchanges/"+id+"/earlier", ""))
		want := ""
		if c.from >= 0 {
			want = ids[c.from]
		}
		if got.ID != want || got.Turns != c.turns || got.SystemChanged != c.other || (got.StartedAt == 0) != (want == "") {
			t.Errorf("%s: %+v, want %d turns of %q", c.name, got, c.turns, want)
		}
	}
	if w := s.do("GET", "/api/exchanges/nonsense/earlier", ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
