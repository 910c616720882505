//go:build desktop || dev || bindings

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	goruntime "runtime"
	"sync/atomic"
	"syscall"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	wailsopt "github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"gumshoe/backend/api/dto"
)

const hasWindow = true

// canOpenWindow reports whether there is a display to open a window on.
func canOpenWindow(env func(string) string) bool {
	if goruntime.GOOS != "linux" {
		return true
	}
	return env("DISPLAY") != "" || env("WAYLAND_DISPLAY") != ""
}

// shell is the native window as the rest of the program sees it.
type shell struct {
	ctx      atomic.Value // context.Context that Wails gave at start-up
	quitting atomic.Bool
}

func (s *shell) window() (context.Context, bool) {
	ctx, ok := s.ctx.Load().(context.Context)
	return ctx, ok
}

// SaveFile asks the person where to save; "" means that they cancelled.
func (s *shell) SaveFile(name string) (string, error) {
	ctx, ok := s.window()
	if !ok {
		return "", errors.New("the window is not open yet")
	}
	return runtime.SaveFileDialog(ctx, runtime.SaveDialogOptions{
		DefaultFilename: name,
		Filters:         []runtime.FileFilter{{DisplayName: "CSV", Pattern: "*.csv"}},
	})
}

// Emit sends one live update to the page.
func (s *shell) Emit(e dto.Event) {
	if ctx, ok := s.window(); ok {
		runtime.EventsEmit(ctx, "gumshoe", e)
	}
}

// show brings the window to the front.
func (s *shell) show() {
	if ctx, ok := s.window(); ok {
		runtime.WindowShow(ctx)
		runtime.WindowUnminimise(ctx)
	}
}

// closing decides what a click on the close button does: nothing is asked again
// once the person has answered.
func (s *shell) closing(ctx context.Context, p *program) (prevent bool) {
	if s.quitting.Load() {
		return false
	}
	keep := p.closeChoice()
	if keep == "ask" {
		w := closeWords(p.language())
		answer, err := runtime.MessageDialog(ctx, runtime.MessageDialogOptions{
			Type: runtime.QuestionDialog, Title: w.title, Message: w.message, DefaultButton: "Yes",
		})
		switch {
		case err != nil:
			return false
		case answer == "Yes":
			keep = "yes"
		case answer == "No":
			keep = "no"
		default:
			return true // the question was dismissed: nothing is closed
		}
		p.setCloseChoice(keep)
	}
	if keep != "yes" {
		return false
	}
	runtime.WindowHide(ctx)
	return true
}

// takeSignals calls end at the next signal to stop. Wails listens too and treats
// a signal as a click on the close button, which may ask a question that nobody
// is there to answer; Reset takes the signals from it.
func takeSignals(end func()) {
	stop := []os.Signal{os.Interrupt, syscall.SIGTERM}
	signal.Reset(stop...)
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, stop...)
	go func() { <-ch; end() }()
}

// runWindow opens the window and returns when it was closed for good.
func runWindow(ctx context.Context, p *program, s *shell) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	done := make(chan struct{})
	defer close(done)
	go p.instance.watchRaise(done, s.show)
	go func() {
		select {
		case <-ctx.Done():
			s.quitting.Store(true)
			if w, ok := s.window(); ok {
				runtime.Quit(w)
			}
		case <-done:
		}
	}()
	return wails.Run(&wailsopt.App{
		Title: "Gumshoe", Width: 1280, Height: 800, MinWidth: 720, MinHeight: 480,
		BackgroundColour:         wailsopt.NewRGB(24, 26, 31),
		AssetServer:              &assetserver.Options{Handler: p.handler},
		EnableDefaultContextMenu: true,
		Logger:                   logger.NewDefaultLogger(),
		LogLevelProduction:       logger.ERROR,
		OnStartup: func(c context.Context) {
			s.ctx.Store(c)
			takeSignals(end)
			if ctx.Err() != nil {
				s.quitting.Store(true)
				runtime.Quit(c)
			}
		},
		OnBeforeClose: func(c context.Context) bool { return s.closing(c, p) },
		Linux:         &linux.Options{ProgramName: "gumshoe", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
}
