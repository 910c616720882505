package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// The addresses where Gumshoe listens unless told otherwise. Ports 11434 and
// 11435 are Ollama's.
const (
	defaultListen = "127.0.0.1:8731"
	defaultUI     = "127.0.0.1:8732"
)

// options are the flags of serve and of the window. An empty value means that
// the stored setting or the default counts.
type options struct {
	data      string
	listen    string
	ui        string
	upstreams list
	writeKey  string
	uiToken   string
	json      bool
	webhook   string
	profile   string
	origins   list
	demo      bool // invented data in a folder of its own

	now func() time.Time // nil: time.Now; tests set a clock while it runs
}

func dataFlag(fs *flag.FlagSet, o *options, env func(string) string) {
	fs.StringVar(&o.data, "data", defaultData(env), "`folder` of the log and the settings")
}

func urlFlags(fs *flag.FlagSet, o *options, env func(string) string) {
	dataFlag(fs, o, env)
	fs.StringVar(&o.listen, "listen", "", "`address` of the proxy (default "+defaultListen+")")
	fs.Var(&o.upstreams, "upstream", "`NAME=[KIND+]URL`, repeatable; KIND is ollama, openai, anthropic or gemini")
	fs.StringVar(&o.writeKey, "write-key", "", "`key` in the base URL (default: made once and kept)")
}

func serveFlags(fs *flag.FlagSet, o *options, env func(string) string) {
	urlFlags(fs, o, env)
	fs.StringVar(&o.ui, "ui", "", "`address` of the UI for a browser (default "+defaultUI+")")
	fs.StringVar(&o.uiToken, "ui-token", "", "`token` that opens the UI in a browser (default: made once and kept)")
	fs.StringVar(&o.webhook, "webhook", "", "`URL` that is told of every stored request, by a POST of its row as JSON")
	fs.Var(&o.origins, "allow-origin", "`ORIGIN` of a web page that may use the proxy from a browser, as https://chat.example.org; repeatable")
	fs.StringVar(&o.profile, "cpu-profile", "", "write where the time goes to `FILE`, for go tool pprof")
	fs.BoolVar(&o.json, "json", false, "print one line of JSON on standard output when ready")
}

// defaultData is the system's per-user data folder for Gumshoe.
func defaultData(env func(string) string) string {
	home, _ := os.UserHomeDir()
	switch runtime.GOOS {
	case "windows":
		if d := env("LocalAppData"); d != "" {
			return filepath.Join(d, "Gumshoe")
		}
		return filepath.Join(home, "AppData", "Local", "Gumshoe")
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Gumshoe")
	}
	if d := env("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "gumshoe")
	}
	return filepath.Join(home, ".local", "share", "gumshoe")
}

// prepareData makes the data folder and proves that it can be written.
func prepareData(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("--data names no folder; leave it out for the usual one")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the data folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the data folder %s can't be made (%w); choose another with --data", dir, err)
	}
	_, _ = closeFolder(dir) // start says where it stays open
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return "", fmt.Errorf("the data folder %s can't be written (%w); choose another with --data", dir, err)
	}
	name := f.Name()
	f.Close()
	if err := os.Remove(name); err != nil {
		return "", fmt.Errorf("the data folder %s can't be written (%w); choose another with --data", dir, err)
	}
	return dir, nil
}
