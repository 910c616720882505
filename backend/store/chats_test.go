package store

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"
)

func TestChats(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 600 {
		it := f.item(i, 600)
		if i%50 == 0 {
			it.Record.Chat, it.Record.ChatBasis = "", ""
		}
		it.Record.Prompt = "prompt of " + it.Record.Chat
		items = append(items, it)
	}
	save(t, s, items...)
	last, count, answers := map[string]string{}, map[string]int64{}, map[string]map[string]bool{}
	for _, it := range items {
		r := it.Record
		if r.Chat == "" {
			continue
		}
		last[r.Chat] = max(last[r.Chat], r.ID)
		count[r.Chat]++
		if answers[r.Chat] == nil {
			answers[r.Chat] = map[string]bool{}
		}
		answers[r.Chat][r.Answer] = true
	}
	var got []Chat
	for before := ""; ; {
		page, more, err := s.Chats(t.Context(), "", before, 7)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page...)
		if !more {
			break
		}
		before = page[len(page)-1].LastID
	}
	if len(got) != len(last) {
		t.Fatalf("%d chats, the rows know %d", len(got), len(last))
	}
	for i, c := range got {
		if c.LastID != last[c.ID] || c.Requests != count[c.ID] || c.Answers != int64(len(answers[c.ID])) || len(c.Models) == 0 || c.FirstAt > c.LastAt {
			t.Errorf("%+v; the last is %s of %d with %d answers", c, last[c.ID], count[c.ID], len(answers[c.ID]))
		}
		if i > 0 && c.LastID >= got[i-1].LastID {
			t.Errorf("chat %d is out of order", i)
		}
	}
	one, rows, more, err := s.Chat(t.Context(), got[0].ID, 5)
	if err != nil || one.Requests != got[0].Requests || len(rows) != int(min(5, one.Requests)) || more != (one.Requests > 5) || rows[len(rows)-1].ID != got[0].LastID {
		t.Errorf("%+v with %d rows, more %v, %v", one, len(rows), more, err)
	}
	user := got[0].User
	mine, _, err := s.Chats(t.Context(), user, "", 100)
	if err != nil || len(mine) == 0 {
		t.Fatal(len(mine), err)
	}
	for _, c := range mine {
		if c.User != user {
			t.Errorf("%s is %s's", c.ID, c.User)
		}
	}
	for _, id := range []string{"", "nothing"} {
		if _, _, _, err := s.Chat(t.Context(), id, 5); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestChatsOfUsersAreCounted(t *testing.T) {
	s := open(t)
	add := func(user, chat string, at int64) {
		it := item(t, nil, nil)
		it.Record.User, it.Record.Chat, it.Record.StartedAt = user, chat, at
		it.Record.ID = newFiller(false).id(time.UnixMicro(at))
		it.Record.ID = it.Record.ID[:len(it.Record.ID)-4] + fmt.Sprintf("%04x", len(user+chat)+int(at%1000))
		save(t, s, it)
	}
	at := fillEnd.UnixMicro()
	add("ann", "one", at)
	add("ann", "one", at+1)
	add("ann", "two", at+2)
	add("ann", "", at+3)
	add("bob", "three", at+4)
	add("", "four", at+5)
	add("bob", "earlier", at-3_600_000_000)
	got, whole, err := s.CountChats(t.Context(), at, at+100)
	if want := map[string]int64{"ann": 2, "bob": 1, "": 1}; err != nil || !whole || !maps.Equal(got, want) {
		t.Errorf("%v, %v, %v; want %v", got, whole, err, want)
	}
}
