package export

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

// Format is how the log is written.
type Format string

// The formats.
const (
	AsCSV      Format = "csv"
	AsJSONL    Format = "jsonl"    // one JSON object a line, every figure with its basis
	AsHAR      Format = "har"      // HTTP Archive 1.2, with the exact bodies
	AsMarkdown Format = "md"       // to be read
	AsFinetune Format = "finetune" // OpenAI's chat format for fine-tuning, as JSONL
)

// Formats lists them, the commonest first.
func Formats() []Format { return []Format{AsCSV, AsJSONL, AsHAR, AsMarkdown, AsFinetune} }

// File is the ending and the media type of a format's files.
func (f Format) File() (ending, mediaType string) {
	switch f {
	case AsJSONL:
		return "jsonl", "application/jsonl; charset=utf-8"
	case AsFinetune:
		return "finetune.jsonl", "application/jsonl; charset=utf-8"
	case AsHAR:
		return "har", "application/json"
	case AsMarkdown:
		return "md", "text/markdown; charset=utf-8"
	}
	return "csv", "text/csv; charset=utf-8"
}

// Options say how to write.
type Options struct {
	Format Format
	// Bodies adds prompts and answers to CSV and JSONL; the other formats are made
	// of them.
	Bodies bool
	// BOM begins CSV with a byte order mark, and Semicolon parts its cells by ";",
	// as some spreadsheets want it.
	BOM, Semicolon bool
	// Progress is told how many exchanges were looked at, every now and then; may
	// be nil.
	Progress func(rows int64)
}

// Log is what is exported; *store.Store is one.
type Log interface {
	Source
	Bodies
}

// Result says what was written.
type Result struct {
	Rows int64
	// Left counts what a format can't hold, by the reason: see Finetune's reasons.
	Left map[string]int64
}

// ErrFormat says that there is no such format.
var ErrFormat = errors.New("the format is csv, jsonl, har, md or finetune")

// Write writes all exchanges of a filter, in the format's order, one after the other: never
// more than one is in memory. It stops with the context's error when that ends;
// what was written till then is not whole.
func Write(ctx context.Context, w io.Writer, log Log, f query.Filter, o Options, dialect decode.DialectFunc) (Result, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	r := reading{log: log, dialect: dialect}
	res := Result{Left: map[string]int64{}}
	var each func(e *exchange.Exchange) error
	finish := func() error { return nil }
	switch o.Format {
	case AsCSV:
		each, finish = csvWriter(ctx, out, r, o)
	case AsJSONL:
		each = jsonlWriter(ctx, out, r, o.Bodies)
	case AsHAR:
		each, finish = harWriter(ctx, out, r)
	case AsMarkdown:
		each = markdownWriter(ctx, out, r)
	case AsFinetune:
		each = finetuneWriter(ctx, out, r, res.Left)
	default:
		return res, ErrFormat
	}
	seen, walk := int64(0), log.Each
	if o.Format == AsHAR {
		walk = log.EachUp
	}
	err := walk(ctx, f, func(e exchange.Exchange) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if seen++; o.Progress != nil && seen%progressRows == 0 {
			o.Progress(seen)
		}
		switch err := each(&e); {
		case errors.Is(err, errLeft):
			return nil
		case err != nil:
			return fmt.Errorf("writing exchange %s: %w", e.ID, err)
		}
		res.Rows++
		return nil
	})
	if err == nil {
		err = finish()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return res, fmt.Errorf("writing the export: %w", err)
	}
	return res, nil
}

// progressRows is how many rows lie between two words of progress.
const progressRows = 200

// errLeft says that a format can't hold an exchange.
var errLeft = errors.New("left out")

// reading reads what an exchange said.
type reading struct {
	log     Log
	dialect decode.DialectFunc
}

// spoken is one exchange with what was said in it.
type spoken struct {
	exchange.Record
	decode.Output
}

// of decodes an exchange; ok is false where it was deleted meanwhile.
func (r reading) of(ctx context.Context, id string) (s spoken, ok bool, err error) {
	s.Record, err = r.log.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	request, _, err := r.log.Body(ctx, id, store.Request)
	if err != nil {
		return s, false, err
	}
	defer request.Close()
	reply, _, err := r.log.Body(ctx, id, store.Reply)
	if err != nil {
		return s, false, err
	}
	defer reply.Close()
	s.Output, err = decode.Stored(s.Record, request, reply, r.dialect)
	return s, err == nil, err
}

// bytes reads one body, up to a limit; whole is false where it is longer.
func (r reading) bytes(ctx context.Context, id string, side store.Side, limit int64) (b []byte, whole bool, err error) {
	body, size, err := r.log.Body(ctx, id, side)
	if err != nil {
		return nil, false, err
	}
	defer body.Close()
	b, err = io.ReadAll(io.LimitReader(body, limit))
	return b, err == nil && int64(len(b)) == size, err
}
