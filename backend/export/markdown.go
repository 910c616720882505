package export

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

func markdownWriter(ctx context.Context, w io.Writer, r reading) func(*exchange.Exchange) error {
	return func(e *exchange.Exchange) error {
		said, _, err := r.of(ctx, e.ID)
		if err != nil {
			return fmt.Errorf("reading its bodies: %w", err)
		}
		_, err = io.WriteString(w, Markdown(e, said.Request.Messages, said.Output.Reply.Messages))
		return err
	}
}

// Markdown is one exchange to be read: its figures, what was said and what was
// answered.
func Markdown(e *exchange.Exchange, request, reply []exchange.Message) string {
	var b strings.Builder
	model := e.Model
	if model == "" {
		model = e.ModelRequested
	}
	fmt.Fprintf(&b, "## %s · %s\n\n", time.UnixMicro(e.StartedAt).UTC().Format("2006-01-02 15:04:05 UTC"), plain(model))
	fact := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "- %s: %s\n", name, plain(value))
		}
	}
	fact("state", string(e.State))
	fact("user", e.User)
	fact("task", string(e.Task))
	fact("tokens", strings.Trim(about(e.Usage.Basis)+whole(e.Usage.Input)+" in / "+whole(e.Usage.Output)+" out", " /"))
	if e.Cost.USD != nil {
		fact("cost", fmt.Sprintf("%s$%.6g", about(e.Cost.Basis), *e.Cost.USD))
	}
	if e.Timing.Duration != nil {
		fact("duration", millis(e.Timing.Duration)+" ms")
	}
	fact("error", e.Error)
	fact("id", e.ID)
	b.WriteByte('\n')
	for _, list := range [][]exchange.Message{request, reply} {
		for i := range list {
			writeTurn(&b, &list[i])
		}
	}
	b.WriteString("---\n\n")
	return b.String()
}

func about(basis exchange.Basis) string {
	if basis == exchange.Estimated {
		return "~"
	}
	return ""
}

// plain keeps a value on its line and out of the marks of Markdown and HTML.
func plain(s string) string {
	s = strings.Join(strings.Fields(valid(s)), " ")
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "<", "&lt;").Replace(s)
}

func writeTurn(b *strings.Builder, m *exchange.Message) {
	fmt.Fprintf(b, "### %s\n\n", plain(m.Role))
	for _, p := range m.Parts {
		switch p.Type {
		case exchange.PartText, exchange.PartRefusal:
			b.WriteString(quoted(p.Text))
		case exchange.PartReasoning:
			b.WriteString("*reasoning*\n\n" + quoted(p.Text))
		default:
			fmt.Fprintf(b, "> [%s %s]\n\n", p.Type, plain(p.MediaType))
		}
	}
	for _, c := range m.ToolCalls {
		fmt.Fprintf(b, "> → %s\n>\n%s", plain(c.Name), quoted(c.Arguments))
	}
}

// quoted sets a text apart, so that no heading of a model's makes one of the
// file's, and keeps its tags from becoming elements where it is shown.
func quoted(s string) string {
	s = untagged(strings.TrimRight(valid(s), "\r\n"))
	return "> " + strings.ReplaceAll(s, "\n", "\n> ") + "\n\n"
}
