package openwebui

import (
	"hash/maphash"
	"strings"
	"sync"

	"gumshoe/backend/exchange"
)

// Chats finds, for exchanges without headers, the conversation and the answer
// that each belongs to, by what was said before. Precision counts more than
// recall:
//
//   - A request continues a chat if it begins with a conversation that was seen
//     to its end, of the same client, model and user, and in which a user spoke
//     and an assistant answered. Two people who begin with the same words are
//     two chats, until one of them sends back an answer that only one got.
//   - The longest such beginning counts. An edited message and an answer that is
//     asked for again are therefore branches of their chat; the first message
//     edited or its answer asked for again begins a new chat, for nothing tells
//     it from another person's.
//   - Where chats said the same to the same end, the latest that nobody went on
//     with is continued, so that chats with equal beginnings stay apart.
//   - Within a chat that a header names, a shared user message is enough.
//   - Messages after the last user message (a tool's results, a begun answer)
//     continue the answer that they follow; else a new answer begins.
//   - A background task belongs to the chat whose ending its <chat_history>
//     shows, if it is one chat's only. A task that is over before the answer
//     beside which it was sent is adopted when that one comes.
//
// A new chat's and a new answer's id is that of the exchange that begins it.
//
// The index is bounded: what was not used for longest is forgotten, and its chat
// then begins anew. After a restart Seed fills it from stored rows; without that
// a chat that goes on is a new one. Chats may be used by many goroutines.
type Chats struct {
	seed    maphash.Seed // of endings, which are not kept
	mu      sync.Mutex
	nodes   *lru[[]place] // by prefix
	tails   *lru[ending]  // by tail
	answers *lru[string]  // by chat, and by chat and user message: the latest answer
	pending *lru[waiting] // background tasks whose chat is not known yet, by tail or chat
}

// place is where in a chat a conversation stands.
type place struct {
	chat, answer string
	continued    bool
}

// ending is whose last turns these are; more than one chat's are nobody's.
type ending struct {
	chat, answer string
	at           int64
	shared       bool
}

type waiting struct {
	id   string
	at   int64
	more []string // further tasks of the same
}

// Bounds of an index made by NewChats. The sizes are measured in
// TestChatsAreBounded.
const (
	DefaultPlaces = 20_000 // two of them for each answer
	maxShared     = 4      // chats that said the same
	beside        = 10_000_000
)

// NewChats makes an empty index of at most places conversations, about 500
// bytes each with their endings; 0 is DefaultPlaces.
func NewChats(places int) *Chats {
	if places <= 0 {
		places = DefaultPlaces
	}
	return &Chats{seed: maphash.MakeSeed(), nodes: newLRU[[]place](places), tails: newLRU[ending](places), answers: newLRU[string](places), pending: newLRU[waiting](256)}
}

// Scope is within what conversations are compared.
type Scope struct {
	Client string // who connects: address and User-Agent, as the caller tells clients apart
	Model  string // as asked for
	User   string // Identity.User; "" unknown
}

// Turn is one exchange that has ended.
type Turn struct {
	ID        string // the exchange's, UUIDv7 text
	StartedAt int64  // microseconds since the epoch
	API       exchange.API
	Scope     Scope
	// What headers said, "" where nothing (Identity).
	Chat, Answer, UserMessage string
	Task                      exchange.Task
	Request                   []exchange.Message
	Reply                     []exchange.Message // one per choice; nil where none came
}

// Link is where an exchange belongs. Fields are "" and Missing where that is not
// known; a header's values stay, with the basis Reported.
type Link struct {
	Chat, Answer           string
	ChatBasis, AnswerBasis exchange.Basis
	// Adopted are ids of earlier exchanges, background tasks that had no chat
	// or answer: they belong to this Chat and Answer (basis Inferred).
	Adopted []string
	// Keys stand for what was said so far, at most 5 of 32 characters: kept with
	// the row, they are what Seed needs. They tell nothing of the content.
	Keys []string
}

// Conversational reports whether an operation's messages are a conversation.
func Conversational(api exchange.API) bool {
	switch api {
	case exchange.OpenAIChat, exchange.OpenAIResponses, exchange.AnthropicMessages, exchange.GeminiGenerate, exchange.OllamaChat:
		return true
	}
	return false
}

