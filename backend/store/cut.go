package store

// Bodies are cut into pieces where chats repeat themselves: at the elements of
// the arrays that hold turns and tools. Joining the pieces gives the body back
// whatever the bytes are, so nothing here has to be valid JSON.

const (
	// maxCut is the largest body that is looked at; larger ones are cut by size.
	maxCut = 32 << 20
	// maxPiece is the largest piece, in bytes.
	maxPiece = 1 << 20
)

// repeated are the keys at the top level whose arrays repeat between requests.
var repeated = [...]string{`"messages"`, `"tools"`, `"input"`, `"contents"`}

// cut returns the lengths of the pieces of body, in order.
func cut(body []byte) []int {
	var marks []int
	if len(body) <= maxCut && len(body) > 0 && body[0] == '{' {
		marks = boundaries(body)
	}
	var sizes []int
	at := 0
	for _, m := range append(marks, len(body)) {
		for m-at > maxPiece {
			sizes = append(sizes, maxPiece)
			at += maxPiece
		}
		if m > at {
			sizes = append(sizes, m-at)
			at = m
		}
	}
	return sizes
}

// boundaries finds where the elements of the repeated arrays begin and end.
func boundaries(b []byte) []int {
	var marks []int
	depth, inside := 0, false // inside: in a repeated array, its elements at depth 2
	key := ""
	for i := 0; i < len(b); {
		switch b[i] {
		case '"':
			end := stringEnd(b, i)
			if depth == 1 && !inside {
				key = string(b[i:min(end, i+12)])
			}
			if inside && depth == 2 {
				marks = append(marks, i, end)
			}
			i = end
			continue
		case '{', '[':
			if inside && depth == 2 {
				marks = append(marks, i)
			}
			depth++
			if depth == 2 && b[i] == '[' && isRepeated(key) {
				inside = true
			}
		case '}', ']':
			depth--
			if inside && depth == 2 {
				marks = append(marks, i+1)
			}
			if depth < 2 {
				inside = false
			}
		}
		i++
	}
	return marks
}

func isRepeated(key string) bool {
	for _, k := range repeated {
		if k == key {
			return true
		}
	}
	return false
}

// stringEnd is the index just after the string that begins at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}
