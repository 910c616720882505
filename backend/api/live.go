package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"gumshoe/backend/api/dto"
)

func (a *API) status(w http.ResponseWriter, r *http.Request) error {
	s, err := a.Status(r.Context())
	if err != nil {
		return err
	}
	return answer(w, s)
}

// Status is the health of the program.
func (a *API) Status(ctx context.Context) (dto.Status, error) {
	s := a.Machine.Status()
	s.Window = a.Window
	s.DroppedEvents = a.Bus.Dropped()
	var err1, err2 error
	s.Exchanges, err1 = a.Log.Count(ctx)
	s.FirstSeenAt, err2 = a.Log.FirstSeen(ctx)
	return s, errors.Join(err1, err2)
}

func (a *API) live(w http.ResponseWriter, r *http.Request) error {
	return answer(w, a.Running.Snapshot())
}

func (a *API) stop(w http.ResponseWriter, r *http.Request) error {
	if !a.Running.Stop(r.PathValue("id")) {
		return problem(http.StatusConflict, "not_running", "this exchange is not running any more")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

const (
	livePace   = 400 * time.Millisecond
	statusPace = 3 * time.Second
	heartbeat  = 15 * time.Second
)

// Pulse publishes the running table while something runs, and the status, until
// ctx ends. It rests while nobody listens.
func (a *API) Pulse(ctx context.Context) {
	tick := time.NewTicker(livePace)
	defer tick.Stop()
	ran, last := false, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if a.Bus.Listeners() == 0 {
			continue
		}
		now := a.Running.Snapshot()
		if len(now) > 0 || ran {
			a.Bus.Publish(dto.Event{Type: "live", Live: now})
		}
		ran = len(now) > 0
		if time.Since(last) < statusPace {
			continue
		}
		last = time.Now()
		s, err := a.Status(ctx)
		if err != nil {
			a.Logger.Warn("reading the status", "error", err)
			continue
		}
		a.Bus.Publish(dto.Event{Type: "status", Status: &s})
	}
}

// events sends live updates as server-sent events until the page goes. In the
// window the request's context never ends, so a failing write is the sign.
func (a *API) events(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	rc := http.NewResponseController(w)
	feed, end := a.Bus.Subscribe(256)
	defer end()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if _, err := fmt.Fprint(w, ": hello\n\n"); err != nil {
		return nil
	}
	_ = rc.Flush() // the window has none
	for {
		var text string
		select {
		case <-r.Context().Done():
			return nil
		case e, ok := <-feed:
			if !ok {
				return nil
			}
			b, err := json.Marshal(e)
			if err != nil {
				return fmt.Errorf("describing an event: %w", err)
			}
			text = "event: " + e.Type + "\ndata: " + string(b) + "\n\n"
		case <-beat.C:
			text = ": beat\n\n"
		}
		if _, err := fmt.Fprint(w, text); err != nil {
			return nil
		}
		_ = rc.Flush()
	}
}
