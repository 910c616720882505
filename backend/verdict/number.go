package verdict

import (
	"bytes"
	"slices"
	"strings"
)

// card reads a payment card's number at s[i]: a length and grouping that its
// issuer's range has, Luhn's check (ISO/IEC 7812-1), no well-known test number,
// and a word near it that speaks of cards, since one in ten numbers passes the
// check by chance. n is its length in the text, 0 where it is none.
func card(s string, i int) (n int) {
	if s[i]-'2' > 4 || i > 0 && strings.IndexByte("-./#+,_$&", s[i-1]) >= 0 {
		return 0 // no issuer has 0, 1, 7, 8 or 9; or it is a part of something
	}
	var digits [20]byte
	var groups [8]int
	count, group := 0, 0
	var sep byte
	at := i
	for at < len(s) {
		c := s[at]
		switch {
		case c-'0' < 10:
			if count == 19 {
				return 0
			}
			digits[count] = c - '0'
			count++
			groups[group]++
			at++
			continue
		case (c == ' ' || c == '-') && (sep == 0 || c == sep) && at+1 < len(s) && s[at+1]-'0' < 10 && groups[group] >= 3:
			if group++; group == len(groups) {
				return 0
			}
			sep = c
			at++
			continue
		}
		break
	}
	if count < 14 || at < len(s) && (isWord(s[at]) || s[at] == '-' || s[at] == '/' || s[at] == '.' && at+1 < len(s) && s[at+1]-'0' < 10) {
		return 0
	}
	d := digits[:count]
	if !issued(d) || !grouped(groups[:group+1]) || !luhn(d) || testCard(d) {
		return 0
	}
	if !near(s, i, at, []string{"card", "visa", "mastercard", "amex", "cvv", "cvc", "信用卡", "卡號", "卡号", "刷卡", "カード"}) {
		return 0
	}
	return at - i
}

// issued reports whether a number lies in a range of a known issuer, with a
// length that the issuer uses.
func issued(d []byte) bool {
	n := 0
	for _, c := range d[:6] {
		n = n*10 + int(c)
	}
	switch two, four, l := n/10000, n/100, len(d); {
	case two/10 == 4: // Visa
		return l == 16 || l == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720: // Mastercard
		return l == 16
	case two == 34, two == 37: // American Express
		return l == 15
	case four == 6011, two == 65, n/1000 >= 644 && n/1000 <= 649: // Discover
		return l == 16 || l == 19
	case four >= 3528 && four <= 3589: // JCB
		return l == 16 || l == 19
	case two == 62: // UnionPay
		return l >= 16
	case two == 36, two == 38, n/1000 >= 300 && n/1000 <= 305: // Diners
		return l == 14
	}
	return false
}

// grouped reports whether digits stand as on a card: in one, or in its groups.
func grouped(groups []int) bool {
	for _, g := range [][]int{{4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}, {4, 4, 4, 4, 3}, {6, 13}} {
		if slices.Equal(groups, g) {
			return true
		}
	}
	return len(groups) == 1
}

