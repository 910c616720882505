// Package secrets keeps keys in the system's keyring or, where there is none, in
// an encrypted file: under GUMSHOE_SECRET where that is set, else under a key
// that lies beside it and only guards against a casual look.
//
// Guarantees: values are never logged; files are 0600 and replaced whole. Place
// says where the keys are, for the UI to show.
// Guesses holds up who tries one key after another.
//
// Test it with: go test ./backend/secrets
package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// The places where keys can be.
const (
	PlaceKeyring = "keyring"        // the system's keyring
	PlaceSecret  = "encrypted_file" // a file under GUMSHOE_SECRET
	PlaceKeyFile = "plain_key_file" // a file, with its key beside it
)

// ErrWrongSecret says that the file was written under another GUMSHOE_SECRET.
var ErrWrongSecret = errors.New("the stored keys can't be opened with this GUMSHOE_SECRET; set the one they were stored under, or delete secrets.enc and enter the keys again")

// Config says where keys go.
type Config struct {
	Dir     string // the data folder
	Service string // name of the keyring entries
	Secret  string // GUMSHOE_SECRET, "" where not set
	// NoKeyring leaves the keyring alone (GUMSHOE_NO_KEYRING).
	NoKeyring bool
}

// Keeper keeps keys by name, safe for concurrent use.
type Keeper struct {
	cfg   Config
	place string

	mu     sync.Mutex
	cache  map[string]string // values read or written before
	sealed cipher.AEAD       // nil with a keyring
	salt   []byte
}

const (
	fileName    = "secrets.enc"
	keyFileName = "secrets.key"
	saltSize    = 16
	rounds      = 600_000 // OWASP's figure for PBKDF2 with SHA-256
)

// Open finds the place for keys. A keyring that does not answer in time counts
// as none.
func Open(cfg Config) (*Keeper, error) {
	k := &Keeper{cfg: cfg, cache: map[string]string{}, place: PlaceKeyring}
	_, err := os.Stat(filepath.Join(cfg.Dir, fileName))
	if err == nil || cfg.Secret != "" || cfg.NoKeyring || !keyringAnswers(cfg.Service) {
		return k, k.openFile()
	}
	return k, nil
}

// keyringAnswers writes, reads and removes a probe.
func keyringAnswers(service string) bool {
	done := make(chan bool, 1)
	go func() {
		const name = "probe"
		if keyring.Set(service, name, name) != nil {
			done <- false
			return
		}
		v, err := keyring.Get(service, name)
		done <- err == nil && v == name && keyring.Delete(service, name) == nil
	}()
	select {
	case ok := <-done:
		return ok
	case <-time.After(3 * time.Second):
		return false
	}
}

// Place says where the keys are.
func (k *Keeper) Place() string { return k.place }

// entry is the keyring's name of a key: two data folders don't share theirs.
func (k *Keeper) entry(name string) string {
	sum := sha256.Sum256([]byte(k.cfg.Dir))
	return fmt.Sprintf("%s@%x", name, sum[:4])
}

// Get reads a key; false where there is none.
func (k *Keeper) Get(name string) (string, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if v, ok := k.cache[name]; ok {
		return v, v != "", nil
	}
	if k.sealed != nil {
		return "", false, nil // the cache is the whole file
	}
	v, err := keyring.Get(k.cfg.Service, k.entry(name))
	if errors.Is(err, keyring.ErrNotFound) {
		k.cache[name] = ""
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading from the keyring: %w", err)
	}
	k.cache[name] = v
	return v, true, nil
}

// Set keeps a key; an empty value removes it.
func (k *Keeper) Set(name, value string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sealed == nil {
		if err := k.setKeyring(name, value); err != nil {
			return err
		}
		k.cache[name] = value
		return nil
	}
	old, had := k.cache[name]
	k.cache[name] = value
	if value == "" {
		delete(k.cache, name)
	}
	if err := k.writeFile(); err != nil {
		delete(k.cache, name)
		if had {
			k.cache[name] = old
		}
		return err
	}
	return nil
}

func (k *Keeper) setKeyring(name, value string) error {
	if value == "" {
		if err := keyring.Delete(k.cfg.Service, k.entry(name)); err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return fmt.Errorf("removing from the keyring: %w", err)
		}
		return nil
	}
	if err := keyring.Set(k.cfg.Service, k.entry(name), value); err != nil {
		return fmt.Errorf("writing to the keyring: %w", err)
	}
	return nil
}

// openFile reads the file, or prepares one that is written at the first Set.
func (k *Keeper) openFile() error {
	k.place = PlaceSecret
	blob, err := os.ReadFile(filepath.Join(k.cfg.Dir, fileName))
	switch {
	case errors.Is(err, os.ErrNotExist):
		k.salt = make([]byte, saltSize)
		_, _ = rand.Read(k.salt) // never fails
	case err != nil:
		return fmt.Errorf("reading the stored keys: %w", err)
	case len(blob) < saltSize:
		return fmt.Errorf("reading the stored keys: %w", ErrWrongSecret)
	default:
		k.salt = blob[:saltSize]
	}
	key, err := k.key()
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("preparing the stored keys' cipher: %w", err)
	}
	if k.sealed, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return fmt.Errorf("preparing the stored keys' cipher: %w", err)
	}
	if blob == nil {
		return nil
	}
	plain, err := k.sealed.Open(nil, nil, blob[saltSize:], nil)
	if err != nil {
		return fmt.Errorf("opening the stored keys: %w", ErrWrongSecret)
	}
	if err := json.Unmarshal(plain, &k.cache); err != nil {
		return fmt.Errorf("reading the stored keys: %w", err)
	}
	return nil
}

// key is what the file is encrypted with.
func (k *Keeper) key() ([]byte, error) {
	if k.cfg.Secret != "" {
		key, err := pbkdf2.Key(sha256.New, k.cfg.Secret, k.salt, rounds, 32)
		if err != nil {
			return nil, fmt.Errorf("deriving the stored keys' key: %w", err)
		}
		return key, nil
	}
	k.place = PlaceKeyFile
	name := filepath.Join(k.cfg.Dir, keyFileName)
	key, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		return key, replace(name, key)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", keyFileName, err)
	}
	if len(key) != 32 {
		return nil, fmt.Errorf("reading %s: %w", keyFileName, ErrWrongSecret)
	}
	return key, nil
}

func (k *Keeper) writeFile() error {
	plain, err := json.Marshal(k.cache)
	if err != nil {
		return fmt.Errorf("describing the stored keys: %w", err)
	}
	blob := append(append([]byte{}, k.salt...), k.sealed.Seal(nil, nil, plain, nil)...)
	return replace(filepath.Join(k.cfg.Dir, fileName), blob)
}

// replace writes a file whole or not at all, readable by its owner only.
func replace(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the stored keys: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing the stored keys: %w", err)
	}
	return nil
}
