//go:build bindings

package main

import (
	"github.com/wailsapp/wails/v2"
	wailsopt "github.com/wailsapp/wails/v2/pkg/options"
)

// bindingsOnly is true in the build that the wails command makes to read the
// bound methods. It runs main, which must not touch data or ports then. The UI
// talks HTTP, so there is nothing to bind.
const bindingsOnly = true

func generateBindings() int {
	if err := wails.Run(&wailsopt.App{}); err != nil {
		return 1
	}
	return 0
}
