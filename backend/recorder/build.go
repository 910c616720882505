package recorder

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
)

// maxError is how much of an error's text is kept, in bytes.
const maxError = 1000

// build makes the record of an exchange that has ended, and names the earlier
// ones that belong to its chat.
func (r *Recorder) build(a *assembly, end exchange.End) (exchange.Record, []string) {
	record := exchange.Record{
		Exchange: exchange.Exchange{
			ID: a.id.String(), StartedAt: a.startedAt,
			Upstream: a.info.Upstream, Kind: a.info.Kind, Method: a.info.Method, Path: a.info.Path,
			Client:       headerOf(a.info.Headers, "User-Agent"),
			RequestBytes: a.request.size, ResponseBytes: a.reply.size, Partial: end.Gap,
		},
		Start: a.info, Head: a.head, End: end, Chunks: a.chunks, SentAt: a.sentAt,
	}
	if a.info.OmitRequest {
		record.RequestBytes = end.Sent
	}
	if a.info.OmitReply {
		record.ResponseBytes = end.Received
	}
	if a.info.Query != "" {
		record.Path += "?" + a.info.Query
	}
	if a.head != nil {
		record.HTTPStatus = a.head.Status
	}
	request, reply := r.body(a, &a.request), r.body(a, &a.reply)
	defer request.close()
	defer reply.close()
	var hash maphash.Hash
	hash.SetSeed(r.mind.seed)
	out, err := decode.Exchange(decode.Input{
		Start: a.info, Head: a.head, Request: io.TeeReader(request, &hash), Reply: reply, Brief: true, Buffer: r.buffer,
		RequestLen: a.request.size, ReplyLen: a.reply.size,
		RequestWhole: a.sentAt != nil && !end.Gap, ReplyWhole: decode.Whole(record),
	}, r.cfg.Dialect)
	record.Notes = append(out.Notes, a.info.Notes...)
	if err != nil {
		r.cfg.Log.Error("the journal has lost a body", "id", record.ID, "error", err)
		r.giveUp(a, &record)
	}
	if record.Partial {
		record.Notes = withNote(record.Notes, exchange.NoteGap)
	}
	if a.head != nil && a.head.UsageAsked {
		record.Notes = withNote(record.Notes, exchange.NoteUsageAsked)
	}
	describe(&record, out)
	var adopts []string
	r.guarded(&record, "who asked", func() { adopts = r.identify(&record, out) })
	r.guarded(&record, "what it is about", func() {
		record.Gist = cmp.Or(openwebui.Gist(record.Task, record.Prompt, record.Reply), record.Gist)
	})
	record.State, record.Error = judge(record, out)
	r.measure(&record, a.lastAt, out)
	r.guarded(&record, "its price", func() { r.price(&record, out) })
	sum := uint64(0)
	if a.request.size > 0 && out.RequestRead {
		sum = hash.Sum64()
	}
	r.guarded(&record, "verdicts", func() { r.judged(&record, out, sum) })
	return record, adopts
}

// guarded keeps one strange exchange from stopping the recording of all others.
func (r *Recorder) guarded(record *exchange.Record, what string, fn func()) {
	defer func() {
		if v := recover(); v != nil {
			r.cfg.Log.Error("concluding "+what, "id", record.ID, "panic", v)
		}
	}()
	fn()
}

// describe fills in what the bodies say of models, task and text.
func describe(record *exchange.Record, out decode.Output) {
	record.API = out.API
	record.ModelRequested = cmp.Or(out.Request.Model, record.End.Model)
	record.Model = out.Reply.Model
	record.Finish = out.Reply.Finish
	record.Prompt = decode.PromptText(out.Request.Messages)
	if asked := strings.TrimSpace(openwebui.Question(record.Prompt)); asked != record.Prompt {
		record.Gist = asked
	}
	record.Reply = decode.AnswerText(out.Reply.Messages)
	record.Calls = decode.CallText(out.Reply.Messages)
	record.Has = contents(out)
	if record.Head != nil {
		stream := out.Reply.Stream
		if !out.ReplyRead || record.ResponseBytes == 0 {
			stream = streamType(headerOf(record.Head.Headers, "Content-Type"))
		}
		record.Stream = &stream
	}
}

// judge says what became of an exchange and, in one line, what went wrong.
func judge(record exchange.Record, out decode.Output) (exchange.State, string) {
	state, text := record.End.State, record.End.Error
	switch state {
	case exchange.OK, exchange.Failed, exchange.Cancelled, exchange.Broken:
	default:
		state = exchange.Interrupted
	}
	if text == "" {
		text = out.Reply.Error
	}
	ended := out.ReplyRead && out.Reply.Stream && out.Reply.Ended
	// A client that hangs up on reading the end mark has not left early.
	if state == exchange.Cancelled && ended && out.Reply.Error == "" && record.HTTPStatus < 400 {
		state, text = exchange.OK, ""
	}
	if state != exchange.OK {
		return state, oneLine(text)
	}
	switch {
	case record.Head == nil:
		if record.Partial {
			return exchange.OK, ""
		}
		return exchange.Broken, "no reply came"
	case record.Head.Own || record.HTTPStatus >= 400 || out.Reply.Error != "":
		if text == "" {
			text = strings.TrimSpace(fmt.Sprintf("HTTP %d %s", record.HTTPStatus, http.StatusText(record.HTTPStatus)))
		}
		return exchange.Failed, oneLine(text)
	case record.Partial:
		return exchange.OK, oneLine(text)
	case decode.Short(record):
		return exchange.Broken, fmt.Sprintf("the reply ended after %d of %d bytes", record.ResponseBytes, record.Head.ContentLength)
	case out.ReplyRead && out.Reply.Stream && !out.Reply.Ended && !out.Reply.Unreadable:
		return exchange.Broken, "the stream ended without its end mark"
	}
	return exchange.OK, oneLine(text)
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) > maxError {
		s = strings.ToValidUTF8(s[:maxError], "") + "…"
	}
	return s
}

func headerOf(headers []exchange.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return strings.ToValidUTF8(h.Value, "\uFFFD")
		}
	}
	return ""
}

func streamType(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "text/event-stream" || t == "application/x-ndjson")
}

func withNote(notes []exchange.Note, n exchange.Note) []exchange.Note {
	if slices.Contains(notes, n) {
		return notes
	}
	return append(notes, n)
}
