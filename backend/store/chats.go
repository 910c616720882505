package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// Chat is one conversation, summed up.
type Chat struct {
	ID    string
	Basis exchange.Basis // how it is known: reported or inferred
	User  string
	// Title is the start of the first question; "" where nobody asked one.
	Title           string
	Models          []string // the commonest first, at most 5
	Answers         int64
	FirstAt, LastAt int64  // when its first and last exchange began, microseconds
	LastID          string // of that last exchange: where the next page begins
	Figures
}

// Chats lists chats, the one that was used last first; before is the LastID of
// the chat after which a page begins, "" for the first page. It walks the rows
// from the newest and takes each that is the last of its chat, which an index
// tells: the walk is as long as the chats of the page have exchanges, however
// many the log has.
func (s *Store) Chats(ctx context.Context, user, before string, limit int) (list []Chat, more bool, err error) {
	cond, args := `+chat <> ''`, []any{} // in the order of ids
	if user != "" {
		cond += ` AND user = ?`
		args = append(args, user)
	}
	if before != "" {
		id, err := idBytes(before)
		if err != nil {
			return nil, false, err
		}
		cond += ` AND id < ?`
		args = append(args, id)
	}
	limit = min(max(limit, 1), MaxPage)
	rows, err := s.read.QueryContext(ctx, `SELECT id, chat FROM exchange AS e WHERE `+cond+`
		AND NOT EXISTS (SELECT 1 FROM exchange AS n WHERE n.chat = e.chat AND n.chat <> '' AND n.id > e.id) ORDER BY id DESC LIMIT ?`,
		append(args, limit+1)...)
	if err != nil {
		return nil, false, damaged("listing chats", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		var c Chat
		if err := rows.Scan(&id, &c.ID); err != nil {
			return nil, false, damaged("listing chats", err)
		}
		u, err := uuid.FromBytes(id)
		if err != nil {
			return nil, false, damaged("listing chats", err)
		}
		c.LastID = u.String()
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, false, damaged("listing chats", err)
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	for i := range list {
		if err := s.sumChat(ctx, &list[i]); err != nil {
			return nil, false, err
		}
	}
	return list, more, nil
}

// countChatsFor is how long the chats of users are counted.
const countChatsFor = 500 * time.Millisecond

// CountChats counts, by user, the chats with a request in [from, to); whole is
// false where that takes longer than half a second, and then nothing is counted.
func (s *Store) CountChats(ctx context.Context, from, to int64) (list map[string]int64, whole bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, countChatsFor)
	defer cancel()
	list = map[string]int64{}
	cond, args := between(from, to)
	rows, err := s.read.QueryContext(ctx, `SELECT user, count(DISTINCT chat) FROM exchange WHERE +chat <> '' AND `+cond+` GROUP BY +user`, args...)
	if err == nil {
		defer rows.Close()
		for rows.Next() {
			var user string
			var n int64
			if err := rows.Scan(&user, &n); err != nil {
				return nil, false, damaged("counting chats", err)
			}
			list[user] = n
		}
		err = rows.Err()
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, false, nil
	case err != nil:
		return nil, false, damaged("counting chats", err)
	}
	return list, true, nil
}

// sumChat fills in what the chat's rows say.
func (s *Store) sumChat(ctx context.Context, c *Chat) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return damaged("summing a chat up", err)
	}
	defer tx.Rollback()
	var all tally
	models := map[string]int64{}
	c.FirstAt = 0
	if _, err := readCounts(ctx, tx, `chat = ? AND chat <> ''`, []any{c.ID}, func(_ int64, row *counts) {
		all.row(row)
		models[row.model]++
		if c.FirstAt == 0 || row.at < c.FirstAt {
			c.FirstAt = row.at
		}
		if c.User == "" {
			c.User = row.user
		}
	}); err != nil {
		return err
	}
	c.Figures = all.figures()
	c.LastAt = c.Figures.LastAt
	for _, f := range ranked(models) {
		if len(c.Models) < 5 {
			c.Models = append(c.Models, f.Value)
		}
	}
	err = tx.QueryRowContext(ctx, `SELECT count(DISTINCT answer) - max(answer = ''), max(chat_basis) FROM exchange WHERE chat = ? AND chat <> ''`, c.ID).Scan(&c.Answers, &c.Basis)
	if err != nil {
		return damaged("summing a chat up", err)
	}
	err = tx.QueryRowContext(ctx, `SELECT snippet FROM exchange WHERE chat = ? AND chat <> '' AND task IN ('', 'chat') AND snippet <> '' ORDER BY id LIMIT 1`, c.ID).Scan(&c.Title)
	if err != nil && err != sql.ErrNoRows {
		return damaged("summing a chat up", err)
	}
	return nil
}

// Chat gives one chat and its exchanges, the oldest first: the newest limit of
// them. more says that there are older ones. ErrNotFound says that no row is of it.
func (s *Store) Chat(ctx context.Context, id string, limit int) (c Chat, list []Row, more bool, err error) {
	list, more, err = s.Page(ctx, query.Filter{Chats: []string{id}}, PageAt{Limit: limit})
	if err != nil {
		return c, nil, false, err
	}
	if id == "" || len(list) == 0 {
		return c, nil, false, ErrNotFound
	}
	c = Chat{ID: id, LastID: list[0].ID}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return c, list, more, s.sumChat(ctx, &c)
}
