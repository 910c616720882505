package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// errUnasked says that a database of known vulnerabilities could not be reached,
// so that nothing was learned.
var errUnasked = errors.New("the database of vulnerabilities can't be reached")

// audit compares what Gumshoe is built from with what is known to be vulnerable.
// It is the one command that asks the internet for more than packages.
func (b *builder) audit([]string) error {
	return errors.Join(b.auditGo(), b.auditNPM())
}

// auditInGate is audit where there may be no way to the databases: it says so,
// loudly, and fails only for what is found.
func (b *builder) auditInGate() error {
	var failed error
	for _, ask := range []func() error{b.auditGo, b.auditNPM} {
		err := ask()
		if errors.Is(err, errUnasked) {
			fmt.Printf("NOT AUDITED: %v\n", err)
			continue
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// said runs a program and gives what it printed, also where it failed.
func (b *builder) said(dir, name string, args ...string) (text string, err error) {
	c := b.command(dir, nil, name, args...)
	var out, problems bytes.Buffer
	c.Stdout, c.Stderr = &out, &problems
	err = c.Run()
	endGroup(c)
	return out.String() + problems.String(), err
}

// auditGo asks for what the program calls, not for all that it links.
func (b *builder) auditGo() error {
	text, err := b.said(".", "go", "tool", "govulncheck", "./...")
	switch {
	case err == nil:
		fmt.Print(text)
		return nil
	case strings.Contains(text, "affected by"):
		fmt.Fprint(os.Stderr, text)
		return errors.New("govulncheck found vulnerabilities that the program calls")
	case strings.Contains(text, "fetching vulnerabilities"):
		return fmt.Errorf("govulncheck: %w", errUnasked)
	}
	return fmt.Errorf("govulncheck: %w: %s", err, text)
}

// auditNPM asks for the UI and for what builds and tests it.
func (b *builder) auditNPM() error {
	text, err := b.said("frontend", "npm", "audit", "--json")
	at := strings.Index(text, "{")
	var found struct {
		Metadata *struct {
			Vulnerabilities map[string]int `json:"vulnerabilities"`
		} `json:"metadata"`
	}
	if at < 0 || json.NewDecoder(strings.NewReader(text[at:])).Decode(&found) != nil || found.Metadata == nil {
		return fmt.Errorf("npm audit (%v): %w", err, errUnasked)
	}
	n := found.Metadata.Vulnerabilities
	if n["high"]+n["critical"] > 0 {
		fmt.Fprint(os.Stderr, text)
		return fmt.Errorf("npm audit found %d vulnerabilities of high and %d of critical severity", n["high"], n["critical"])
	}
	fmt.Printf("npm audit: nothing of high severity; %d moderate, %d low\n", n["moderate"], n["low"])
	return nil
}
