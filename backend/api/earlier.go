package api

import (
	"context"
	"net/http"
	"strings"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

const (
	// earlierLook is how many requests of a chat are compared with one: chats branch
	// (several models side by side), so that the one just before may be of another branch.
	earlierLook = 4
	// earlierRows is among how many rows those are looked for, background tasks between them.
	earlierRows = 16
	// earlierBytes is the largest body that is read for it.
	earlierBytes = 8 << 20
)

// earlier says which messages of a request an earlier one of its chat had already.
func (a *API) earlier(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rec, err := a.Log.Get(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	var out dto.Earlier
	if rec.Chat == "" || rec.RequestBytes > earlierBytes {
		return answer(w, out)
	}
	rows, _, err := a.Log.Page(ctx, query.Filter{Chats: []string{rec.Chat}}, store.PageAt{BeforeID: rec.ID, Limit: earlierRows})
	if err != nil {
		return err
	}
	now, _, err := a.said(ctx, rec, false)
	if err != nil {
		return err
	}
	looked := 0
	for i := range rows {
		e := &rows[i].Exchange
		if e.Task != "" && e.Task != exchange.TaskChat && e.Task != exchange.TaskToolLoop || e.RequestBytes > earlierBytes || e.ResponseBytes > earlierBytes {
			continue
		}
		if looked++; looked > earlierLook {
			break
		}
		before, err := a.Log.Get(ctx, e.ID)
		if err != nil {
			return err
		}
		then, reply, err := a.said(ctx, before, true)
		if err != nil {
			return err
		}
		n, whole := recurring(now, then, reply)
		// The same request sent again says nothing of what was new in it.
		if turns, _ := parted(now); n < len(turns) && int64(n) > out.Turns {
			_, system := parted(now)
			_, other := parted(then)
			out = dto.Earlier{ID: e.ID, StartedAt: e.StartedAt, Turns: int64(n), SystemChanged: !alike(system, other)}
			if whole {
				break
			}
		}
	}
	return answer(w, out)
}

// said reads what a stored request said, and what was answered if that is wanted.
func (a *API) said(ctx context.Context, rec exchange.Record, replied bool) (request, reply []exchange.Message, err error) {
	body, _, err := a.Log.Body(ctx, rec.ID, store.Request)
	if err != nil {
		return nil, nil, err
	}
	defer body.Close()
	if !replied {
		rec.Chunks = nil
		out, err := decode.Stored(rec, body, strings.NewReader(""), a.Dialect)
		return out.Request.Messages, nil, err
	}
	came, _, err := a.Log.Body(ctx, rec.ID, store.Reply)
	if err != nil {
		return nil, nil, err
	}
	defer came.Close()
	out, err := decode.Stored(rec, body, came, a.Dialect)
	return out.Request.Messages, out.Reply.Messages, err
}

// parted are the turns of a conversation, and what the system says in it.
func parted(messages []exchange.Message) (turns, system []exchange.Message) {
	for _, m := range messages {
		if m.Role == "system" || m.Role == "developer" {
			system = append(system, m)
		} else {
			turns = append(turns, m)
		}
	}
	return turns, system
}

func alike(a, b []exchange.Message) bool {
	return strings.Join(openwebui.Digests(a), " ") == strings.Join(openwebui.Digests(b), " ")
}

// recurring is how many of the first turns of a request were in an earlier one or
// are its answer; whole says that all of the earlier one, or its end where a client
// leaves old turns out, comes again. An answer that calls tools is counted as new:
// their results are shown with it.
func recurring(now, then, reply []exchange.Message) (n int, whole bool) {
	turns, _ := parted(now)
	old, _ := parted(then)
	have, had := openwebui.Digests(turns), openwebui.Digests(old)
	for from := range had {
		run := len(had) - from
		if from > 0 && run < 2 { // one turn may be alike by chance
			break
		}
		if common(have, had[from:]) == run {
			n, whole = run, true
			break
		}
	}
	if !whole {
		n = common(have, had)
	}
	if !whole || n+1 >= len(turns) || turns[n].Role != "assistant" || len(turns[n].ToolCalls) > 0 {
		return n, whole
	}
	for _, d := range openwebui.Digests(reply) {
		if d == have[n] {
			return n + 1, whole
		}
	}
	return n, whole
}

// common is how many first ones of two lists are the same.
func common(a, b []string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
