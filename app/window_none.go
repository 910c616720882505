//go:build !desktop && !dev && !bindings

package main

import (
	"context"
	"errors"

	"gumshoe/backend/api/dto"
)

const hasWindow = false

func canOpenWindow(func(string) string) bool { return false }

// shell stands in for the native window in a build without one.
type shell struct{}

// SaveFile fails: there is no window to ask in.
func (*shell) SaveFile(string) (string, error) {
	return "", errors.New("this build has no window: download the file in the browser")
}

// Emit does nothing: there is no page of ours.
func (*shell) Emit(dto.Event) {}

func showProblem(string, string) {}

func runWindow(context.Context, *program, *shell) error {
	return errors.New("this build has no window; use: gumshoe serve")
}
