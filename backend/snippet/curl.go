package snippet

import (
	"strings"
	"unicode/utf8"

	"gumshoe/backend/exchange"
	"gumshoe/backend/redact"
)

// Request is what is to be asked again.
type Request struct {
	Start exchange.Start
	API   exchange.API
	// Body is the whole body, nil where it is larger than MaxBody; Size is its
	// length in bytes.
	Body []byte
	Size int64
	ID   string // of the exchange: names the file of a body that is too large
}

// MaxBody is the largest body that is put into a snippet, in bytes.
const MaxBody = 256 << 10

// text says whether the body can stand in a snippet.
func (r *Request) text() bool {
	return r.Size > 0 && int64(len(r.Body)) == r.Size && utf8.Valid(r.Body) && !strings.ContainsRune(string(r.Body), 0)
}

func (r *Request) file() string { return r.ID + "-request.bin" }

// header is one header that a client would send, with the key as a placeholder.
type header struct{ name, value string }

// headers leaves out what a client sets by itself, and who asked.
func (r *Request) headers() (list []header) {
	for _, h := range r.Start.Headers {
		l := strings.ToLower(h.Name)
		if l == "content-length" || l == "host" || l == "connection" || l == "accept-encoding" || l == "expect" ||
			l == "transfer-encoding" || strings.HasPrefix(l, "x-openwebui-") || strings.HasPrefix(l, "helicone-") {
			continue
		}
		v := h.Value
		if l == "authorization" && v == redact.Mark {
			v = "Bearer " + redact.Mark
		}
		list = append(list, header{h.Name, v})
	}
	return list
}

// maxArgument is the longest text that stands in a command's arguments, in bytes:
// Linux takes 128 KB for one, Windows 32 KB for all of them.
const maxArgument = 16 << 10

// piped begins a command that reads a text: the shell itself prints it, so that no
// bound of the system's for arguments applies, and adds no line break.
func piped(text string) string { return "printf %s " + shell(text) + " | " }

// Curl is a command for a POSIX shell; the key is its variable API_KEY.
func Curl(r Request) string {
	var b strings.Builder
	// curl takes what begins with @ for the name of a file.
	pipe := r.text() && (len(r.Body) > maxArgument || r.Body[0] == '@')
	if pipe {
		b.WriteString(piped(string(r.Body)))
	}
	b.WriteString("curl -X " + shell(r.Start.Method) + " " + shellSecret(r.Start.URL))
	for _, h := range r.headers() {
		b.WriteString(" \\\n  -H " + shellSecret(h.name+": "+h.value))
	}
	switch {
	case r.Size == 0:
	case pipe:
		b.WriteString(" \\\n  --data-binary @-")
	case r.text():
		b.WriteString(" \\\n  --data-binary " + shell(string(r.Body)))
	default:
		b.WriteString(" \\\n  --data-binary @" + shell(r.file()))
	}
	return b.String() + "\n"
}

// shell makes s one word of a POSIX shell.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// shellSecret does so and lets the shell fill in the key.
func shellSecret(s string) string {
	return strings.ReplaceAll(shell(s), redact.Mark, `'"$API_KEY"'`)
}

// PowerShell is a command for PowerShell 5 and later; the key is the variable
// API_KEY of the environment. It starts no other program, so that Windows' bound
// for command lines does not apply, however long the body is.
func PowerShell(r Request) string {
	var b strings.Builder
	b.WriteString("Invoke-WebRequest -UseBasicParsing -Method " + power(r.Start.Method) + " -Uri " + powerSecret(r.Start.URL))
	contentType := ""
	var pairs []string
	for _, h := range r.headers() {
		if strings.EqualFold(h.name, "Content-Type") {
			contentType = h.value
			continue
		}
		if strings.EqualFold(h.name, "User-Agent") {
			b.WriteString(" `\n  -UserAgent " + power(h.value))
			continue
		}
		pairs = append(pairs, power(h.name)+" = "+powerSecret(h.value))
	}
	if len(pairs) > 0 {
		b.WriteString(" `\n  -Headers @{ " + strings.Join(pairs, "; ") + " }")
	}
	if contentType != "" {
		b.WriteString(" `\n  -ContentType " + power(contentType))
	}
	switch {
	case r.Size == 0:
	case r.text():
		b.WriteString(" `\n  -Body ([Text.Encoding]::UTF8.GetBytes(" + power(string(r.Body)) + "))")
	default:
		b.WriteString(" `\n  -InFile " + power(r.file()))
	}
	return b.String() + "\n"
}

// power is a string of PowerShell, which takes typographic quotation marks for
// plain ones.
func power(s string) string {
	for _, mark := range []string{"'", "\u2018", "\u2019", "\u201A", "\u201B"} {
		s = strings.ReplaceAll(s, mark, mark+mark)
	}
	return "'" + s + "'"
}

func powerSecret(s string) string {
	if !strings.Contains(s, redact.Mark) {
		return power(s)
	}
	return "(" + strings.ReplaceAll(power(s), redact.Mark, "' + $env:API_KEY + '") + ")"
}
