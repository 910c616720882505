// Package captures holds real traffic of two Ollama servers (0.24.0 and 0.34.4):
// chat, generate, embed and /v1/chat/completions, with errors and replies that
// broke off. The files are bytes as they were on the wire; timing.tsv is when
// they came. Load reads one case. Nothing here is written at run time.
//
// Test it with: go test ./backend/wire/...
package captures

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed v0.24.0 v0.34.4
var files embed.FS

// Case is one request and its reply.
type Case struct {
	Name         string // version/case, for example v0.34.4/02-chat-nostream
	Method, Path string
	Request      []byte // the request's body
	Status       int
	Header       http.Header
	Reply        []byte // the reply's body without its chunk framing
	Whole        bool   // the body came to its proper end
	Raw          []byte // the reply with status line, headers and framing
	Reads        []Read // how Raw came
}

// Read is one read of a reply: milliseconds after the request, and its bytes.
type Read struct {
	MS    float64
	Bytes int
}

// Names lists all cases.
func Names() ([]string, error) {
	var out []string
	for _, v := range []string{"v0.24.0", "v0.34.4"} {
		list, err := files.ReadDir(v)
		if err != nil {
			return nil, fmt.Errorf("listing captures: %w", err)
		}
		for _, e := range list {
			if n, ok := strings.CutSuffix(e.Name(), ".request.txt"); ok {
				out = append(out, path.Join(v, n))
			}
		}
	}
	return out, nil
}

// Load reads one case by its name.
func Load(name string) (Case, error) {
	c := Case{Name: name}
	raw, err := files.ReadFile(name + ".request.txt")
	if err != nil {
		return c, fmt.Errorf("reading a capture: %w", err)
	}
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return c, fmt.Errorf("reading %s's request: %w", name, err)
	}
	defer req.Body.Close()
	if c.Request, err = io.ReadAll(req.Body); err != nil {
		return c, fmt.Errorf("reading %s's request body: %w", name, err)
	}
	c.Method, c.Path = req.Method, req.URL.Path
	if c.Raw, err = files.ReadFile(name + ".response.txt"); err != nil {
		return c, fmt.Errorf("reading a capture: %w", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(c.Raw)), req)
	if err != nil {
		return c, fmt.Errorf("reading %s's reply: %w", name, err)
	}
	defer res.Body.Close()
	c.Status, c.Header = res.StatusCode, res.Header
	c.Reply, err = io.ReadAll(res.Body)
	c.Whole = err == nil
	timing, err := files.ReadFile(name + ".timing.tsv")
	if err != nil {
		return c, fmt.Errorf("reading a capture: %w", err)
	}
	for _, l := range strings.Split(string(timing), "\n") {
		f := strings.Fields(l)
		if len(f) < 2 {
			continue
		}
		ms, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			continue // the heading
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			return c, fmt.Errorf("reading %s's timing: %w", name, err)
		}
		c.Reads = append(c.Reads, Read{MS: ms, Bytes: n})
	}
	return c, nil
}
