package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// generatedLog makes a data folder with a log of so many generated exchanges,
// with bodies and text, below a folder, or finds the one that is there.
func (b *builder) generatedLog(folder string, rows int) (string, error) {
	env := []string{"GUMSHOE_BENCH=" + folder, "GUMSHOE_ROWS=" + strconv.Itoa(rows), "GUMSHOE_BODIES=1"}
	if err := b.do(".", env, "go", "test", "-run", "^$", "-bench", "Queries/page/newest$", "-benchtime", "1x", "-timeout", "2h", "./backend/store"); err != nil {
		return "", fmt.Errorf("generating a log: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(folder, fmt.Sprintf("v*-%d-true", rows)))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("there is no generated log in %s (%w)", folder, err)
	}
	return found[len(found)-1], nil
}

// million opens every page on a large log. The log is kept beside other
// temporary files, for the next time.
func (b *builder) million(args []string) error {
	rows := 1_000_000
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1000 {
			return fmt.Errorf("%q is no number of rows from 1000 on", args[0])
		}
		rows = n
	}
	log, err := b.generatedLog(filepath.Join(os.TempDir(), "gumshoe-bench"), rows)
	if err != nil {
		return err
	}
	fmt.Println("The log is in", log)
	return b.do("frontend", []string{"GUMSHOE_E2E_LOG=" + log}, "npx", "vitest", "run", "--config", "e2e/vitest.config.ts", "million.test.ts")
}
