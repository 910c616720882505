package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// gen writes every generated file again.
func (b *builder) gen(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("gen takes no arguments, not %q", args)
	}
	if err := b.do(".", nil, "go", "run", "./backend/api/gen"); err != nil {
		return err
	}
	if err := b.prices(); err != nil {
		return err
	}
	text, err := b.overlay()
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.path("build", "overlay.json"), text, 0o644); err != nil {
		return fmt.Errorf("writing the overlay: %w", err)
	}
	notice, err := b.notice()
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.path("build", "NOTICE.md"), notice, 0o644); err != nil {
		return fmt.Errorf("writing the notice: %w", err)
	}
	return nil
}

// prices writes the table of prices and what it is tested against. Both are
// committed, so that building needs no Node: without the npm package they stay.
func (b *builder) prices() error {
	if _, err := os.Stat(b.path("frontend", "node_modules", "@pydantic", "genai-prices")); err != nil {
		return nil
	}
	return b.do("frontend", nil, "node", "scripts/prices.mjs")
}

// overlay shows the files of app/ to the go command as if they were at the
// root, which is where the wails command compiles. See README.md.
func (b *builder) overlay() ([]byte, error) {
	var files []string
	for _, pattern := range []string{"*.go", "*.c", "*.h", "*.m"} {
		found, err := filepath.Glob(b.path("app", pattern))
		if err != nil {
			return nil, fmt.Errorf("listing app: %w", err)
		}
		files = append(files, found...)
	}
	sort.Strings(files)
	replace := map[string]string{}
	for _, f := range files {
		if name := filepath.Base(f); !strings.HasSuffix(name, "_test.go") {
			replace[name] = "app/" + name
		}
	}
	text, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the overlay: %w", err)
	}
	return append(text, '\n'), nil
}