// Link says where an exchange belongs and remembers what was said. Call it once
// for each exchange, in the order in which they ended.
func (c *Chats) Link(t Turn) Link {
	l := Link{Chat: t.Chat, Answer: t.Answer}
	if Conversational(t.API) && len(t.Request) > 0 {
		c.mu.Lock()
		if Background(t.Task) || t.Task == TaskMerge { // a merge shows no conversation to go on with
			c.task(t, &l)
		} else {
			c.chat(t, &l)
		}
		c.mu.Unlock()
	}
	l.ChatBasis, l.AnswerBasis = basis(l.Chat, t.Chat), basis(l.Answer, t.Answer)
	return l
}

func basis(value, header string) exchange.Basis {
	switch {
	case value == "":
		return exchange.Missing
	case header != "":
		return exchange.Reported
	}
	return exchange.Inferred
}

// Seed puts a stored row into the index: where it belongs and its Keys, which
// hold its scope. Give it the latest rows, the oldest of them first. Endings are
// not seeded: a background task comes seconds after its answer or not at all.
func (c *Chats) Seed(chat, answer string, keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		if d, ok := digestOf(k); ok && chat != "" {
			c.put(d, place{chat: chat, answer: answer})
		}
	}
	if chat != "" && answer != "" {
		c.answers.put(seedOf("answer", chat), answer)
	}
}

// chat links an exchange that a person waits for.
func (c *Chats) chat(t Turn, l *Link) {
	seed := seedOf("scope", t.Scope.Client, t.Scope.Model, t.Scope.User)
	if t.Chat != "" {
		seed = seedOf("chat", t.Chat)
	}
	said := utterances(t.Request)
	all := chain(seed, said)
	if len(all) == 0 {
		return
	}
	at, found := c.find(all, t.Chat != "")
	if l.Chat == "" {
		if l.Chat = found.chat; at < 0 {
			l.Chat = t.ID
		}
	}
	if l.Answer == "" {
		if l.Answer = t.ID; at >= 0 && at >= lastUser(said) && lastUser(said) < len(said)-1 && found.answer != "" {
			l.Answer = found.answer
		}
	}
	ends := []prefix{all[len(all)-1]}
	for _, reply := range choices(t) {
		if end, ok := after(seed, said, all, reply); ok {
			ends = append(ends, end)
		}
	}
	c.remember(t, l, ends)
	c.remind(t, l, said)
}

// choices are the answers of a reply, each of its messages in order. Those of
// OpenAI's Responses are the items of one answer.
func choices(t Turn) (all [][]exchange.Message) {
	said := make([]exchange.Message, 0, len(t.Reply))
	for _, m := range t.Reply {
		if m.Role == "" {
			m.Role = "assistant"
		}
		said = append(said, m)
	}
	if t.API == exchange.OpenAIResponses && len(said) > 0 {
		return [][]exchange.Message{said}
	}
	for i := range min(len(said), maxShared) {
		all = append(all, said[i:i+1])
	}
	return all
}

// after is the conversation with its answer; ok is false where that is empty.
func after(seed digest, said []utterance, all []prefix, reply []exchange.Message) (p prefix, ok bool) {
	answer := utterances(reply)
	if len(answer) == 0 {
		return prefix{}, false
	}
	last := len(all) - 1
	p = all[last]
	if u := said[last]; u.role == "assistant" && answer[0].role == u.role { // it goes on with what the client began
		answer[0].text = strings.TrimSpace(u.text + " " + answer[0].text)
		answer[0].calls = append(u.calls[:len(u.calls):len(u.calls)], answer[0].calls...)
		if p = (prefix{digest: seed}); last > 0 {
			p = all[last-1]
		}
	}
	for _, u := range answer {
		p = p.with(u)
	}
	return p, true
}

// remember puts the ends of this exchange into the index.
func (c *Chats) remember(t Turn, l *Link, ends []prefix) {
	here := place{chat: l.Chat, answer: l.Answer}
	for _, e := range ends {
		if e.answered || t.Chat != "" && e.user {
			c.put(e.digest, here)
			l.Keys = append(l.Keys, e.digest.String())
		}
	}
}

// lastUser is the index of the last turn by a user, -1 for none.
func lastUser(said []utterance) int {
	for i := len(said) - 1; i >= 0; i-- {
		if said[i].role == "user" {
			return i
		}
	}
	return -1
}

// seedOf is a digest that begins a chain: what is compared within it only.
func seedOf(kind string, parts ...string) digest {
	b := measured(make([]byte, 0, 256), kind)
	for _, p := range parts {
		b = measured(b, p)
	}
	return digestBytes(b)
}
