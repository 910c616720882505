package openwebui

// lru is a map that forgets what was not used for longest. Its entries lie in one
// slice and name each other by index: tens of thousands of them are few objects
// for the collector, which is what they cost most.
type lru[V any] struct {
	most  int
	items map[digest]int32 // where in all
	all   []entry[V]       // all[0] is the ring's end: its next is the latest, its prev the oldest
	free  int32            // 0 none; chained by next
}

type entry[V any] struct {
	key        digest
	prev, next int32
	value      V
}

func newLRU[V any](most int) *lru[V] {
	return &lru[V]{most: most, items: map[digest]int32{}, all: make([]entry[V], 1)}
}

func (m *lru[V]) get(d digest) (v V, ok bool) {
	i, ok := m.items[d]
	if !ok {
		return v, false
	}
	m.unlink(i)
	m.front(i)
	return m.all[i].value, true
}

func (m *lru[V]) put(d digest, v V) {
	i, ok := m.items[d]
	switch {
	case ok:
		m.unlink(i)
	case len(m.items) == m.most:
		m.drop(m.all[m.all[0].prev].key)
		i = m.room()
	default:
		i = m.room()
	}
	m.all[i].key, m.all[i].value = d, v
	m.items[d] = i
	m.front(i)
}

func (m *lru[V]) drop(d digest) {
	i, ok := m.items[d]
	if !ok {
		return
	}
	m.unlink(i)
	delete(m.items, d)
	m.all[i] = entry[V]{next: m.free}
	m.free = i
}

// room is an entry that nobody uses.
func (m *lru[V]) room() int32 {
	if i := m.free; i != 0 {
		m.free = m.all[i].next
		return i
	}
	m.all = append(m.all, entry[V]{})
	return int32(len(m.all) - 1)
}

func (m *lru[V]) unlink(i int32) {
	e := &m.all[i]
	m.all[e.prev].next, m.all[e.next].prev = e.next, e.prev
}

func (m *lru[V]) front(i int32) {
	first := m.all[0].next
	m.all[i].prev, m.all[i].next = 0, first
	m.all[first].prev, m.all[0].next = i, i
}
