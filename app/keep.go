package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gumshoe/backend/journal"
	"gumshoe/backend/store"
)

// folder reads --data, and at most args further arguments.
func (c command) folder(name string, args int, more func(*flag.FlagSet)) (dir string, rest []string, code int, ok bool) {
	var o options
	fs := flag.NewFlagSet("gumshoe "+name, flag.ContinueOnError)
	dataFlag(fs, &o, c.env)
	if more != nil {
		more(fs)
	}
	if code, ok := c.parse(fs, args); !ok {
		return "", nil, code, false
	}
	if fs.NArg() < args {
		c.say("%s needs the name of a file", name)
		return "", nil, 2, false
	}
	return o.data, fs.Args(), 0, true
}

// check reads all that is kept, and says what is wrong with it.
func (c command) check() int {
	dir, _, code, ok := c.folder("check", 0, nil)
	if !ok {
		return code
	}
	if _, err := os.Stat(dbPath(dir)); err != nil {
		return c.fail(fmt.Errorf("there is no log in %s; name the right folder with --data", dir))
	}
	st, err := store.OpenReadOnly(c.ctx, store.Config{Path: dbPath(dir), Log: c.log()})
	if err != nil {
		return c.fail(fmt.Errorf("checking %s: %w", dir, err))
	}
	defer st.Close()
	found, err := st.Check(c.ctx)
	if err != nil {
		return c.fail(fmt.Errorf("checking %s: %w", dir, err))
	}
	records, skipped, err := readJournal(journalPath(dir))
	if err != nil {
		return c.fail(fmt.Errorf("checking %s: %w", dir, err))
	}
	fmt.Fprintf(c.stdout, "%d exchanges, %d bodies of %d bytes, %d shared pieces; %d records in the journal\n",
		found.Exchanges, found.Bodies, found.Bytes, found.Pieces, records)
	for _, p := range found.Problems {
		fmt.Fprintln(c.stdout, p)
	}
	if more := found.Count - int64(len(found.Problems)); more > 0 {
		fmt.Fprintf(c.stdout, "and %d more\n", more)
	}
	if skipped > 0 {
		// A killed writer leaves half a record; a client had not received it.
		fmt.Fprintf(c.stdout, "%d places of the journal are torn or damaged and will be skipped\n", skipped)
	}
	if found.Count > 0 {
		c.say("the log is damaged: keep a copy of %s, then restore a backup (gumshoe restore --replace FILE)", dir)
		return 1
	}
	fmt.Fprintln(c.stdout, "All is as it was stored.")
	return 0
}

// readJournal reads all records that wait to be stored.
func readJournal(dir string) (records, skipped int64, err error) {
	r := journal.NewReader(dir, journal.Position{})
	defer r.Close()
	for {
		switch _, _, err := r.Next(); {
		case err == nil:
			records++
		case errors.Is(err, io.EOF):
			return records, r.Skipped(), nil
		default:
			return records, r.Skipped(), err
		}
	}
}

// backup writes the log into one file, beside a running Gumshoe or without one.
func (c command) backup() int {
	dir, args, code, ok := c.folder("backup FILE", 1, nil)
	if !ok {
		return code
	}
	if _, err := os.Stat(dbPath(dir)); err != nil {
		return c.fail(fmt.Errorf("there is no log in %s; name the right folder with --data", dir))
	}
	st, done, err := c.upToDate(dir)
	if err != nil {
		return c.fail(err)
	}
	defer done()
	err = st.Backup(c.ctx, args[0])
	if errors.Is(err, store.ErrExists) {
		return c.fail(fmt.Errorf("%s is there already; choose another name", args[0]))
	}
	if err != nil {
		return c.fail(err)
	}
	n := int64(0)
	if st, err := os.Stat(args[0]); err == nil {
		n = st.Size()
	}
	fmt.Fprintf(c.stdout, "%d bytes in %s: the log and the settings. Keys are not in it; prompts and answers are.\n", n, args[0])
	return 0
}

// restore puts a backup in the place of the log. Nothing may run on the folder.
func (c command) restore() int {
	replace := false
	dir, args, code, ok := c.folder("restore FILE", 1, func(fs *flag.FlagSet) {
		fs.BoolVar(&replace, "replace", false, "also where there is a log; that one is put aside in the same folder")
	})
	if !ok {
		return code
	}
	file, err := filepath.Abs(args[0])
	if err != nil {
		return c.fail(err)
	}
	if dir, err = prepareData(dir); err != nil {
		return c.fail(err)
	}
	in, err := claim(dir)
	if err != nil {
		return c.fail(err)
	}
	defer in.release()
	if err := notDemo(dir); err != nil {
		return c.fail(err)
	}
	if _, err := os.Stat(dbPath(dir)); err == nil && !replace {
		return c.fail(fmt.Errorf("there is a log in %s: choose another folder with --data, or put that log aside with --replace", dir))
	}
	old, found, err := store.Restore(c.ctx, store.Config{Path: dbPath(dir), Log: c.log()}, file)
	if err != nil {
		return c.fail(err)
	}
	fmt.Fprintf(c.stdout, "%d exchanges are in %s now.\n", found.Exchanges, dir)
	if old != "" {
		fmt.Fprintf(c.stdout, "What was there lies in %s; delete it when you don't need it.\n", old)
	}
	return 0
}
