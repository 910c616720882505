package api

import (
	"strings"
	"testing"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
)

func TestDissect(t *testing.T) {
	say := func(role, text string) exchange.Message {
		return exchange.Message{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: text}}}
	}
	words := func(s string) int64 { return int64(len(strings.Fields(s))) }
	picture := say("user", "what is this <context>three long documents</context> then")
	picture.Parts = append(picture.Parts, exchange.Part{Type: exchange.PartImage, Data: "AAAA"})
	got := dissect([]exchange.Message{say("system", "be brief"), say("user", "hi"), say("assistant", "ho ho"), picture,
		{Role: "assistant", ToolCalls: []exchange.ToolCall{{Name: "f", Arguments: "{}"}}}, say("tool", "four words of result")},
		[]exchange.Tool{{Name: "f", Description: "does it"}}, words)
	if want := (dto.Anatomy{System: 2, Tools: 3, Context: 3, History: 3, Results: 6, Last: 4, Images: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := dissect(nil, nil, words); got != (dto.Anatomy{}) {
		t.Errorf("nothing is made of %+v", got)
	}
	if got := dissect([]exchange.Message{say("user", "an open <context> mark")}, nil, words); got.Last != 4 || got.Context != 0 {
		t.Errorf("%+v", got)
	}
}

func TestChatAnswers(t *testing.T) {
	s := newStage(t)
	for path, want := range map[string]string{"/api/chats": `{"chats":[],"more":false}`, "/api/chats/none": "not_found", "/api/exchanges/" + s.id + "/anatomy": "no_estimates", "/api/chats?limit=x": "bad_number"} {
		if w := s.do("GET", path, ""); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	s.Tokens = func(text string) int64 { return int64(len(text)) }
	if got := into[dto.Anatomy](t, s.do("GET", "/api/exchanges/"+s.id+"/anatomy", "")); got.Last == 0 {
		t.Errorf("%+v", got)
	}
}
