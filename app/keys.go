package main

import (
	"crypto/rand"
	"fmt"
	"regexp"

	"gumshoe/backend/secrets"
)

// openKeeper opens where keys are kept.
func openKeeper(dir string, env func(string) string) (*secrets.Keeper, error) {
	return secrets.Open(secrets.Config{Dir: dir, Service: "gumshoe", Secret: env("GUMSHOE_SECRET"), NoKeyring: env("GUMSHOE_NO_KEYRING") != ""})
}

// The names under which the keeper has Gumshoe's own keys.
const (
	writeKeyName = "write-key"
	uiTokenName  = "ui-token"
)

// providerKeyName is where the keeper has the stored key of an upstream.
func providerKeyName(name string) string { return "upstream:" + name }

// usableKey is a key that can stand in a URL.
var usableKey = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,200}$`)

// ownKey returns the key that a flag gave for this run or, failing that, the
// kept one, which is made on first use.
func ownKey(k *secrets.Keeper, name, prefix, given string) (string, error) {
	if given != "" {
		if !usableKey.MatchString(given) || given == "v1" || given == "healthz" || given == "." || given == ".." {
			return "", fmt.Errorf("this %s can't stand in a URL: use the characters A-Z a-z 0-9 . _ ~ - and not a reserved word", name)
		}
		return given, nil
	}
	key, ok, err := k.Get(name)
	if err != nil {
		return "", fmt.Errorf("reading the %s: %w", name, err)
	}
	if ok {
		return key, nil
	}
	key = prefix + rand.Text()
	if err := k.Set(name, key); err != nil {
		return "", fmt.Errorf("keeping the %s: %w", name, err)
	}
	return key, nil
}
