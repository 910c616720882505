package openwebui

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
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
	return &Chats{nodes: newLRU[[]place](places), tails: newLRU[ending](places), answers: newLRU[string](places), pending: newLRU[waiting](256)}
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
		if Background(t.Task) {
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

// Seed puts a stored row into the index: its scope, where it belongs and its
// Keys. Give it the latest rows, the oldest of them first.
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
	all := chain(seed, t.Request)
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
		if l.Answer = t.ID; at >= 0 && at >= lastUser(t.Request) && inAnswer(t.Request) && found.answer != "" {
			l.Answer = found.answer
		}
	}
	c.remember(t, l, all[len(all)-1])
	c.remind(t, l)
}

// remember puts the ends of this exchange into the index.
func (c *Chats) remember(t Turn, l *Link, end prefix) {
	here := place{chat: l.Chat, answer: l.Answer}
	ends := []prefix{end}
	for i, choice := range t.Reply {
		if i < maxShared && (choice.Text() != "" || len(choice.ToolCalls) > 0) {
			if choice.Role == "" {
				choice.Role = "assistant"
			}
			ends = append(ends, end.with(choice))
		}
	}
	for _, e := range ends {
		if e.answered || t.Chat != "" && e.user {
			c.put(e.digest, here)
			l.Keys = append(l.Keys, e.digest.String())
		}
	}
}

// find looks for the longest known beginning: its index in all, -1 for none.
func (c *Chats) find(all []prefix, named bool) (int, place) {
	for i := len(all) - 1; i >= 0; i-- {
		if !all[i].answered && (!named || !all[i].user) {
			continue
		}
		places, ok := c.nodes.get(all[i].digest)
		if !ok {
			continue
		}
		pick := pickFrom(places)
		if i == len(all)-1 {
			// The same was asked before. It may be asked again, or by a chat
			// that said the same so far and goes on only now.
			if j, open, ok := c.open(all[:i], places, named); ok {
				return j, open
			}
			return i, places[pick]
		}
		found := places[pick]
		places[pick].continued = true
		return i, found
	}
	return -1, place{}
}

// open looks, in the longest known beginning of all, for a chat that nobody went
// on with and that is none of those that asked the same.
func (c *Chats) open(all []prefix, asked []place, named bool) (int, place, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		places, ok := c.nodes.get(all[i].digest)
		if !ok || !all[i].answered || named {
			continue
		}
		for j := len(places) - 1; j >= 0; j-- {
			p := places[j]
			if !p.continued && !slices.ContainsFunc(asked, func(a place) bool { return a.chat == p.chat }) {
				places[j].continued = true
				return i, p, true
			}
		}
		return -1, place{}, false
	}
	return -1, place{}, false
}

// pickFrom is the latest place that nobody went on from, else the latest.
func pickFrom(places []place) int {
	for i := len(places) - 1; i >= 0; i-- {
		if !places[i].continued {
			return i
		}
	}
	return len(places) - 1
}

// put adds a place, the latest last; a chat has one at each conversation.
func (c *Chats) put(d digest, p place) {
	places, _ := c.nodes.get(d)
	places = slices.DeleteFunc(slices.Clone(places), func(o place) bool {
		if o.chat == p.chat {
			p.continued = o.continued
		}
		return o.chat == p.chat
	})
	if len(places) == maxShared {
		places = places[1:]
	}
	c.nodes.put(d, append(places, p))
}

// lastUser is the index, among the turns, of the last one by a user.
func lastUser(messages []exchange.Message) int {
	last, i := -1, -1
	for _, m := range messages {
		if m.Role == "system" || m.Role == "developer" {
			continue
		}
		i++
		if roleOf(m) == "user" {
			last = i
		}
	}
	return last
}

// inAnswer reports whether something follows the last user message.
func inAnswer(messages []exchange.Message) bool { return turns(messages)-1 > lastUser(messages) }

// seedOf is a digest that begins a chain: what is compared within it only.
func seedOf(kind string, parts ...string) (d digest) {
	h := sha256.New()
	for _, p := range append([]string{kind}, parts...) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	copy(d[:], h.Sum(nil))
	return d
}
