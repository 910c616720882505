package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is the proxy's listener. Its address can change while streams run.
type Server struct {
	proxy *Proxy
	http  *http.Server
	log   *slog.Logger

	mu       sync.Mutex
	listener net.Listener
}

// maxHeader bounds a request's line and headers, in bytes: four times what Go's
// servers take. Beyond it a client gets 431 and nothing is recorded.
const maxHeader = 4 << 20

// NewServer makes a server that does not listen yet.
func NewServer(p *Proxy, log *slog.Logger) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{proxy: p, log: log, http: &http.Server{
		Handler: p,
		// Only the header's arrival is bounded; bodies may take their time.
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       3 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
}

// Listen begins to accept on addr (host:port).
func (s *Server) Listen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", addr, err)
	}
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	go func() {
		if err := s.http.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.log.Error("the proxy stopped accepting", "address", addr, "error", err)
		}
	}()
	return nil
}

// Addr is the address in use, "" before Listen.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Rebind moves to another address. Running exchanges go on. Where the new
// address can't be had, the old one stays.
func (s *Server) Rebind(addr string) error {
	s.mu.Lock()
	old := s.listener
	s.mu.Unlock()
	if old == nil {
		return s.Listen(addr)
	}
	was := old.Addr().String()
	err := s.Listen(addr)
	if err == nil {
		return closeListener(old)
	}
	// The same port on another interface is free only once the old one is.
	if err := closeListener(old); err != nil {
		return err
	}
	if err = s.Listen(addr); err == nil {
		return nil
	}
	if back := s.Listen(was); back != nil {
		return errors.Join(err, back)
	}
	return err
}

func closeListener(l net.Listener) error {
	if err := l.Close(); err != nil {
		return fmt.Errorf("closing the old address: %w", err)
	}
	return nil
}

// Shutdown stops accepting, lets running exchanges finish for up to grace, and
// ends the rest as interrupted.
func (s *Server) Shutdown(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	s.proxy.live.endAll()
	for range 100 {
		if s.proxy.live.Count() == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("closing the proxy: %w", err)
	}
	return nil
}
