package export

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
)

// byteOrderMark tells a spreadsheet that a file is UTF-8.
const byteOrderMark = "\uFEFF"

func csvWriter(ctx context.Context, w io.Writer, r reading, o Options) (each func(*exchange.Exchange) error, finish func() error) {
	var begun error
	if o.BOM {
		_, begun = io.WriteString(w, byteOrderMark)
	}
	out := csv.NewWriter(w)
	if o.Semicolon {
		out.Comma = ';'
	}
	if begun == nil {
		begun = out.Write(Columns(o.Bodies))
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
		return out.Write(c)
	}
	return each, func() error {
		out.Flush()
		if begun != nil {
			return begun
		}
		return out.Error()
	}
}
