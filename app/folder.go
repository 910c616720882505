package main

import (
	"slices"
	"strings"
)

// oursAlone says whether a folder of these names holds nothing, or a log and nothing
// but what Gumshoe makes.
func oursAlone(names []string) bool {
	for _, name := range names {
		known := slices.Contains([]string{"gumshoe.db", "gumshoe.lock", "journal", "running.json", "running.json.tmp", "raise", "prices.json", "prices.json.tmp", demoMark, "secrets.enc", "secrets.key"}, name)
		known = known || slices.ContainsFunc([]string{"gumshoe.db-", "gumshoe.db.", "replaced-", ".keys-", ".probe-"}, func(p string) bool { return strings.HasPrefix(name, p) })
		if !known {
			return false
		}
	}
	return len(names) == 0 || slices.Contains(names, "gumshoe.db")
}
