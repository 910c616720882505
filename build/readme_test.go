package main

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// facts are what a README says that no language changes: its sections' number, what
// is set as code, and where its links lead.
func facts(t *testing.T, name string) (sections int, code, links []string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(b), "")
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		code = append(code, strings.NewReplacer("金鑰", "key", "上游", "UPSTREAM", "名稱=網址", "NAME=URL", "兩個 詞", "two words").Replace(m[1]))
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		to := m[1]
		if !strings.Contains(to, "://") {
			to = strings.ReplaceAll(path.Base(to), ".zh-TW", "")
		}
		links = append(links, to)
	}
	for _, list := range []*[]string{&code, &links} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return strings.Count(text, "\n## "), code, links
}

// TestReadmesAreInStep: what the English README tells of commands, flags, files and
// pages the Chinese one tells, too, and nothing else.
func TestReadmesAreInStep(t *testing.T) {
	sections, code, links := facts(t, "../README.md")
	zhSections, zhCode, zhLinks := facts(t, "docs/README.zh-TW.md")
	if sections != zhSections || sections < 5 {
		t.Errorf("%d sections, and %d in Chinese", sections, zhSections)
	}
	for what, lists := range map[string][2][]string{"code": {code, zhCode}, "link": {links, zhLinks}} {
		if len(lists[0]) < 5 {
			t.Errorf("%s: only %q was read", what, lists[0])
		}
		for _, s := range lists[0] {
			if !slices.Contains(lists[1], s) {
				t.Errorf("the %s %q is not in the Chinese README", what, s)
			}
		}
		for _, s := range lists[1] {
			if !slices.Contains(lists[0], s) {
				t.Errorf("the %s %q is in the Chinese README only", what, s)
			}
		}
	}
}
