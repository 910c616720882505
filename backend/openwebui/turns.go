package openwebui

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// digest stands for a conversation up to one message: half a SHA-256, the same
// on every machine and after every restart.
type digest [16]byte

// String is the digest as 32 hexadecimal digits.
func (d digest) String() string { return hex.EncodeToString(d[:]) }

func digestOf(s string) (d digest, ok bool) {
	b, err := hex.DecodeString(s)
	return digest(append(b, make([]byte, 16)...)[:16]), err == nil && len(b) == 16
}

// prefix is a conversation up to and including one turn.
type prefix struct {
	digest digest
	// user says that a user spoke, answered that an assistant did after that.
	user, answered bool
}

// utterance is one turn of a conversation as it is compared.
type utterance struct {
	role  string
	text  string // without what clients leave out
	calls []exchange.ToolCall
	media []exchange.Part
}

// utterances are the turns of a conversation. The system's are none: Open WebUI
// writes dates, memories and summaries into them. An assistant's that follow one
// another are one turn, for some APIs part text and each call; one without words
// and calls is none, for some clients leave it out.
func utterances(messages []exchange.Message) (all []utterance) {
	var texts []string // of the last one of all
	for _, m := range messages {
		u := utterance{role: roleOf(m)}
		if u.role == "system" || u.role == "developer" {
			continue
		}
		u.text, u.calls = wording(m), slices.Clone(m.ToolCalls)
		for _, part := range m.Parts {
			if t := part.Type; u.role != "assistant" && (t == exchange.PartImage || t == exchange.PartAudio || t == exchange.PartFile) {
				u.media = append(u.media, part)
			}
		}
		n := len(all)
		switch {
		case u.role == "assistant" && u.text == "" && len(u.calls) == 0:
		case u.role == "assistant" && n > 0 && all[n-1].role == u.role:
			texts = append(texts, u.text)
			all[n-1].calls = append(all[n-1].calls, u.calls...)
		default:
			join(all, texts)
			all, texts = append(all, u), []string{u.text}
		}
	}
	join(all, texts)
	return all
}

// Digests stand for what messages say, one for each of them: they are the same
// however a client spaces a text, leaves reasoning out or sorts a call's arguments.
func Digests(messages []exchange.Message) []string {
	all := make([]string, 0, len(messages))
	for _, m := range messages {
		u := utterance{role: roleOf(m), text: wording(m), calls: m.ToolCalls}
		for _, part := range m.Parts {
			if t := part.Type; u.role != "assistant" && (t == exchange.PartImage || t == exchange.PartAudio || t == exchange.PartFile) {
				u.media = append(u.media, part)
			}
		}
		all = append(all, prefix{}.with(u).digest.String())
	}
	return all
}

// join makes one text of those of the last turn.
func join(all []utterance, texts []string) {
	if n := len(all); n > 0 && len(texts) > 1 {
		all[n-1].text = strings.TrimSpace(strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), " "))
	}
}

// chain gives the prefix that ends at each of the turns.
func chain(seed digest, turns []utterance) []prefix {
	p, all := prefix{digest: seed}, make([]prefix, 0, len(turns))
	for _, u := range turns {
		p = p.with(u)
		all = append(all, p)
	}
	return all
}

// with is the conversation and one more turn.
func (p prefix) with(u utterance) prefix {
	b := make([]byte, 0, 64+len(u.text))
	b = append(b, p.digest[:]...)
	b = measured(measured(b, u.role), u.text)
	for _, part := range u.media {
		b = measured(measured(measured(b, string(part.Type)), brief(part.Data)), part.URL)
	}
	for _, c := range u.calls {
		b = measured(measured(b, c.Name), arguments(c.Arguments))
	}
	return prefix{digestBytes(b), p.user || u.role == "user", p.answered || p.user && u.role == "assistant"}
}

// measured appends a text after its length.
func measured(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

func digestBytes(b []byte) digest {
	sum := sha256.Sum256(b)
	return digest(sum[:len(digest{})])
}

func roleOf(m exchange.Message) string {
	switch m.Role {
	case "function":
		return "tool"
	case "model":
		return "assistant"
	case "":
		return "user"
	}
	return m.Role
}

// brief stands for a picture: its length and both ends.
func brief(data string) string {
	if len(data) <= 8192 {
		return data
	}
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(data)))
	return string(n[:]) + data[:4096] + data[len(data)-4096:]
}

// arguments are a call's arguments, however they were spaced and sorted.
func arguments(s string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if len(s) > 256<<10 || d.Decode(&v) != nil {
		return plain(s)
	}
	var b bytes.Buffer
	if json.NewEncoder(&b).Encode(v) != nil {
		return plain(s)
	}
	return b.String()
}

// maxTail is how many turns of a conversation a background task is shown.
const maxTail = 6

// tail stands for the last turns of a conversation as a task's prompt shows
// them. answered says that an assistant's is among them.
type tail struct {
	digest   digest
	answered bool
}

// line is a turn of a conversation as a task's prompt shows it: said[from:to],
// of which those in between that are neither the user's nor the assistant's are
// not shown.
type line struct {
	from, to int
	role     string
}

// lines are the last turns of a conversation, from the last to the first.
func lines(said []utterance) (all [maxTail]line, n int) {
	for i := len(said) - 1; i >= 0; i-- {
		role := said[i].role
		if role != "user" && role != "assistant" {
			continue
		}
		if role == "assistant" && n > 0 && all[n-1].role == role { // a tool loop is one answer
			all[n-1].from = i
			continue
		}
		if n == maxTail {
			break
		}
		all[n] = line{i, i + 1, role}
		n++
	}
	return all, n
}

// tails are the endings of a conversation, of 1 to 6 turns.
func (c *Chats) tailsOf(said []utterance, scope digest) (all [maxTail]tail, n int) {
	shown, n := lines(said)
	answered := false
	for i := range n {
		h := c.ending(scope)
		for j := i; j >= 0; j-- {
			l := shown[j]
			h.word(strings.ToUpper(l.role) + ":")
			for _, u := range said[l.from:l.to] {
				if u.role == l.role {
					h.word(u.text) // plain already, so that what joins them is, too
				}
			}
		}
		answered = answered || shown[i].role == "assistant"
		all[i] = tail{h.sum(), answered}
	}
	return all, n
}

// endingHash sums up the text of an ending, word by word. It is not for keeping:
// the seed is the process's own.
type endingHash struct {
	maphash.Hash
	any bool
}

func (c *Chats) ending(scope digest) *endingHash {
	h := new(endingHash)
	h.SetSeed(c.seed)
	_, _ = h.Write(scope[:])
	return h
}

// word adds a text after a space; nothing for an empty one.
func (h *endingHash) word(s string) {
	if s == "" {
		return
	}
	if h.any {
		_ = h.WriteByte(' ')
	}
	h.any = true
	_, _ = h.WriteString(s)
}

func (h *endingHash) sum() (d digest) {
	binary.LittleEndian.PutUint64(d[:], h.Sum64())
	return d
}

// shownTail is the ending of a conversation that a task's prompt shows in
// <chat_history>; ok is false where there is none.
func (c *Chats) shownTail(scope digest, messages []exchange.Message) (t tail, ok bool) {
	_, rest, ok := strings.Cut(lastText(messages, "user", ""), historyMark)
	end := strings.LastIndex(rest, "</chat_history>")
	if !ok || end < 0 {
		return tail{}, false
	}
	s := plain(spoken(rest[:end]))
	if s == "" {
		return tail{}, false
	}
	h := c.ending(scope)
	h.word(s)
	return tail{h.sum(), strings.Contains(s, "ASSISTANT: ")}, true
}
