package price

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// rule is a condition on a name that is in lower case already.
type rule struct {
	test func(string) bool // for one that stands alone
	all  bool              // for parts: all of them, or any
	part []rule
}

// ruleJSON is a rule as genai-prices writes it: exactly one of these.
type ruleJSON struct {
	Equals     *string    `json:"equals"`
	StartsWith *string    `json:"starts_with"`
	EndsWith   *string    `json:"ends_with"`
	Contains   *string    `json:"contains"`
	Regex      *string    `json:"regex"`
	And        []ruleJSON `json:"and"`
	Or         []ruleJSON `json:"or"`
}

// The limits of a rule from a table that is not ours.
const (
	ruleDepth, ruleParts, ruleText = 6, 200, 500
	// Compiled, a pattern can be a thousand times as large as it is written
	// (a{1000}), so its steps are counted too, 40 bytes each.
	patternText, patternSteps, maxPatterns = 300, 1500, 500
)

var errRule = errors.New("not a rule of equals, starts_with, ends_with, contains, regex, and, or")

// patterns compiles each regular expression once.
type patterns map[string]func(string) bool

func (c patterns) rule(j ruleJSON, depth int) (rule, error) {
	one := func(s *string, test func(name, text string) bool) rule {
		text := strings.ToLower(*s)
		return rule{test: func(name string) bool { return test(name, text) }}
	}
	set := 0
	for _, p := range [...]*string{j.Equals, j.StartsWith, j.EndsWith, j.Contains, j.Regex} {
		if p != nil {
			set++
			if len(*p) > ruleText {
				return rule{}, fmt.Errorf("a text of %d bytes: %w", len(*p), errRule)
			}
		}
	}
	for _, p := range [...][]ruleJSON{j.And, j.Or} {
		if p != nil {
			set++
		}
	}
	if set != 1 || depth > ruleDepth {
		return rule{}, errRule
	}
	switch {
	case j.Equals != nil:
		return one(j.Equals, func(a, b string) bool { return a == b }), nil
	case j.StartsWith != nil:
		return one(j.StartsWith, strings.HasPrefix), nil
	case j.EndsWith != nil:
		return one(j.EndsWith, strings.HasSuffix), nil
	case j.Contains != nil:
		return one(j.Contains, strings.Contains), nil
	case j.Regex != nil:
		test, err := c.compile(*j.Regex)
		return rule{test: test}, err
	}
	parts := append(j.And, j.Or...)
	if len(parts) == 0 || len(parts) > ruleParts {
		return rule{}, errRule
	}
	r := rule{all: j.And != nil, part: make([]rule, len(parts))}
	for i, p := range parts {
		var err error
		if r.part[i], err = c.rule(p, depth+1); err != nil {
			return rule{}, err
		}
	}
	return r, nil
}

// fits reports whether a name in lower case satisfies r.
func (r *rule) fits(name string) bool {
	if r.test != nil {
		return r.test(name)
	}
	for i := range r.part {
		if r.part[i].fits(name) != r.all {
			return !r.all
		}
	}
	return r.all
}

// compile turns a JavaScript regular expression into a test. Go's own have no
// lookahead; the table uses it only to exclude, at the beginning, and that is
// done by a second expression. frontend/scripts/prices.mjs stops at others.
func (c patterns) compile(js string) (func(string) bool, error) {
	if test, ok := c[js]; ok {
		return test, nil
	}
	if len(js) > patternText || len(c) >= maxPatterns {
		return nil, fmt.Errorf("pattern %d of %d bytes: %w", len(c)+1, len(js), errRule)
	}
	var not []*regexp.Regexp
	rest := js
	for strings.HasPrefix(js, "^") {
		inner, after, ok := lookahead(strings.TrimPrefix(rest, "^"))
		if !ok {
			break
		}
		re, err := bounded("^(?:" + inner + ")")
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", js, err)
		}
		not, rest = append(not, re), "^"+after
	}
	re, err := bounded(rest)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", js, err)
	}
	test := re.MatchString
	if len(not) > 0 {
		test = func(s string) bool {
			for _, n := range not {
				if n.MatchString(s) {
					return false
				}
			}
			return re.MatchString(s)
		}
	}
	c[js] = test
	return test, nil
}

// bounded compiles an expression of Go's that does not grow without measure.
func bounded(expr string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	steps, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(steps.Inst) > patternSteps {
		return nil, fmt.Errorf("%d steps: %w", len(steps.Inst), errRule)
	}
	return regexp.Compile(expr)
}

// lookahead cuts a leading (?!…) off s.
func lookahead(s string) (inner, after string, ok bool) {
	if !strings.HasPrefix(s, "(?!") {
		return "", "", false
	}
	depth, class := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return s[3:i], s[i+1:], true
			}
		}
	}
	return "", "", false
}
