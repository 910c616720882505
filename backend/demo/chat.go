package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// talk is one chat while it goes on.
type talk struct {
	who     person
	model   model
	topic   topic
	id      string
	said    []message
	mishap  string // what goes wrong in it, "" for nothing
	handle  string // of the answer
	rag     bool
	picture bool
	tools   bool
}

// message is one message in a form that all dialects are made from.
type message struct {
	role, text string
	image      bool
	call       *call  // of an assistant
	callID     string // of a tool
}

type call struct{ id, name, arguments string }

// mishaps are what goes wrong now and then, one after the other.
func mishaps() []string {
	return []string{"not_found", "rate_limit", "server", "cancelled", "broken", "stalled", "retry", "cut", "secret", "empty", "in_text", "unknown_tool", "abandoned", "bad_arguments"}
}

// chat is one conversation of one person, with what Open WebUI asks in between.
func (g *generator) chat(at time.Time) error {
	g.chats++
	who := people()[g.rng.IntN(len(people()))]
	t := &talk{who: who, model: models()[who.likes[g.rng.IntN(len(who.likes))]], id: fmt.Sprintf("chat-%04d", g.chats)}
	var fitting []topic
	for _, tp := range topics() {
		if tp.lang == who.lang {
			fitting = append(fitting, tp)
		}
	}
	t.topic = fitting[g.rng.IntN(len(fitting))]
	switch g.rng.IntN(12) {
	case 0, 1:
		t.rag = true
	case 2:
		t.picture = t.model.at != atOllama
	case 3, 4:
		t.tools = t.model.at == atOpenAI
	}
	if g.chats%4 == 0 {
		t.mishap = mishaps()[g.chats/4%len(mishaps())]
		t.suit()
	}
	if t.topic.system != "" {
		t.said = append(t.said, message{role: "system", text: t.topic.system})
	}
	for i, turn := range t.topic.turns {
		var err error
		if at, err = g.turn(t, i, turn[0], turn[1], at); err != nil {
			return err
		}
		at = at.Add(g.between(8*time.Second, 90*time.Second))
	}
	return nil
}

// suit gives a mishap the model that it happens to.
func (t *talk) suit() {
	byName := func(name string) {
		for _, m := range models() {
			if m.name == name {
				t.model = m
			}
		}
	}
	switch t.mishap {
	case "cut":
		byName("deepseek-r1:32b")
		t.rag = true
	case "secret", "rate_limit", "unknown_tool", "bad_arguments":
		byName("gpt-4o")
		t.tools = t.mishap == "unknown_tool" || t.mishap == "bad_arguments"
	case "in_text", "not_found", "empty":
		byName("llama3.1:8b")
		t.tools = t.mishap != "not_found"
	}
}

// turn is one question, its answer and the tasks after it.
func (g *generator) turn(t *talk, i int, question, answer string, at time.Time) (time.Time, error) {
	t.handle = g.id(at).String()
	asked := question
	switch {
	case t.rag && i == 0:
		asked = "### Task:\nRespond to the user query using the provided context.\n\n<context>\n" + context(t.mishap == "cut") + "\n</context>\n\n" + question
	case t.mishap == "secret" && i == 0:
		asked = question + "\n\nOur key for the API, should you need it: " + g.key()
	}
	t.said = append(t.said, message{role: "user", text: asked, image: t.picture && i == 0})
	if t.tools && i == 0 && t.mishap == "" {
		var err error
		if at, err = g.toolLoop(t, at); err != nil {
			return at, err
		}
	}
	reply := g.answered(t, i, answer, at)
	end, err := g.put(reply)
	if err != nil {
		return end, err
	}
	if i == 0 && (t.mishap == "retry" || t.mishap == "rate_limit") {
		// The same again: out of impatience, or because it was refused.
		reply = g.speak(t, said{text: answer}, end.Add(3*time.Second), "")
		if end, err = g.put(reply); err != nil {
			return end, err
		}
	}
	if reply.end != exchange.OK || reply.status >= 400 {
		return end, nil
	}
	t.said = append(t.said, message{role: "assistant", text: answer})
	if t.who.mail == "" {
		return end, nil
	}
	return g.tasks(t, i, end)
}

