package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
)

// serve runs without a window until it is told to stop.
func (c command) serve() int {
	var o options
	fs := flag.NewFlagSet("gumshoe serve", flag.ContinueOnError)
	serveFlags(fs, &o, c.env)
	if code, ok := c.parse(fs, 0); !ok {
		return code
	}
	if c.demo {
		o = o.forDemo(c.env)
	}
	stop, err := profileTo(o.profile)
	if err != nil {
		return c.fail(err)
	}
	defer stop()
	p, err := start(c.ctx, o, c.env, c.log(), false)
	if err != nil {
		return c.fail(err)
	}
	c.announce(p)
	<-c.ctx.Done()
	if err := p.Close(); err != nil {
		return c.fail(fmt.Errorf("closing: %w", err))
	}
	return 0
}

// window runs with a window, or like serve where there is none.
func (c command) window() int {
	if !hasWindow || !canOpenWindow(c.env) {
		if hasWindow {
			c.say("there is no display for a window; the UI is for a browser now")
		}
		return c.serve()
	}
	var o options
	fs := flag.NewFlagSet("gumshoe", flag.ContinueOnError)
	serveFlags(fs, &o, c.env)
	if code, ok := c.parse(fs, 0); !ok {
		return code
	}
	if c.demo {
		o = o.forDemo(c.env)
	}
	p, err := start(c.ctx, o, c.env, c.log(), true)
	var taken errTaken
	if errors.As(err, &taken) && taken.by.Window && raise(taken.dir) {
		c.say("Gumshoe already runs on %s; its window was brought to the front", taken.dir)
		return 1
	}
	if err != nil {
		code := c.fail(err)
		if !heard(os.Stderr) {
			showProblem(err.Error(), c.env("LANG"))
		}
		return code
	}
	if o.json {
		c.announce(p)
	}
	err = runWindow(c.ctx, p, p.shell)
	if err := errors.Join(err, p.Close()); err != nil {
		return c.fail(err)
	}
	return 0
}

// heard says whether somebody may read what is written to f: a terminal or a
// program at the other end of a pipe. After a double click nobody does.
func heard(f *os.File) bool {
	st, err := f.Stat()
	if err != nil {
		return false
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(st, null) {
		return false
	}
	return st.Mode()&(os.ModeCharDevice|os.ModeNamedPipe) != 0
}

// announce says on standard output where everything is.
func (c command) announce(p *program) {
	urls := p.baseURLs()
	if p.opts.json {
		b, err := json.Marshal(map[string]any{"proxy": "http://" + p.server.Addr(), "ui": p.uiURL(p.uiToken), "base_urls": urls})
		if err == nil {
			fmt.Fprintf(c.stdout, "%s\n", b)
		}
		return
	}
	if p.opts.demo {
		fmt.Fprintf(c.stdout, "This is Gumshoe's demo: its log is invented, and it forwards and records nothing. Open the UI:\n  %s\nData: %s\nCtrl-C ends it.\n", p.uiURL(p.uiToken), p.dir)
		return
	}
	fmt.Fprintf(c.stdout, "Gumshoe records what goes through it. Open the UI:\n  %s\nBase URLs to paste into a client:\n", p.uiURL(p.uiToken))
	for _, u := range p.registry.All() {
		fmt.Fprintf(c.stdout, "  %-12s %s\n", u.Name, urls[u.Name])
	}
	fmt.Fprintf(c.stdout, "Data: %s\nCtrl-C ends it.\n", p.dir)
}

// profileTo writes a CPU profile of this run to a file until stop is called. An
// empty name writes none.
func profileTo(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("writing the profile: %w", err), f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
