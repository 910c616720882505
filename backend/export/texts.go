package export

import (
	"context"
	"errors"
	"io"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

// Bodies gives what is kept of an exchange; *store.Store does.
type Bodies interface {
	Get(ctx context.Context, id string) (exchange.Record, error)
	Body(ctx context.Context, id string, side store.Side) (io.ReadCloser, int64, error)
}

// FromBodies reads the texts from the stored bodies. What was deleted meanwhile
// has none; a body that a disk has damaged is an error.
func FromBodies(log Bodies, dialect decode.DialectFunc) Texts {
	return func(ctx context.Context, id string) (prompt, answer string, err error) {
		rec, err := log.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return "", "", nil
		}
		if err != nil {
			return "", "", err
		}
		request, _, err := log.Body(ctx, id, store.Request)
		if err != nil {
			return "", "", err
		}
		defer request.Close()
		reply, _, err := log.Body(ctx, id, store.Reply)
		if err != nil {
			return "", "", err
		}
		defer reply.Close()
		said, err := decode.Stored(rec, request, reply, dialect)
		if err != nil {
			return "", "", err
		}
		return decode.PromptText(said.Request.Messages), decode.AnswerText(said.Reply.Messages), nil
	}
}