// answered is the exchange that answers the last question, or fails to.
func (g *generator) answered(t *talk, i int, answer string, at time.Time) made {
	s := said{text: answer, reasoning: strings.Contains(t.model.name, "deepseek")}
	if i == 0 {
		switch t.mishap {
		case "not_found":
			return g.failed(t, at, 404, `{"error":"model 'llama3.2-vision' not found"}`)
		case "rate_limit":
			return g.failed(t, at, 429, `{"error":{"message":"Rate limit reached for gpt-4o in organization on tokens per min. Please try again in 6s.","type":"tokens","code":"rate_limit_exceeded"}}`)
		case "server":
			return g.failed(t, at, 500, `{"error":{"message":"The server had an error while processing your request."}}`)
		case "empty":
			s.text = "\n"
		case "in_text":
			s.text = `{"name": "get_weather", "arguments": {"city": "Taipei"}}`
		case "unknown_tool":
			s.call = &call{"call_9", "search_the_web", `{"query":"kitchen plan"}`}
		case "bad_arguments":
			s.call = &call{"call_8", "get_weather", `{"town":7}`}
		}
		s.stall = t.mishap == "stalled"
	}
	m := g.speak(t, s, at, "")
	if i == 0 && (t.mishap == "cancelled" || t.mishap == "abandoned" || t.mishap == "broken") && len(m.reply) > 4 {
		keep := len(m.reply) / 2
		if t.mishap == "abandoned" {
			keep = len(m.reply) - 2
		}
		m.reply = m.reply[:keep]
		m.end = exchange.Cancelled
		if t.mishap == "broken" {
			m.end, m.failure = exchange.Broken, "unexpected EOF"
		}
	}
	return m
}

// toolLoop is a call of a tool and its result, before the answer.
func (g *generator) toolLoop(t *talk, at time.Time) (time.Time, error) {
	c := &call{"call_" + uuid.NewSHA1(uuid.Nil, []byte(t.id)).String()[:8], "get_weather", `{"city":"Taipei"}`}
	end, err := g.put(g.speak(t, said{call: c}, at, ""))
	t.said = append(t.said, message{role: "assistant", call: c}, message{role: "tool", callID: c.id, text: `{"city":"Taipei","sky":"light rain","celsius":24}`})
	return end.Add(g.between(200*time.Millisecond, 900*time.Millisecond)), err
}

// tasks are what Open WebUI asks by itself after an answer.
func (g *generator) tasks(t *talk, i int, at time.Time) (time.Time, error) {
	helper := models()[2]
	if t.model.at == atOpenAI {
		helper = models()[5]
	}
	type task struct{ name, prompt, answer string }
	list := []task{{"follow_up_generation", "### Task:\nSuggest 3-5 relevant follow-up questions or prompts in the chat's primary language, as JSON.", `{"follow_ups":["And then?","Why is that?","Can you show an example?"]}`}}
	if i == 0 {
		list = append([]task{{"title_generation", "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.", `{"title":"🔎 ` + firstWords(t.topic.turns[0][0]) + `"}`},
			{"tags_generation", "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.", `{"tags":["Everyday","Questions"]}`}}, list...)
	}
	var history []string
	for _, m := range t.said {
		if m.role != "system" {
			history = append(history, strings.ToUpper(m.role)+": "+m.text)
		}
	}
	for _, k := range list {
		side := &talk{who: t.who, model: helper, id: t.id, handle: t.handle, said: []message{{role: "user",
			text: k.prompt + "\n\n### Chat History:\n<chat_history>\n" + strings.Join(history, "\n") + "\n</chat_history>"}}}
		end, err := g.put(g.speak(side, said{text: k.answer, whole: true}, at.Add(g.between(50*time.Millisecond, 300*time.Millisecond)), k.name))
		if err != nil {
			return end, err
		}
		at = end
	}
	return at, nil
}

func firstWords(s string) string {
	words := strings.Fields(s)
	return strings.Trim(strings.Join(words[:min(len(words), 5)], " "), ".?!。？")
}

// context is what a search in documents found.
func context(long bool) string {
	const note = "<source id=\"%d\" name=\"house-rules.md\">The kitchen is cleaned on Fridays at four. Cups go into the machine, what is in the fridge without a name goes to whoever is hungry. The machine is emptied by the one who comes first on Monday. Guests are shown where the tea is.</source>\n"
	n := 4
	if long {
		n = 60
	}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, note, i+1)
	}
	return b.String()
}

// key is what looks like a secret; none that was ever given out.
func (g *generator) key() string {
	const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	b := []byte("sk-" + "proj-")
	for range 72 {
		b = append(b, letters[g.rng.IntN(len(letters))])
	}
	return string(b)
}
