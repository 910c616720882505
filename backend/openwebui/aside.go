package openwebui

import "gumshoe/backend/exchange"

// task links a background task: to the chat that a header names, else to the
// one whose ending it shows.
func (c *Chats) task(t Turn, l *Link) {
	shown, ok := c.shownTail(aside(t), t.Request)
	if ok {
		e, known := c.tails.get(shown.digest)
		if known && e.belongs(t, shown.answered) && (l.Chat == "" || l.Chat == e.chat) {
			l.Chat = e.chat
			if l.Answer == "" && t.Task != TaskAutocomplete {
				l.Answer = e.answer
			}
		}
	}
	if l.Answer == "" && l.Chat != "" && t.UserMessage != "" {
		l.Answer, _ = c.answers.get(seedOf("message", l.Chat, t.UserMessage))
	} else if l.Answer == "" && l.Chat != "" && follows(t.Task) {
		l.Answer, _ = c.answers.get(seedOf("answer", l.Chat))
	}
	switch {
	case t.Task == TaskAutocomplete || l.Chat != "" && l.Answer != "":
		// What is being typed belongs to no answer.
	case l.Chat != "" && t.UserMessage != "":
		c.wait(seedOf("message", l.Chat, t.UserMessage), t)
	case l.Chat != "":
		c.wait(seedOf("next", l.Chat), t)
	case ok:
		c.wait(shown.digest, t)
	}
}

// follows reports whether a task is sent when the answer is complete, so that it
// is about the latest one.
func follows(t exchange.Task) bool {
	return t == TaskFollowUps || t == TaskTags || t == TaskMemory
}

// belongs reports whether the ending is surely that of the task: one chat's
// only, and, where no answer tells it from another's, begun at the same time.
func (e ending) belongs(t Turn, answered bool) bool {
	return !e.shared && (answered || near(e.at, t.StartedAt))
}

func near(a, b int64) bool { return max(a, b)-min(a, b) <= beside }

// aside is within what endings are compared: a task may have a model of its own.
func aside(t Turn) digest { return seedOf("tail", t.Scope.Client, t.Scope.User) }

func (c *Chats) wait(d digest, t Turn) {
	w, ok := c.pending.get(d)
	switch {
	case !ok:
		w = waiting{id: t.ID, at: t.StartedAt}
	case len(w.more) < maxTail:
		w.more = append(w.more, t.ID)
	}
	c.pending.put(d, w)
}

// remind files the endings of an exchange and finds the tasks that wait for it.
func (c *Chats) remind(t Turn, l *Link, said []utterance) {
	adopt := func(d digest, always bool) {
		if w, ok := c.pending.get(d); ok && (always || near(w.at, t.StartedAt)) {
			l.Adopted = append(append(l.Adopted, w.id), w.more...)
			c.pending.drop(d)
		}
	}
	c.answers.put(seedOf("answer", l.Chat), l.Answer)
	if t.UserMessage != "" {
		d := seedOf("message", l.Chat, t.UserMessage)
		c.answers.put(d, l.Answer)
		adopt(d, true)
	}
	adopt(seedOf("next", l.Chat), false)
	scope := aside(t)
	file := func(said []utterance) {
		all, n := c.tailsOf(said, scope)
		for _, e := range all[:n] {
			old, known := c.tails.get(e.digest)
			shared := known && old.chat != l.Chat && (old.shared || e.answered || near(old.at, t.StartedAt))
			c.tails.put(e.digest, ending{l.Chat, l.Answer, t.StartedAt, shared})
			if !shared {
				adopt(e.digest, false)
			}
		}
	}
	file(said)
	if all := choices(t); len(all) > 0 {
		file(append(said[:len(said):len(said)], utterances(all[0])...))
	}
}
