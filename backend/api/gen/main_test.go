package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTypesAreFresh(t *testing.T) {
	have, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(target)))
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != generate() {
		t.Errorf("%s is stale: run go run ./backend/api/gen", target)
	}
}
