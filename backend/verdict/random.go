package verdict

import "strings"

func isAlnum(c byte) bool  { return c|0x20-'a' < 26 || c-'0' < 10 }
func isKey(c byte) bool    { return isWord(c) || c == '-' }
func isBase32(c byte) bool { return c-'A' < 26 || c-'2' < 6 }

// sorts is what a key's text is made of: how many characters differ, and of which sorts.
type sorts struct {
	distinct                   int
	lower, upper, digit, other bool
}

func sortsOf(s string) (out sorts) {
	var seen [256]bool
	for i := range len(s) {
		c := s[i]
		if !seen[c] {
			seen[c] = true
			out.distinct++
		}
		switch {
		case c-'a' < 26:
			out.lower = true
		case c-'A' < 26:
			out.upper = true
		case c-'0' < 10:
			out.digit = true
		default:
			out.other = true
		}
	}
	return out
}

// mixed holds for texts drawn at random from letters and digits: 36 of them
// have 28 different ones, words of any language far fewer.
func mixed(s string) bool {
	o := sortsOf(s)
	return o.lower && o.upper && o.digit && o.distinct >= min(18, len(s)*3/5)
}

func letters(s string) bool {
	o := sortsOf(s)
	return o.lower && o.upper && o.distinct >= 18
}

func letterAndDigit(s string) bool {
	o := sortsOf(s)
	return (o.lower || o.upper) && o.digit && o.distinct >= 14
}

func hexadecimal(s string) bool {
	for i := range len(s) {
		if c := s[i]; c-'0' >= 10 && c-'a' >= 6 {
			return false
		}
	}
	o := sortsOf(s)
	return o.lower && o.digit && o.distinct >= 9
}

func accessKey(s string) bool {
	o := sortsOf(s)
	return o.upper && o.digit && o.distinct >= 8
}

// placeholder reports whether a text was written to be replaced.
func placeholder(s string) bool {
	s = strings.ToLower(s)
	for _, w := range []string{"example", "placeholder", "your", "xxxx", "redacted", "dummy", "changeme", "1234567", "abcdefg", "sample", "insert", "secret", "0000000", "aaaaaa"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
