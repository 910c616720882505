package openwebui

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

// talk drives an index as a recorder does.
type talk struct {
	t     *testing.T
	chats *Chats
	n     int
	at    int64
}

func newTalk(t *testing.T) *talk { return &talk{t: t, chats: NewChats(0), at: 1_780_000_000_000_000} }

// ask links one exchange: said are user and assistant in turn; the last is the
// reply.
func (k *talk) ask(scope Scope, said ...string) (id string, l Link) {
	var messages []exchange.Message
	for i, s := range said[:len(said)-1] {
		messages = append(messages, say([]string{"user", "assistant"}[i%2], s))
	}
	return k.turn(Turn{Scope: scope, Request: messages, Reply: []exchange.Message{say("assistant", said[len(said)-1])}})
}

func (k *talk) turn(t Turn) (string, Link) {
	k.n++
	k.at += 1_000_000
	t.ID = fmt.Sprintf("x%d", k.n)
	if t.StartedAt == 0 {
		t.StartedAt = k.at
	}
	if t.API == "" {
		t.API = exchange.OpenAIChat
	}
	return t.ID, k.chats.Link(t)
}

func (k *talk) want(what string, l Link, chat, answer string) {
	k.t.Helper()
	if l.Chat != chat || l.Answer != answer {
		k.t.Errorf("%s: chat %q answer %q, want %q and %q", what, l.Chat, l.Answer, chat, answer)
	}
}

func ann() Scope { return Scope{Client: "10.0.0.2 aiohttp", Model: "qwen3:8b", User: "ann"} }

func TestAChatGoesOn(t *testing.T) {
	k := newTalk(t)
	a, l := k.ask(ann(), "hi", "Hello Ann")
	k.want("the first", l, a, a)
	if l.ChatBasis != exchange.Inferred || l.AnswerBasis != exchange.Inferred {
		t.Errorf("bases %q %q", l.ChatBasis, l.AnswerBasis)
	}
	b, l := k.ask(ann(), "hi", "Hello Ann", "more", "Sure")
	k.want("the second", l, a, b)
	c, l := k.ask(ann(), "hi", "Hello Ann", "more", "Sure", "and more", "ok")
	k.want("the third", l, a, c)
	// Edited and regenerated: branches of the chat.
	d, l := k.ask(ann(), "hi", "Hello Ann", "something else", "Sure thing")
	k.want("edited", l, a, d)
	e, l := k.ask(ann(), "hi", "Hello Ann", "more", "Certainly")
	k.want("regenerated", l, a, e)
	f, l := k.ask(ann(), "hi", "Hello Ann", "more", "Certainly", "on", "x")
	k.want("on from the new answer", l, a, f)
	g, l := k.ask(ann(), "hi", "Hello Ann", "more", "Sure", "again", "x")
	k.want("on from the old answer", l, a, g)
	// A turn that was not seen.
	i, l := k.ask(ann(), "hi", "Hello Ann", "more", "Sure", "and more", "ok", "unseen", "unseen too", "now", "x")
	k.want("after unseen turns", l, a, i)
	// The first message again may be anybody's.
	j, l := k.ask(ann(), "hi", "Hello again")
	k.want("the first again", l, j, j)
	m, l := k.ask(ann(), "hi", "An answer that nobody gave", "x", "y")
	k.want("an answer that was edited", l, m, m)
}

