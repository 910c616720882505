package openwebui

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
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
	h := sha256.New()
	h.Write(p.digest[:])
	put := func(s string) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	put(u.role)
	put(u.text)
	for _, part := range u.media {
		put(string(part.Type))
		put(brief(part.Data))
		put(part.URL)
	}
	for _, c := range u.calls {
		put(c.Name)
		put(arguments(c.Arguments))
	}
	var d digest
	copy(d[:], h.Sum(nil))
	return prefix{d, p.user || u.role == "user", p.answered || p.user && u.role == "assistant"}
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

// tails are the endings of a conversation, of 1 to 6 turns.
func tails(seed digest, said []utterance) (all []tail) {
	type line struct {
		role  string
		parts []string // the last in front
	}
	var lines []line // from the last turn to the first
	for i := len(said) - 1; i >= 0; i-- {
		u, n := said[i], len(lines)
		if u.role != "user" && u.role != "assistant" {
			continue
		}
		if u.role == "assistant" && n > 0 && lines[n-1].role == u.role { // a tool loop is one answer
			lines[n-1].parts = append(lines[n-1].parts, u.text)
			continue
		}
		if n == maxTail {
			break
		}
		lines = append(lines, line{u.role, []string{u.text}})
	}
	shown, answered := "", false
	for _, l := range lines {
		slices.Reverse(l.parts)
		// Each part is plain already, so that what joins them is, too.
		words := append(append([]string{strings.ToUpper(l.role) + ":"}, l.parts...), shown)
		shown = strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
		answered = answered || l.role == "assistant"
		all = append(all, tail{tailDigest(seed, shown), answered})
	}
	return all
}

// shownTail is the ending of a conversation that a task's prompt shows in
// <chat_history>; ok is false where there is none.
func shownTail(seed digest, messages []exchange.Message) (t tail, ok bool) {
	_, rest, ok := strings.Cut(lastText(messages, "user", ""), historyMark)
	end := strings.LastIndex(rest, "</chat_history>")
	if !ok || end < 0 {
		return tail{}, false
	}
	s := plain(spoken(rest[:end]))
	if s == "" {
		return tail{}, false
	}
	return tail{tailDigest(seed, s), strings.Contains(s, "ASSISTANT: ")}, true
}

func tailDigest(seed digest, s string) (d digest) {
	h := sha256.New()
	h.Write(seed[:])
	h.Write([]byte(s))
	copy(d[:], h.Sum(nil))
	return d
}
