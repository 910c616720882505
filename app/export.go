package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gumshoe/backend/export"
	"gumshoe/backend/journal"
	"gumshoe/backend/query"
	"gumshoe/backend/recorder"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
)

// nothing is the settings of a folder that has no log yet.
type nothing struct{}

func (nothing) Setting(context.Context, string) (string, bool, error) { return "", false, nil }
func (nothing) SetSetting(context.Context, string, string) error {
	return errors.New("there is no log to keep settings in")
}

// export writes the log, beside a running Gumshoe or without one.
func (c command) export() int {
	var o options
	flags := flag.NewFlagSet("gumshoe export", flag.ContinueOnError)
	dataFlag(flags, &o, c.env)
	var eo export.Options
	format := flags.String("format", "csv", "`format`: csv, jsonl, har, md (Markdown) or finetune (OpenAI's chat format)")
	filter := flags.String("filter", "", "only what passes this `filter`, as it is typed in the window")
	out := flags.String("out", "", "`file` to write (default: standard output)")
	since := flags.String("since", "", "only what began since: a `time` such as 24h, 7d, 2026-11-23 or 2026-11-23T10:00:00Z")
	flags.BoolVar(&eo.Bodies, "bodies", false, "add prompts and answers to csv and jsonl")
	flags.BoolVar(&eo.BOM, "bom", false, "begin csv with a byte order mark, for spreadsheets")
	flags.BoolVar(&eo.Semicolon, "semicolon", false, "part the cells of csv by ;")
	if code, ok := c.parse(flags, 0); !ok {
		return code
	}
	if eo.Format = export.Format(*format); !slices.Contains(export.Formats(), eo.Format) {
		c.say("%v", export.ErrFormat)
		return 2
	}
	tree, err := query.Parse(*filter, time.Local)
	if err != nil {
		c.say("--filter: %v", err)
		return 2
	}
	f := query.Filter{Where: query.Resolve(tree, time.Now())}
	if *since != "" {
		from, err := parseSince(*since, time.Now())
		if err != nil {
			c.say("%v", err)
			return 2
		}
		f.From = from.UnixMicro()
	}
	if err := c.writeExport(o.data, *out, f, eo); err != nil {
		return c.fail(err)
	}
	return 0
}

// parseSince reads an age or a point in time.
func parseSince(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %q is neither an age (24h, 7d) nor a time (2026-11-23, 2026-11-23T10:00:00Z)", s)
}

func (c command) writeExport(data, out string, f query.Filter, eo export.Options) error {
	if _, err := os.Stat(data); err != nil && data != "" {
		return fmt.Errorf("there is no data folder %s; name the right one with --data", data)
	}
	dir, err := prepareData(data)
	if err != nil {
		return err
	}
	st, done, err := c.upToDate(dir)
	if err != nil {
		return err
	}
	defer done()
	var res export.Result
	write := func(w io.Writer) (err error) {
		buffered := bufio.NewWriterSize(w, 64<<10)
		if res, err = export.Write(c.ctx, buffered, st, f, eo, dialects.For); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return fmt.Errorf("writing the export: %w", err)
		}
		return nil
	}
	if out == "" {
		err = write(c.stdout)
	} else if err = notOurs(dir, out); err == nil {
		err = export.File(out, write)
	}
	if err != nil {
		return err
	}
	for why, n := range res.Left {
		c.say("%d left out: %s", n, strings.ReplaceAll(why, "_", " "))
	}
	return nil
}

// notOurs refuses to write an export over a file of the data folder.
func notOurs(dir, out string) error {
	target, err := os.Stat(out)
	if err != nil {
		return nil // nothing there to be lost
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what can't be seen can't be named either
		}
		if info, err := d.Info(); err == nil && os.SameFile(info, target) && !strings.HasSuffix(path, ".csv") {
			return fmt.Errorf("%s is a file of Gumshoe's own; choose another name with --out", out)
		}
		return nil
	})
}

// upToDate opens the log once all that had ended before is in it: where nobody
// records, by draining the journal; else by waiting for the recorder.
func (c command) upToDate(dir string) (*store.Store, func(), error) {
	in, err := claim(dir)
	var taken errTaken
	if errors.As(err, &taken) {
		return c.beside(dir)
	}
	if err != nil {
		return nil, nil, err
	}
	st, err := store.Open(c.ctx, store.Config{Path: dbPath(dir), Log: c.log()})
	if err != nil {
		in.release()
		return nil, nil, err
	}
	known, err := openInsight(c.ctx, st, dir, c.log())
	var list configured
	if err == nil {
		list, err = upstreams(c.ctx, settings.New(st), nil)
	}
	if err == nil {
		rec := recorder.New(recorder.Config{Dir: journalPath(dir), Store: sink{st}, Dialect: dialects.For, Insight: known.forRecorder(list.Registry), Log: c.log()})
		err = rec.Drain(c.ctx)
	}
	if err != nil {
		st.Close()
		in.release()
		return nil, nil, fmt.Errorf("storing what the journal holds: %w", err)
	}
	return st, func() { st.Close(); in.release() }, nil
}

// beside waits until the recorder of the running Gumshoe has caught up with
// what the journal holds now.
func (c command) beside(dir string) (*store.Store, func(), error) {
	end, err := journal.EndOf(journalPath(dir))
	if err != nil {
		return nil, nil, err
	}
	st, err := store.OpenReadOnly(c.ctx, store.Config{Path: dbPath(dir), Log: c.log()})
	if err != nil {
		return nil, nil, err
	}
	for limit := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		p, err := st.Progress(c.ctx)
		if err == nil && p.Read != "" {
			var at journal.Position
			if at, err = journal.ParsePosition(p.Read); err == nil && !at.Less(end) {
				return st, func() { st.Close() }, nil
			}
		}
		if err == nil && c.ctx.Err() != nil {
			err = c.ctx.Err()
		}
		if err == nil && time.Now().After(limit) {
			err = errors.New("the running Gumshoe has not stored everything within two minutes; look at its window and try again")
		}
		if err != nil {
			st.Close()
			return nil, nil, err
		}
	}
}
