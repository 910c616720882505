package demo

import (
	"slices"
	"time"
)

const (
	// keepAlive is how long the office's Ollama keeps a model after its last use.
	keepAlive = 30 * time.Minute
	// room is how many models fit at once.
	room = 2
)

// Stay is one time that the office's Ollama had a model in memory.
type Stay struct {
	Model    string
	From, To time.Time
	Context  int64  // tokens allocated
	By       string // the model that it had to make room for; "": its time was over
}

// memory is what Ollama has in memory, and what it had.
type memory struct {
	now, was []Stay // now: the one that was used last is the last
}

// resident says whether a model is in memory when it is asked something, and
// keeps it there.
func (m *memory) resident(model string, at time.Time) bool {
	var left []Stay
	for _, s := range m.now {
		if s.To.Before(at) {
			m.was = append(m.was, s)
			continue
		}
		left = append(left, s)
	}
	m.now = left
	for i, s := range m.now {
		if s.Model == model {
			s.To = later(s.To, at.Add(keepAlive))
			m.now = append(slices.Delete(m.now, i, i+1), s)
			return true
		}
	}
	return false
}

// load takes a model in, in the place of the one that was used the longest ago.
func (m *memory) load(x model, at time.Time) {
	for len(m.now) >= room {
		out := m.now[0]
		out.To, out.By = later(out.From, at), x.name
		m.was, m.now = append(m.was, out), m.now[1:]
	}
	m.now = append(m.now, Stay{Model: x.name, From: at, To: at.Add(keepAlive), Context: int64(x.ctx)})
}

// until lists what was in memory before a moment.
func (m *memory) until(now time.Time) (list []Stay) {
	for _, s := range slices.Concat(m.was, m.now) {
		if !s.From.Before(now) {
			continue
		}
		if s.To.After(now) {
			s.To, s.By = now, ""
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b Stay) int { return a.From.Compare(b.From) })
	return list
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
