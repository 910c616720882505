package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// pictured are the pictures that the documents show, by the name that the tests
// of the demo give them.
func pictured() map[string]string {
	return map[string]string{
		"demo-requests-light": "requests.png", "demo-overview-light": "overview.png", "demo-detail-light": "detail.png",
		"demo-requests-dark": "requests.zh-TW.png", "demo-overview-dark": "overview.zh-TW.png",
	}
}

// pictures takes the screenshots of the README again, of the demo's data.
func (b *builder) pictures([]string) error {
	if err := b.packages(append(testNeeds(), "fonts-noto-color-emoji")); err != nil {
		return err // titles begin with pictures of their own
	}
	tmp, err := os.MkdirTemp("", "gumshoe-pictures-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := b.frontendBuild(); err != nil {
		return err
	}
	headless := filepath.Join(tmp, "headless")
	if err := b.goBuild(target{out: headless}); err != nil {
		return err
	}
	env := []string{"GUMSHOE_E2E_BINARY=" + headless, "GUMSHOE_E2E_PICTURES=" + tmp}
	if err := b.do("frontend", env, "npx", "vitest", "run", "--config", "e2e/vitest.config.ts", "demo.test.ts"); err != nil {
		return err
	}
	for from, to := range pictured() {
		data, err := os.ReadFile(filepath.Join(tmp, from+".png"))
		if err == nil {
			err = os.WriteFile(b.path("build", "docs", to), data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("keeping %s: %w", to, err)
		}
	}
	return nil
}
