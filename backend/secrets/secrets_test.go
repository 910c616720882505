package secrets

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/zalando/go-keyring"
)

func open(t *testing.T, cfg Config) *Keeper {
	t.Helper()
	k, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func put(t *testing.T, k *Keeper, name, value string) {
	t.Helper()
	if err := k.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, k *Keeper, name, want string) {
	t.Helper()
	got, ok, err := k.Get(name)
	if err != nil || got != want || ok != (want != "") {
		t.Errorf("%s is %q, %v, %v; want %q", name, got, ok, err, want)
	}
}

func TestFile(t *testing.T) {
	for name, secret := range map[string]string{PlaceKeyFile: "", PlaceSecret: "correct horse"} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Dir: t.TempDir(), Service: "gumshoe-test", Secret: secret, NoKeyring: true}
			k := open(t, cfg)
			if k.Place() != name {
				t.Errorf("the place is %s", k.Place())
			}
			check(t, k, "a", "")
			put(t, k, "a", "sk-very-secret")
			put(t, k, "b", "2")
			put(t, k, "b", "")
			again := open(t, cfg)
			check(t, again, "a", "sk-very-secret")
			check(t, again, "b", "")
			files, err := filepath.Glob(filepath.Join(cfg.Dir, "*"))
			if err != nil || len(files) == 0 {
				t.Fatal(files, err)
			}
			for _, f := range files {
				st, err := os.Stat(f)
				b, err2 := os.ReadFile(f)
				if err := errors.Join(err, err2); err != nil {
					t.Fatal(err)
				}
				if st.Mode().Perm() != 0o600 || bytes.Contains(b, []byte("very-secret")) {
					t.Errorf("%s has mode %v or the key in clear", f, st.Mode())
				}
			}
		})
	}
}

func TestWrongSecret(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Secret: "one", NoKeyring: true}
	put(t, open(t, cfg), "a", "1")
	cfg.Secret = "two"
	if _, err := Open(cfg); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("another secret: %v", err)
	}
	for _, b := range [][]byte{{}, []byte("short"), bytes.Repeat([]byte("x"), 200)} {
		if err := os.WriteFile(filepath.Join(cfg.Dir, fileName), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(cfg); !errors.Is(err, ErrWrongSecret) {
			t.Errorf("a damaged file of %d bytes: %v", len(b), err)
		}
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit() // speaks for the system's keyring
	cfg := Config{Dir: t.TempDir(), Service: "gumshoe-test"}
	k := open(t, cfg)
	if k.Place() != PlaceKeyring {
		t.Fatalf("the place is %s", k.Place())
	}
	put(t, k, "a", "1")
	check(t, open(t, cfg), "a", "1")
	check(t, open(t, Config{Dir: t.TempDir(), Service: "gumshoe-test"}), "a", "")
	put(t, k, "a", "")
	check(t, open(t, cfg), "a", "")
	if files, _ := os.ReadDir(cfg.Dir); len(files) != 0 {
		t.Errorf("with a keyring there are files: %v", files)
	}
}

func TestConcurrent(t *testing.T) {
	k := open(t, Config{Dir: t.TempDir(), NoKeyring: true})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				name := string(rune('a' + i))
				if k.Set(name, name) != nil {
					t.Error("setting failed")
				}
				if v, _, err := k.Get(name); v != name || err != nil {
					t.Errorf("%s is %q, %v", name, v, err)
				}
			}
		})
	}
	wg.Wait()
}
