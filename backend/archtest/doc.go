// Package archtest keeps the shape of the code as a test: imports go downwards
// only, in the layers of ../README.md; SQL stays in store and the window in app;
// files and functions stay small enough to read. Each failure says why the rule
// is there and what to do instead.
//
// Test it with: go test ./backend/archtest
package archtest
