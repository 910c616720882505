package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// library is something of others that Gumshoe uses.
type library struct {
	name, version, licence, use string
}

// goDeps lists the modules that go.mod asks for directly, and where they are.
func (b *builder) goDeps() ([]library, error) {
	out, err := b.output(".", "go", "list", "-mod=readonly", "-m", "-json", "all")
	if err != nil {
		return nil, err
	}
	var all []library
	dec := json.NewDecoder(strings.NewReader(out))
	for {
		var m struct {
			Path, Version, Dir string
			Main, Indirect     bool
		}
		err := dec.Decode(&m)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the module list: %w", err)
		}
		if !m.Main && !m.Indirect {
			all = append(all, library{name: m.Path, version: m.Version, licence: licenceIn(m.Dir), use: "in the program"})
		}
	}
}

// npmDeps lists the packages that package.json asks for, as they are locked.
func (b *builder) npmDeps() ([]library, error) {
	var manifest struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	var lock struct {
		Packages map[string]struct {
			Version string `json:"version"`
			License string `json:"license"`
		} `json:"packages"`
	}
	if err := readJSON(b.path("frontend", "package.json"), &manifest); err != nil {
		return nil, err
	}
	if err := readJSON(b.path("frontend", "package-lock.json"), &lock); err != nil {
		return nil, err
	}
	var all []library
	add := func(names map[string]string, use string) {
		for name := range names {
			locked := lock.Packages["node_modules/"+name]
			all = append(all, library{name: name, version: locked.Version, licence: locked.License, use: use})
		}
	}
	add(manifest.Dependencies, "in the UI")
	add(manifest.DevDependencies, "to build and test the UI")
	for i := range all {
		if all[i].name == "@pydantic/genai-prices" { // see frontend/scripts/prices.mjs
			all[i].use = "its prices are in the program"
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].use != all[j].use {
			return all[i].use < all[j].use
		}
		return all[i].name < all[j].name
	})
	return all, nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", filepath.Base(path), err)
	}
	return nil
}

// licenceIn tells the licence of a module by the words of its licence file;
// it is empty for one that it does not know.
func licenceIn(dir string) string {
	for _, name := range []string{"LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		words := strings.Join(strings.Fields(string(text)), " ")
		for _, known := range []struct{ words, licence string }{
			{"Apache License Version 2.0", "Apache-2.0"},
			{"Mozilla Public License Version 2.0", "MPL-2.0"},
			{"Permission to use, copy, modify, and/or distribute this software", "ISC"},
			{"Neither the name of", "BSD-3-Clause"},
			{"Redistributions in binary form", "BSD-2-Clause"},
			{"Permission is hereby granted, free of charge", "MIT"},
			{"free and unencumbered software released into the public domain", "Unlicense"},
			{"BSD Zero Clause", "0BSD"},
		} {
			if strings.Contains(words, known.words) {
				return known.licence
			}
		}
	}
	return ""
}

// notice is the text of NOTICE.md. It fails on a library without a licence.
func (b *builder) notice() ([]byte, error) {
	goLibs, err := b.goDeps()
	if err != nil {
		return nil, err
	}
	npmLibs, err := b.npmDeps()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("# Work of others\n\nGumshoe uses these libraries. `go run ./build gen` writes this file from the licences that they carry.\n")
	for _, part := range []struct {
		title string
		libs  []library
	}{{"Go", goLibs}, {"JavaScript", npmLibs}} {
		fmt.Fprintf(&out, "\n## %s\n\n| library | version | licence | where |\n|---|---|---|---|\n", part.title)
		for _, l := range part.libs {
			if l.licence == "" {
				return nil, fmt.Errorf("the licence of %s %s is unknown", l.name, l.version)
			}
			fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", l.name, l.version, l.licence, l.use)
		}
	}
	return out.Bytes(), nil
}