func TestTwoPeopleAreTwoChats(t *testing.T) {
	k := newTalk(t)
	a, _ := k.ask(ann(), "hi", "Hello! How can I help?")
	for name, scope := range map[string]Scope{
		"another user":   {ann().Client, ann().Model, "bob"},
		"another model":  {ann().Client, "llama3", "ann"},
		"another client": {"10.0.0.3 curl", ann().Model, "ann"},
	} {
		id, l := k.ask(scope, "hi", "Hello! How can I help?", "go on", "ok")
		k.want(name, l, id, id)
	}
	// The same client, and an upstream that always answers the same.
	b, l := k.ask(ann(), "hi", "Hello! How can I help?")
	k.want("a second hi", l, b, b)
	_, l1 := k.ask(ann(), "hi", "Hello! How can I help?", "cats", "meow")
	_, l2 := k.ask(ann(), "hi", "Hello! How can I help?", "dogs", "wow")
	if l1.Chat == l2.Chat || !slices.Contains([]string{a, b}, l1.Chat) || !slices.Contains([]string{a, b}, l2.Chat) {
		t.Errorf("two parallel chats became %q and %q", l1.Chat, l2.Chat)
	}
	_, l3 := k.ask(ann(), "hi", "Hello! How can I help?", "cats", "meow", "more cats", "purr")
	_, l4 := k.ask(ann(), "hi", "Hello! How can I help?", "dogs", "wow", "more dogs", "bark")
	if l3.Chat != l1.Chat || l4.Chat != l2.Chat {
		t.Errorf("they went on as %q and %q", l3.Chat, l4.Chat)
	}
}

// The same script run twice, word for word, is two chats.
func TestTheSameScriptTwice(t *testing.T) {
	k := newTalk(t)
	words := []string{"one", "1", "two", "2", "three", "3"}
	var chats []string
	for range 3 {
		var first string
		for n := 2; n <= len(words); n += 2 {
			_, l := k.ask(ann(), words[:n]...)
			if n == 2 {
				first = l.Chat
				chats = append(chats, first)
			} else if l.Chat != first {
				t.Errorf("run %d, turn %d: %q, want %q", len(chats), n/2, l.Chat, first)
			}
		}
	}
	if len(slices.Compact(chats)) != 3 {
		t.Errorf("the runs are %v", chats)
	}
}

// Examples that a client puts before each question make no chat of them.
func TestExamplesAreNoConversation(t *testing.T) {
	k := newTalk(t)
	a, l := k.ask(ann(), "2+2", "4", "3+3", "6", "5+5", "10")
	k.want("the first", l, a, a)
	b, l := k.ask(ann(), "2+2", "4", "3+3", "6", "7+7", "14")
	k.want("the second", l, b, b)
}

func TestWhatOpenWebUIChangesOnTheWay(t *testing.T) {
	k := newTalk(t)
	system := func(s string) exchange.Message { return say("system", s) }
	id, _ := k.turn(Turn{Scope: ann(), Request: []exchange.Message{system("Today is Monday"),
		say("user", "### Task:\nRespond to the user query using the provided context\n<context>\nlong\n</context>\n\nWho did it?")},
		Reply: []exchange.Message{{Parts: []exchange.Part{{Type: exchange.PartReasoning, Text: "hm"}, {Type: exchange.PartText, Text: "<think>hm</think>\nThe  butler.\n"}}}}})
	b, l := k.turn(Turn{Scope: ann(), Request: []exchange.Message{system("Today is Tuesday"), say("user", "Who did it?"), say("assistant", "The butler."), say("user", "Why?")},
		Reply: []exchange.Message{say("assistant", "<details type=\"reasoning\" done=\"true\">hm</details> Money ![x](http://h/x.png)")}})
	k.want("documents, reasoning and another system prompt", l, id, b)
	_, l = k.turn(Turn{Scope: ann(), Request: []exchange.Message{say("user", "Who did it?"), say("assistant", "The butler."), say("user", "Why?"), say("assistant", "Money"), say("user", "How?")}})
	k.want("folded reasoning and a picture", l, id, "x3")
}