func luhn(d []byte) bool {
	sum := 0
	for i, c := range d {
		n := int(c)
		if (len(d)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// testCard reports whether a number is one that payment providers print in
// their manuals, or has too few different digits to be issued.
func testCard(d []byte) bool {
	var seen [10]bool
	distinct := 0
	var room [20]byte
	text := room[:len(d)]
	for i, c := range d {
		text[i] = c + '0'
		if !seen[c] {
			seen[c] = true
			distinct++
		}
	}
	return distinct < 5 || slices.Contains([]string{
		"378282246310005", "371449635398431", "378734493671000", "30569309025904", "38520000023237", "36227206271667",
		"6011111111111117", "6011000990139424", "6011981111111113", "3530111333300000", "3566002020360505",
		"4012888888881881", "4000056655665556", "4917610000000000", "4000002500003155", "4539578763621486",
		"5200828282828210", "5105105105105100", "2223003122003222", "5425233430109903", "4263982640269299",
		"6200000000000005", "6205500000000000004", "4532015112830366", "4716059478383070", "5399999999999999",
	}, string(text))
}

// iban reads an International Bank Account Number (ISO 13616): a known country,
// its length, and the remainder 1 by 97.
func iban(t string) int {
	if len(t) < 15 || t[1]-'A' >= 26 || t[2]-'0' >= 10 || t[3]-'0' >= 10 {
		return 0
	}
	want := ibanLength(t[:2])
	var text [34]byte
	n, at, spaces := 0, 0, 0
	for at < len(t) && n < want {
		c := t[at]
		switch {
		case c-'A' < 26 || c-'0' < 10:
			text[n] = c
			n++
		case c == ' ' && n > 0 && n%4 == 0 && t[at-1] != ' ':
			spaces++
		default:
			return 0
		}
		at++
	}
	if n < want || want == 0 || spaces > 0 && spaces != (want-1)/4 || at < len(t) && (isWord(t[at]) || t[at] == '-') {
		return 0
	}
	rest := 0
	for i := range n {
		switch c := text[(i+4)%n]; {
		case c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	if rest != 1 || sortsOf(string(text[4:n])).distinct < 5 || manualIBAN(string(text[:n])) {
		return 0
	}
	return at
}

// manualIBAN reports whether a number is one that manuals print.
func manualIBAN(s string) bool {
	for _, known := range []string{
		"GB82WEST", "GB29NWBK60161331926819", "GB33BUKB20201555555555", "DE89370400440532013000", "DE91100000000123456789",
		"FR1420041010050500013M02606", "FR7630006000011234567890189", "NL91ABNA0417164300", "ES9121000418450200051332",
		"ES7921000813610123456789", "IT60X0542811101000000123456", "BE68539007547034", "BE71096123456769", "CH9300762011623852957",
		"AT611904300234573201", "PL61109010140000071219812874", "SE4550000000058398257466", "NO9386011117947", "DK5000400440116243",
		"IE29AIBK93115212345678", "PT50000201231234567890154", "FI2112345600000785", "LU280019400644750000", "CZ6508000000192000145399",
	} {
		if strings.HasPrefix(s, known) {
			return true
		}
	}
	return false
}

// ibanLength is how long a country's numbers are (SWIFT's IBAN registry), 0 for
// others.
func ibanLength(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "FO", "GL", "NL":
		return 18
	case "MK", "SI":
		return 19
	case "AT", "BA", "EE", "KZ", "LT", "LU", "XK":
		return 20
	case "CH", "HR", "LI", "LV":
		return 21
	case "BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA":
		return 22
	case "AE", "GI", "IL", "IQ":
		return 23
	case "AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG":
		return 24
	case "PT":
		return 25
	case "IS", "TR":
		return 26
	case "FR", "GR", "IT", "MC", "MR", "SM":
		return 27
	case "AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "PL", "SV":
		return 28
	case "BR", "EG", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	}
	return 0
}

// taiwanID reads a national or resident number of Taiwan: a letter, 1 or 2 (8
// or 9, A to D for residents), eight digits, the last of which checks the rest.
// One in ten part numbers passes that too, so a word near it must speak of it.
func taiwanID(s string, i int) int {
	t := s[i:]
	if len(t) < 10 || len(t) > 10 && (isWord(t[10]) || t[10] == '-') || i > 0 && strings.IndexByte("./#", s[i-1]) >= 0 {
		return 0
	}
	const order = "ABCDEFGHJKLMNPQRSTUVXYWZIO" // stands for 10 to 35
	first := strings.IndexByte(order, t[0]) + 10
	second := 0
	switch c := t[1]; c {
	case '1', '2', '8', '9':
		second = int(c - '0')
	case 'A', 'B', 'C', 'D':
		second = strings.IndexByte(order, c) % 10
	default:
		return 0
	}
	sum := first/10 + first%10*9 + second*8
	for j := 2; j < 10; j++ {
		if t[j]-'0' >= 10 {
			return 0
		}
		sum += int(t[j]-'0') * max(1, 9-j)
	}
	if sum%10 != 0 || t[1:10] == "123456789" || sortsOf(t[2:10]).distinct < 3 {
		return 0
	}
	if !near(s, i, i+10, []string{"身分證", "身份證", "身分字號", "證號", "居留證", "證件", "national id", "identity", "id card", "統一編號", "arc no"}) {
		return 0
	}
	return 10
}

// near reports whether one of the words, in small letters, stands within 64
// bytes before s[from:to] or 32 after it.
func near(s string, from, to int, words []string) bool {
	var room [128]byte
	around := append(room[:0], s[max(0, from-64):from]...)
	around = append(around, 0)
	around = append(around, s[to:min(len(s), to+32)]...)
	for i, c := range around {
		if c-'A' < 26 {
			around[i] = c | 0x20
		}
	}
	for _, w := range words {
		if bytes.Contains(around, []byte(w)) {
			return true
		}
	}
	return false
}
