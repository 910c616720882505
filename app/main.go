// Command gumshoe is a private eye on your LLM traffic: a recording proxy
// between LLM clients and their models, with a window that shows every request.
//
// This package only wires: flags, the order in which the parts start and stop,
// the native window (build tags desktop, dev, bindings) and the same UI for a
// browser (serve). It is the only place that imports Wails or knows every part.
// Everything runs through run, which tests call with their own arguments.
//
// Test it with: go test ./app
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

// Set by the builder through -ldflags; a plain go build leaves them as they are.
var (
	version   = "0.1.0-dev"
	commit    = ""
	buildDate = ""
)

func main() {
	if bindingsOnly {
		os.Exit(generateBindings())
	}
	// Go's HTTP client quotes what a server sends unasked, and that may be anything.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program. It returns the exit code: 0 done, 1 it could not be
// done (one sentence on stderr says why and what to do), 2 wrong usage.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	name, rest := "", args
	if len(args) > 0 && (args[0] == "" || args[0][0] != '-') {
		name, rest = args[0], args[1:]
	}
	c := command{ctx: ctx, args: rest, env: env, stdout: stdout, stderr: stderr}
	switch name {
	case "":
		return c.window()
	case "serve":
		return c.serve()
	case "demo":
		c.demo = true
		c.env = apart(env)
		return c.window()
	case "url":
		return c.url()
	case "export":
		return c.export()
	case "check":
		return c.check()
	case "backup":
		return c.backup()
	case "restore":
		return c.restore()
	case "version":
		return c.version()
	case "help":
		c.usage(stdout)
		return 0
	}
	c.say("there is no command %q", name)
	c.usage(stderr)
	return 2
}

// apart is an environment that keeps a demo's keys out of the system's keyring.
func apart(env func(string) string) func(string) string {
	return func(name string) string {
		if name == "GUMSHOE_NO_KEYRING" {
			return "1"
		}
		return env(name)
	}
}