func TestAToolLoopIsOneAnswer(t *testing.T) {
	k := newTalk(t)
	call := func(id, args string) exchange.Message {
		return exchange.Message{Role: "assistant", ToolCalls: []exchange.ToolCall{{ID: id, Name: "add", Arguments: args}}}
	}
	result := func(s string) exchange.Message { m := say("tool", s); m.ToolCallID = "c"; return m }
	ask := []exchange.Message{say("user", "add")}
	a, _ := k.turn(Turn{Scope: ann(), Request: ask, Reply: []exchange.Message{call("c1", `{"a": 1, "b":2}`)}})
	ask = append(ask, call("other id", `{"b":2,"a":1}`), result("3"))
	_, l := k.turn(Turn{Scope: ann(), Task: exchange.TaskToolLoop, Request: ask, Reply: []exchange.Message{call("c2", `{"a":3}`)}})
	k.want("the first result", l, a, a)
	_, l = k.turn(Turn{Scope: ann(), Task: exchange.TaskToolLoop, Request: ask, Reply: []exchange.Message{call("c2", `{"a":3}`)}})
	k.want("the first result, tried again", l, a, a)
	ask = append(ask, call("c2", `{"a":3}`), result("6"))
	_, l = k.turn(Turn{Scope: ann(), Task: exchange.TaskToolLoop, Request: ask, Reply: []exchange.Message{say("assistant", "6 it is")}})
	k.want("the second result", l, a, a)
	ask = append(ask, say("assistant", "6 it is"), say("user", "thanks"))
	d, l := k.turn(Turn{Scope: ann(), Request: ask, Reply: []exchange.Message{say("assistant", "!")}})
	k.want("the next question", l, a, d)
	// Another person's loop with the same words but another call.
	e, l := k.turn(Turn{Scope: ann(), Task: exchange.TaskToolLoop, Request: []exchange.Message{say("user", "add"), call("c", `{"a":9}`), result("3")}})
	k.want("another's loop", l, e, e)
}

// An answer in pieces is one, in whatever pieces it is sent back.
func TestAnswersInPieces(t *testing.T) {
	k := newTalk(t)
	thought := exchange.Message{Role: "assistant", Parts: []exchange.Part{{Type: exchange.PartReasoning, Text: "hm"}}}
	call := exchange.Message{Role: "assistant", ToolCalls: []exchange.ToolCall{{Name: "look", Arguments: "{}"}}}
	a, _ := k.turn(Turn{API: exchange.OpenAIResponses, Scope: ann(), Request: []exchange.Message{say("user", "look")},
		Reply: []exchange.Message{thought, say("assistant", "I look."), call}})
	both := say("assistant", "I look.")
	both.ToolCalls = call.ToolCalls
	for name, request := range map[string][]exchange.Message{
		"in pieces":            {say("user", "look"), thought, say("assistant", "I look."), call, say("tool", "fog")},
		"without the thought":  {say("user", "look"), say("assistant", "I look."), call, say("tool", "fog")},
		"as one":               {say("user", "look"), both, say("tool", "fog")},
		"and the call's words": {say("system", "x"), say("user", " look\n"), both, say("tool", "fog")},
	} {
		_, l := k.turn(Turn{API: exchange.OpenAIResponses, Scope: ann(), Request: request})
		k.want(name, l, a, a)
	}
	// An answer that the client began and the model ended.
	b, _ := k.turn(Turn{Scope: ann(), Request: []exchange.Message{say("user", "who?"), say("assistant", "It was")}, Reply: []exchange.Message{say("assistant", "the butler.")}})
	_, l := k.turn(Turn{Scope: ann(), Request: []exchange.Message{say("user", "who?"), say("assistant", "It was the butler."), say("user", "why?")}})
	if l.Chat != b {
		t.Errorf("an answer that was gone on with: %q, want %q", l.Chat, b)
	}
	// Several choices: each can be gone on with.
	c, _ := k.turn(Turn{Scope: ann(), Request: []exchange.Message{say("user", "choose")}, Reply: []exchange.Message{say("assistant", "left"), say("assistant", "right")}})
	for _, way := range []string{"left", "right"} {
		if _, l := k.ask(ann(), "choose", way, "on", "x"); l.Chat != c {
			t.Errorf("%s: %q, want %q", way, l.Chat, c)
		}
	}
}

