package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Mark is what a person notes on an exchange. The zero value is no mark.
type Mark struct {
	Starred bool
	Rating  *int64 // 1 to 5
	Tags    []string
	Note    string
}

// ErrMark is a mark that can't be kept: a rating out of range, or text that is too
// long.
var ErrMark = errors.New("a rating is 1 to 5, tags are short words, a note has at most 20,000 letters")

const (
	maxNote, maxTag, maxTags = 20_000, 60, 30
	tagEnd                   = "\x01"
)

// check tidies the tags: without blanks around them, each once, in order.
func (m *Mark) check() error {
	if m.Rating != nil && (*m.Rating < 1 || *m.Rating > 5) || !utf8.ValidString(m.Note) || utf8.RuneCountInString(m.Note) > maxNote {
		return ErrMark
	}
	var tags []string
	for _, t := range m.Tags {
		t = strings.Join(strings.Fields(strings.ReplaceAll(t, tagEnd, " ")), " ")
		if !utf8.ValidString(t) || utf8.RuneCountInString(t) > maxTag {
			return ErrMark
		}
		if t != "" {
			tags = append(tags, t)
		}
	}
	slices.Sort(tags)
	if m.Tags = slices.Compact(tags); len(m.Tags) > maxTags {
		return ErrMark
	}
	return nil
}

func (m *Mark) empty() bool {
	return !m.Starred && m.Rating == nil && len(m.Tags) == 0 && m.Note == ""
}

// SetMark keeps what a person notes on an exchange; an empty mark takes it away.
// ErrNotFound says that there is no such exchange.
func (s *Store) SetMark(ctx context.Context, id string, m Mark) error {
	key, err := idBytes(id)
	if err != nil {
		return err
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := s.take(); err != nil {
		return err
	}
	defer s.saving.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	if m.empty() {
		if _, err := s.exec(ctx, `DELETE FROM mark WHERE id = ?`, key); err != nil {
			return damaged("taking a mark away", err)
		}
		return nil
	}
	tags := ""
	if len(m.Tags) > 0 {
		tags = tagEnd + strings.Join(m.Tags, tagEnd) + tagEnd
	}
	res, err := s.exec(ctx, `INSERT INTO mark (id, starred, rating, tags, note) SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM exchange WHERE id = ?)
		ON CONFLICT (id) DO UPDATE SET starred = excluded.starred, rating = excluded.rating, tags = excluded.tags, note = excluded.note`,
		key, m.Starred, m.Rating, tags, m.Note, key)
	if err != nil {
		return damaged("keeping a mark", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

// Marks reads the marks of some exchanges; those without any are left out.
func (s *Store) Marks(ctx context.Context, ids []string) (map[string]Mark, error) {
	out := map[string]Mark{}
	if len(ids) == 0 {
		return out, nil
	}
	names := map[string]string{}
	var keys []any
	for _, id := range ids {
		b, err := idBytes(id)
		if err != nil {
			return nil, err
		}
		keys = append(keys, b)
		names[string(b)] = id
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, starred, rating, tags, note FROM mark WHERE id IN (?`+strings.Repeat(",?", len(keys)-1)+`)`, keys...)
	if err != nil {
		return nil, damaged("reading marks", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		var m Mark
		var tags string
		if err := rows.Scan(&id, &m.Starred, &m.Rating, &tags, &m.Note); err != nil {
			return nil, damaged("reading marks", err)
		}
		if tags = strings.Trim(tags, tagEnd); tags != "" {
			m.Tags = strings.Split(tags, tagEnd)
		}
		out[names[string(id)]] = m
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("reading marks", err)
	}
	return out, nil
}

// ByID reads some rows, in the order in which their ids were given; those that
// are gone are left out.
func (s *Store) ByID(ctx context.Context, ids []string) ([]Row, error) {
	var keys []any
	for _, id := range ids {
		b, err := idBytes(id)
		if err != nil {
			continue // a verdict may name what never was
		}
		keys = append(keys, b)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, `+rowColumns+` FROM exchange WHERE id IN (?`+strings.Repeat(",?", len(keys)-1)+`)`, keys...)
	if err != nil {
		return nil, damaged("reading rows", err)
	}
	defer rows.Close()
	found := map[string]Row{}
	for rows.Next() {
		var r Row
		if err := scanRow(rows, &r); err != nil {
			return nil, err
		}
		found[r.ID] = r
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("reading rows", err)
	}
	var list []Row
	for _, id := range ids {
		if r, ok := found[id]; ok {
			list = append(list, r)
			delete(found, id)
		}
	}
	return list, nil
}

// dropMarks deletes the marks of exchanges that go.
func dropMarks(ctx context.Context, tx *sql.Tx, seq int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM mark WHERE id = (SELECT id FROM exchange WHERE seq = ?)`, seq); err != nil {
		return fmt.Errorf("deleting a mark: %w", err)
	}
	return nil
}
