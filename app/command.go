package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
)

// command is one call of the program: its arguments and where it speaks.
type command struct {
	ctx            context.Context
	args           []string
	env            func(string) string
	stdout, stderr io.Writer
	demo           bool // show invented data
}

// say prints one sentence for a person on stderr.
func (c command) say(format string, args ...any) {
	fmt.Fprintf(c.stderr, "gumshoe: "+format+"\n", args...)
}

// fail prints what went wrong and returns the exit code for it.
func (c command) fail(err error) int {
	c.say("%v", err)
	return 1
}

func (c command) log() *slog.Logger {
	level := slog.LevelWarn
	if c.env("GUMSHOE_DEBUG") != "" {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level}))
}

func (c command) usage(w io.Writer) {
	fmt.Fprint(w, `Gumshoe: a private eye on your LLM traffic

  gumshoe                  open the window (without one: the same as serve)
  gumshoe serve            no window: the proxy, and the same UI for a browser
  gumshoe url [UPSTREAM]   print the base URLs to paste into a client
  gumshoe demo             look at an invented log, in a folder of its own
  gumshoe export           write the log as CSV
  gumshoe backup FILE      write the log and the settings into one file, also while it runs
  gumshoe restore FILE     put a backup in the place of the log
  gumshoe check            compare all that is kept with its hashes
  gumshoe version          print version, commit and build date

Each command lists its flags with --help. Every flag can also be set in the
environment: --data is GUMSHOE_DATA, --write-key is GUMSHOE_WRITE_KEY.
`)
}

func (c command) version() int {
	rev, date := commit, buildDate
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && rev == "":
				rev = s.Value
			case s.Key == "vcs.time" && date == "":
				date = s.Value
			}
		}
	}
	fmt.Fprintf(c.stdout, "gumshoe %s\ncommit %s\nbuilt %s\n", version, known(rev), known(date))
	return 0
}

func known(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// parse reads flags, after giving each that was not set the value of its
// GUMSHOE_ variable. It returns false and the exit code where the command ends
// here (wrong usage, or --help).
func (c command) parse(fs *flag.FlagSet, want int) (int, bool) {
	fs.SetOutput(c.stderr)
	err := parseAnywhere(fs, c.args)
	if errors.Is(err, flag.ErrHelp) {
		return 0, false
	}
	if err != nil {
		return 2, false
	}
	if fs.NArg() > want {
		c.say("unexpected argument %q", fs.Arg(want))
		return 2, false
	}
	set := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { set[f.Name] = true })
	fs.VisitAll(func(f *flag.Flag) {
		name := "GUMSHOE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		v := c.env(name)
		if v == "" || set[f.Name] || err != nil {
			return
		}
		if e := setFromEnv(f, v); e != nil {
			err = fmt.Errorf("%s in the environment: %w", name, e)
		}
	})
	if err != nil {
		c.say("%v", err)
		return 2, false
	}
	return 0, true
}

// parseAnywhere reads flags also behind the first argument, as people write them.
func parseAnywhere(fs *flag.FlagSet, args []string) error {
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		n := len(args) - fs.NArg()
		if fs.NArg() == 0 || n > 0 && args[n-1] == "--" {
			return fs.Parse(append(append([]string{"--"}, words...), fs.Args()...))
		}
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
}

// setFromEnv sets one flag from its variable; a repeatable one takes several
// values apart by spaces.
func setFromEnv(f *flag.Flag, v string) error {
	if _, many := f.Value.(*list); !many {
		return f.Value.Set(v)
	}
	for _, one := range strings.Fields(v) {
		if err := f.Value.Set(one); err != nil {
			return err
		}
	}
	return nil
}

// list is a repeatable flag.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
