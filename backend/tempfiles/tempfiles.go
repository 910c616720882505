// Package tempfiles bounds what SQLite writes into temporary files: it sorts and
// gathers there, and knows no bound for it. Connections that ask for its file system
// (vfs= in their address) share Limit bytes; beyond that a write fails as on a full
// disk, and the statement with it. All else is SQLite's default file system.
//
// SQLite is told functions by their addresses, so that this is the one package with
// unsafe in it.
//
// Test it with: go test ./backend/tempfiles
package tempfiles

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Limit is how many bytes all those files may have at a time.
const Limit = 512 << 20

// Name is what a connection asks for the file system by, once Register has been
// called.
const Name = "gumshoe-room"

// roomy is SQLite's default file system, but that its temporary files have a bound
// together. Beyond it a write fails as on a full disk, and the query with it.
type roomy struct {
	mu         sync.Mutex
	limit      int64
	used, peak int64
	files      map[uintptr]*tempFile // by SQLite's handle
	methods    map[uintptr]uintptr   // ours by the ones they stand before
	base       uintptr               // the file system below
}

// tempFile is one that is open.
type tempFile struct {
	size    int64
	methods uintptr // of the file system below
}

var (
	room = roomy{limit: Limit, files: map[uintptr]*tempFile{}, methods: map[uintptr]uintptr{}}
	once = sync.OnceValue(room.register)
)

// Register makes the file system known to SQLite; a second call does nothing.
func Register() error { return once() }

// Use is what the files have now.
type Use struct {
	Bytes, Peak int64 // Peak is the most since SetLimit
	Files       int
}

// Used says what the files have now.
func Used() Use {
	room.mu.Lock()
	defer room.mu.Unlock()
	return Use{room.used, room.peak, len(room.files)}
}

// SetLimit sets another limit and forgets the most that there was; tests fill a small
// one sooner.
func SetLimit(bytes int64) {
	room.mu.Lock()
	defer room.mu.Unlock()
	room.limit, room.peak = bytes, room.used
}

// The functions of SQLite's file system that are stood before.
type (
	openFunc  = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	writeFunc = func(tls *libc.TLS, file, data uintptr, n int32, at sqlite3.Tsqlite3_int64) int32
	sizeFunc  = func(tls *libc.TLS, file uintptr, size sqlite3.Tsqlite3_int64) int32
	closeFunc = func(tls *libc.TLS, file uintptr) int32
)

// function makes a Go function of a pointer as SQLite keeps it, address the reverse.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// at is what lies in SQLite's memory.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// register makes it known to SQLite.
func (r *roomy) register() error {
	tls := libc.NewTLS()
	defer tls.Close()
	r.base = sqlite3.Xsqlite3_vfs_find(tls, 0)
	if r.base == 0 {
		return fmt.Errorf("SQLite has no file system")
	}
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	name, err := libc.CString(Name)
	if own == 0 || err != nil {
		return fmt.Errorf("no memory for a query's file system")
	}
	v := at[sqlite3.Tsqlite3_vfs](own)
	*v = *at[sqlite3.Tsqlite3_vfs](r.base)
	v.FpNext, v.FzName, v.FxOpen = 0, name, address(openFunc(roomOpen))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, own, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("SQLite takes no file system: %d", rc)
	}
	return nil
}

func roomOpen(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	rc := function[openFunc](at[sqlite3.Tsqlite3_vfs](room.base).FxOpen)(tls, room.base, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_DELETEONCLOSE == 0 {
		return rc
	}
	f := at[sqlite3.Tsqlite3_file](file)
	room.mu.Lock()
	defer room.mu.Unlock()
	own := room.methods[f.FpMethods]
	if own == 0 {
		if own = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{}))); own == 0 {
			function[closeFunc](at[sqlite3.Tsqlite3_io_methods](f.FpMethods).FxClose)(tls, file)
			f.FpMethods = 0
			return sqlite3.SQLITE_NOMEM
		}
		m := at[sqlite3.Tsqlite3_io_methods](own)
		*m = *at[sqlite3.Tsqlite3_io_methods](f.FpMethods)
		m.FxWrite, m.FxTruncate, m.FxClose = address(writeFunc(roomWrite)), address(sizeFunc(roomTruncate)), address(closeFunc(roomClose))
		room.methods[f.FpMethods] = own
	}
	room.files[file] = &tempFile{methods: f.FpMethods}
	f.FpMethods = own
	return rc
}

// grow takes room for a file up to a size, or gives back what is beyond it; ok is
// false where there is not enough.
func (r *roomy) grow(file uintptr, size int64, shrink bool) (below *sqlite3.Tsqlite3_io_methods, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.files[file]
	below = at[sqlite3.Tsqlite3_io_methods](f.methods)
	more := size - f.size
	if more < 0 && !shrink {
		more = 0
	}
	if more > 0 && r.used+more > r.limit {
		return below, false
	}
	f.size += more
	r.used += more
	r.peak = max(r.peak, r.used)
	return below, true
}

func roomWrite(tls *libc.TLS, file, data uintptr, n int32, from sqlite3.Tsqlite3_int64) int32 {
	below, ok := room.grow(file, from+int64(n), false)
	if !ok {
		return sqlite3.SQLITE_FULL
	}
	return function[writeFunc](below.FxWrite)(tls, file, data, n, from)
}

func roomTruncate(tls *libc.TLS, file uintptr, size sqlite3.Tsqlite3_int64) int32 {
	below, ok := room.grow(file, size, true)
	if !ok {
		return sqlite3.SQLITE_FULL
	}
	return function[sizeFunc](below.FxTruncate)(tls, file, size)
}

func roomClose(tls *libc.TLS, file uintptr) int32 {
	below, _ := room.grow(file, 0, true)
	room.mu.Lock()
	delete(room.files, file)
	room.mu.Unlock()
	return function[closeFunc](below.FxClose)(tls, file)
}
