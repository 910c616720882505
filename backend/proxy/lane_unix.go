//go:build unix

package proxy

import (
	"net"
	"syscall"
)

// canPeek says that an idle connection can be looked at.
const canPeek = true

// quiet says that a connection is open and that nothing came on it unasked: then
// the next reply is the next request's.
func quiet(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	open := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, errPeek := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = errPeek == syscall.EAGAIN || errPeek == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && open
}
