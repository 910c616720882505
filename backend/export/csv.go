package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
)

// byteOrderMark tells a spreadsheet that a file is UTF-8.
const byteOrderMark = "\uFEFF"

// csvLines writes records as RFC 4180 has them: each ends with CR LF. The library's
// UseCRLF would rewrite the line breaks within cells, too, and a prompt's are its own.
type csvLines struct {
	to   io.Writer
	line bytes.Buffer
	csv  *csv.Writer
}

// csvTo begins a file of CSV, with a byte order mark if that is wanted.
func csvTo(w io.Writer, o Options) (*csvLines, error) {
	if o.BOM {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return nil, err
		}
	}
	l := &csvLines{to: w}
	l.csv = csv.NewWriter(&l.line)
	if o.Semicolon {
		l.csv.Comma = ';'
	}
	return l, nil
}

func (l *csvLines) write(cells []string) error {
	l.line.Reset()
	if err := l.csv.Write(cells); err != nil {
		return err
	}
	l.csv.Flush()
	if err := l.csv.Error(); err != nil {
		return err
	}
	l.line.Truncate(l.line.Len() - len("\n"))
	l.line.WriteString("\r\n")
	_, err := l.to.Write(l.line.Bytes())
	return err
}

func csvWriter(ctx context.Context, w io.Writer, r reading, o Options) (each func(*exchange.Exchange) error, finish func() error) {
	lines, begun := csvTo(w, o)
	if begun == nil {
		begun = lines.write(Columns(o.Bodies))
	}
	each = func(e *exchange.Exchange) error {
		if begun != nil {
			return begun
		}
		c := cells(e)
		if o.Bodies {
			said, _, err := r.of(ctx, e.ID)
			if err != nil {
				return fmt.Errorf("reading its bodies: %w", err)
			}
			c = append(c, text(decode.PromptText(said.Request.Messages)), text(decode.AnswerText(said.Output.Reply.Messages)))
		}
		return lines.write(append(c, laterCells(e)...))
	}
	return each, func() error { return begun }
}
