package export

import "strings"

// untagged writes what a Markdown viewer would take for HTML as text. Blocks of code
// stay as they are: no tag works in them, and a reference would be shown as it stands.
// Where viewers may disagree on what is code, it is not taken for it.
func untagged(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) // a line of its own to viewers
	lines := strings.Split(s, "\n")
	fence := ""
	for i, line := range lines {
		switch {
		case fence == "":
			fence = opens(line)
			lines[i] = escapeTags(line)
		case closes(line, fence):
			fence = ""
		}
	}
	if fence != "" {
		lines = append(lines, fence) // what follows is no code of it
	}
	return strings.Join(lines, "\n")
}

// opens is the fence with which a line begins a block of code, "" for none. An
// indented one may be a list's, and end with it.
func opens(line string) string {
	for _, mark := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, mark)
		if n := len(line) - len(rest); n >= 3 && (mark == "~" || !strings.Contains(rest, mark)) {
			return line[:n]
		}
	}
	return ""
}

// closes says whether a line ends the block of code that a fence began.
func closes(line, fence string) bool {
	line = strings.TrimRight(line, " \t")
	mark := strings.TrimLeft(line, " ")
	return len(line)-len(mark) <= 3 && strings.HasPrefix(mark, fence) && strings.Trim(mark, fence[:1]) == ""
}

// escapeTags writes every "<" that could begin a tag, a comment or a link as text.
func escapeTags(line string) string {
	var b strings.Builder
	for i := range len(line) {
		if line[i] == '<' && i+1 < len(line) && tagged(line[i+1]) {
			b.WriteString("&lt;")
			continue
		}
		b.WriteByte(line[i])
	}
	return b.String()
}

func tagged(next byte) bool {
	return next == '/' || next == '!' || next == '?' || next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z'
}