func TestSpoken(t *testing.T) {
	for in, want := range map[string]string{
		"a ![x](http://h/x.png) b": "a  b", "![](data:image/png;base64,AA)![y](z)": "", "![no picture] (x)": "![no picture] (x)", "![cut": "![cut", "![a](cut": "![a](cut",
		"![a\nb](c)": "![a\nb](c)", "![a](b\nc) ![d](e)": "![a](b\nc) ", "wow![1]![a](b)": "wow![1]", "[a](b)": "[a](b)",
		"<think>x</think>a<think>y</think>b": "ab", "<think>x": "<think>x", "<details open>x</details>a": "a", "1 < 2": "1 < 2", "◁think▷x◁/think▷a": "a",
	} {
		if got := spoken(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestHeadersName(t *testing.T) {
	k := newTalk(t)
	named := func(chat, answer, message string, task exchange.Task, said ...string) (string, Link) {
		var request []exchange.Message
		for i, s := range said {
			request = append(request, say([]string{"user", "assistant"}[i%2], s))
		}
		return k.turn(Turn{Scope: ann(), Chat: chat, Answer: answer, UserMessage: message, Task: task, Request: request, Reply: []exchange.Message{say("assistant", "an answer")}})
	}
	_, l := named("c1", "m1", "", exchange.TaskChat, "hi")
	k.want("both named", l, "c1", "m1")
	if l.ChatBasis != exchange.Reported || l.AnswerBasis != exchange.Reported {
		t.Errorf("bases %q %q", l.ChatBasis, l.AnswerBasis)
	}
	// Only the chat is named: the answer is found within it, one user message is enough.
	b, l := named("c2", "", "", exchange.TaskChat, "hi")
	k.want("the chat named", l, "c2", b)
	_, l = named("c2", "", "", exchange.TaskToolLoop, "hi", "a call that reads differently")
	k.want("its loop", l, "c2", b)
	_, l = named("c3", "", "", exchange.TaskToolLoop, "hi", "a call that reads differently")
	k.want("another chat's loop", l, "c3", "x4")
	_, l = named("c2", "", "", TaskTags, "tags please")
	k.want("tags", l, "c2", b)
	_, l = named("c2", "", "", TaskAutocomplete, "typing")
	k.want("autocomplete", l, "c2", "")
	// A title beside the first answer, by the user message's id.
	title, l := named("c5", "", "u5", TaskTitle, "title please")
	k.want("a title that ends first", l, "c5", "")
	_, l = named("c5", "m5", "u5", exchange.TaskChat, "hello")
	if k.want("its answer", l, "c5", "m5"); !slices.Equal(l.Adopted, []string{title}) {
		t.Errorf("adopted %v", l.Adopted)
	}
	_, l = named("c5", "", "u5", TaskFollowUps, "follow-ups please")
	k.want("follow-ups", l, "c5", "m5")
	// And by nothing but the chat's name.
	query, _ := named("c6", "", "", TaskQueries, "queries please")
	_, l = named("c6", "m6", "", exchange.TaskChat, "hello")
	if !slices.Equal(l.Adopted, []string{query}) {
		t.Errorf("adopted %v", l.Adopted)
	}
}

func TestBackgroundTasksFindTheirChat(t *testing.T) {
	history := func(lines ...string) []exchange.Message {
		return []exchange.Message{say("user", "### Task:\nGenerate …\n<chat_history>\n"+strings.Join(lines, "\n")+"\n</chat_history>")}
	}
	k := newTalk(t)
	other := ann()
	other.Model = "a small model for tasks"
	a, _ := k.ask(ann(), "Who did it?", "The <details>hm</details>butler.")
	_, l := k.turn(Turn{Scope: other, Task: TaskFollowUps, Request: history("USER: Who did it?", "ASSISTANT: The butler.")})
	k.want("follow-ups", l, a, a)
	b, _ := k.ask(ann(), "Who did it?", "The butler.", "Why?", "Money\n\nand fame")
	_, l = k.turn(Turn{Scope: other, Task: TaskTags, Request: history("USER: Who did it?", "ASSISTANT: The butler.", "USER: Why?", "ASSISTANT: Money", "", "and fame")})
	k.want("tags", l, a, b)
	_, l = k.turn(Turn{Scope: other, Task: TaskAutocomplete, Request: history("USER: Why?", "ASSISTANT: Money and fame")})
	k.want("autocomplete", l, a, "")
	_, l = k.turn(Turn{Scope: other, Task: TaskTags, Request: history("USER: Something else")})
	k.want("nobody's", l, "", "")
	_, l = k.turn(Turn{Scope: Scope{Client: other.Client, User: "bob"}, Task: TaskTags, Request: history("USER: Who did it?", "ASSISTANT: The butler.")})
	k.want("another user's", l, "", "")
	// A title that ends before the answer beside it.
	title, l := k.turn(Turn{Scope: other, Task: TaskTitle, Request: history("USER: A new case")})
	k.want("a title too early", l, "", "")
	c, l := k.ask(ann(), "A new case", "Tell me")
	if k.want("its chat", l, c, c); !slices.Equal(l.Adopted, []string{title}) {
		t.Errorf("adopted %v", l.Adopted)
	}
	// The same, but long ago.
	k.turn(Turn{Scope: other, Task: TaskTitle, StartedAt: k.at - 3600e6, Request: history("USER: An old case")})
	if _, l = k.ask(ann(), "An old case", "Tell me"); l.Adopted != nil {
		t.Errorf("adopted %v", l.Adopted)
	}
	// What two chats end with is nobody's.
	k.ask(ann(), "hi", "Hello!")
	k.ask(ann(), "hi", "Hello!")
	_, l = k.turn(Turn{Scope: other, Task: TaskFollowUps, Request: history("USER: hi", "ASSISTANT: Hello!")})
	k.want("two chats'", l, "", "")
	_, l = k.turn(Turn{Scope: other, Task: TaskMerge, Request: []exchange.Message{say("user", "You have been provided with a set of responses from various models")}})
	k.want("a merge", l, "", "")
}

func TestOtherOperationsHaveNoChat(t *testing.T) {
	k := newTalk(t)
	for _, api := range []exchange.API{exchange.OpenAIEmbeddings, exchange.OllamaGenerate, exchange.OpenAISpeech, "other"} {
		_, l := k.turn(Turn{API: api, Request: []exchange.Message{say("user", "x")}})
		k.want(string(api), l, "", "")
	}
	_, l := k.turn(Turn{API: exchange.OpenAIEmbeddings, Chat: "c", Request: []exchange.Message{say("user", "x")}})
	k.want("a named one", l, "c", "")
	_, l = k.turn(Turn{API: exchange.OpenAIChat, Request: []exchange.Message{say("system", "x")}})
	k.want("nothing but a system prompt", l, "", "")
}

func TestSeedAfterARestart(t *testing.T) {
	k := newTalk(t)
	a, l1 := k.ask(ann(), "Who did it?", "The butler.")
	_, l2 := k.ask(ann(), "Who did it?", "The butler.", "Why?", "Money")
	for _, l := range []Link{l1, l2} {
		if len(l.Keys) == 0 || len(l.Keys) > 5 || len(l.Keys[0]) != 32 {
			t.Errorf("keys %v", l.Keys)
		}
	}
	after := newTalk(t)
	after.n = 100
	after.chats.Seed(l1.Chat, l1.Answer, l1.Keys)
	after.chats.Seed(l2.Chat, l2.Answer, l2.Keys)
	after.chats.Seed("damaged", "damaged", []string{"", "zz", strings.Repeat("z", 32), strings.Repeat("a", 64)})
	id, l := after.ask(ann(), "Who did it?", "The butler.", "Why?", "Money", "How?", "Poison")
	after.want("after a restart", l, a, id)
	id, l = newTalk(t).ask(ann(), "Who did it?", "The butler.", "Why?", "Money", "How?", "Poison")
	after.want("after a restart without seeds", l, id, id)
}

func TestChatsAreBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	k := newTalk(t)
	for i := range 10_000 {
		first, answer := fmt.Sprintf("case %d", i), fmt.Sprintf("clue %d", i)
		k.ask(ann(), first, answer)
		k.ask(ann(), first, answer, "more", "no more")
		k.turn(Turn{Scope: ann(), Task: TaskTitle, Request: []exchange.Message{say("user", fmt.Sprintf("<chat_history>USER: lost %d</chat_history>", i))}})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	c := k.chats
	t.Logf("%d places, %d endings, %d answers, %d tasks in %.1f MB", len(c.nodes.items), len(c.tails.items), len(c.answers.items), len(c.pending.items),
		float64(after.HeapAlloc-before.HeapAlloc)/1e6)
	for name, n := range map[string]int{"nodes": len(c.nodes.items), "tails": len(c.tails.items), "answers": len(c.answers.items), "pending": len(c.pending.items)} {
		if n > DefaultPlaces {
			t.Errorf("%d %s", n, name)
		}
	}
	if used := after.HeapAlloc - before.HeapAlloc; used > 40e6 {
		t.Errorf("%d bytes", used)
	}
	_, l := k.ask(ann(), "case 9999", "clue 9999", "more", "no more", "really", "yes")
	if l.Chat != "x29998" {
		t.Errorf("the latest chat is forgotten: %q", l.Chat)
	}
	runtime.KeepAlive(k)
}

// Conversations that are made to be slow are not.
func TestLinkTakesBoundedTime(t *testing.T) {
	long := func(n int, role, s string) (all []exchange.Message) {
		for range n {
			all = append(all, say(role, s))
		}
		return all
	}
	for name, request := range map[string][]exchange.Message{
		"many turns":       long(20_000, "assistant", strings.Repeat("x y z ", 40)),
		"many users":       long(20_000, "user", "x y z"),
		"much reasoning":   long(1, "assistant", strings.Repeat("<think></think>", 100_000)),
		"open tags":        long(1, "assistant", strings.Repeat("<think><details", 100_000)),
		"pictures":         long(1, "assistant", strings.Repeat("![", 500_000)),
		"picture starts":   long(1, "assistant", strings.Repeat("![a](", 200_000)+"\n"),
		"one long message": long(1, "user", strings.Repeat("word ", 1_000_000)),
	} {
		k := newTalk(t)
		began := time.Now()
		k.turn(Turn{Scope: ann(), Request: append(request, say("user", "x")), Reply: []exchange.Message{say("assistant", "y")}})
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

func BenchmarkLink(b *testing.B) {
	var request []exchange.Message
	for i := range 40 {
		request = append(request, say([]string{"user", "assistant"}[i%2], strings.Repeat(fmt.Sprintf("words of turn %d ", i), 60)))
	}
	chats := NewChats(0)
	n := 0
	for b.Loop() {
		n++
		chats.Link(Turn{ID: fmt.Sprint(n), API: exchange.OllamaChat, Scope: ann(), Request: request, Reply: request[1:2]})
	}
}

func FuzzLink(f *testing.F) {
	f.Add("hi", "Hello", "more", `{"a":1}`)
	f.Add("### Task:\nRespond to the user query using the provided context</context>", "<think>", "<chat_history>USER: x</chat_history>", "\xff")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		if got := plain(a + b); got != strings.Join(strings.Fields(a+b), " ") {
			t.Errorf("%q became %q", a+b, got)
		}
		k := newTalk(t)
		call := exchange.Message{Role: "assistant", ToolCalls: []exchange.ToolCall{{Name: a, Arguments: d}}}
		k.turn(Turn{Scope: ann(), Request: []exchange.Message{say("user", a)}, Reply: []exchange.Message{say("assistant", b), call}})
		_, l := k.turn(Turn{Scope: ann(), Request: []exchange.Message{say("user", a), say("assistant", b), say("user", c)}})
		if len(utterances([]exchange.Message{say("assistant", b)})) > 0 && l.Chat != "x1" {
			t.Errorf("%q, %q does not go on: %+v", a, b, l)
		}
		k.turn(Turn{Scope: ann(), Task: TaskTitle, Request: []exchange.Message{say("user", c)}})
		k.turn(Turn{Scope: ann(), Task: exchange.TaskToolLoop, Request: []exchange.Message{say("user", a), call, say("tool", d)}})
	})
}
