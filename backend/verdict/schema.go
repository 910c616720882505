package verdict

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxSteps bounds how many values are held against schemas, maxDepth how
	// deep; what lies beyond counts as fitting.
	maxSteps, maxDepth = 20_000, 40
)

// misfit is where and why a value does not fit; why "" says that it does. soft
// marks what many clients put right by themselves ("5" for 5).
type misfit struct {
	path, why string
	soft      bool
}

// checker holds a value against a JSON Schema: type, required, properties,
// additionalProperties, items, enum, const, anyOf, oneOf, allOf and references
// into itself, in JSON Schema's words or in OpenAPI's (nullable, "STRING").
// Every other word is taken as kept: a tool's schema is a wish, and a verdict
// must be right.
type checker struct {
	root  any
	steps int
}

// fits checks a call's arguments, which are valid JSON. path is "a.b[0].c".
func fits(schema json.RawMessage, args []byte) (path, why string, soft bool) {
	var c checker
	var value any
	if json.Unmarshal(schema, &c.root) != nil || json.Unmarshal(args, &value) != nil {
		return "", "", false
	}
	if s, ok := value.(string); ok && json.Valid([]byte(s)) { // JSON in a string
		return "", "type", true
	}
	if _, ok := value.(map[string]any); !ok {
		return "", "type", false // a tool's arguments are always named
	}
	m := c.check(c.root, value, "", 0)
	return m.path, m.why, m.soft
}

func (c *checker) check(schema, value any, path string, depth int) misfit {
	s, ok := schema.(map[string]any)
	if c.steps++; !ok || c.steps > maxSteps || depth > maxDepth {
		return misfit{}
	}
	if ref, ok := s["$ref"].(string); ok {
		if m := c.check(c.resolve(ref), value, path, depth+1); m.why != "" {
			return m
		}
	}
	if value == nil && s["nullable"] == true {
		return misfit{}
	}
	if m := checkType(s["type"], value, path); m.why != "" {
		return m
	}
	if m := checkEnum(s, value, path); m.why != "" {
		return m
	}
	if m := c.combined(s, value, path, depth); m.why != "" {
		return m
	}
	switch v := value.(type) {
	case map[string]any:
		return c.object(s, v, path, depth)
	case []any:
		for i, x := range v {
			if m := c.check(s["items"], x, path+"["+strconv.Itoa(i)+"]", depth+1); m.why != "" {
				return m
			}
		}
	}
	return misfit{}
}

// combined checks allOf, anyOf and oneOf; of the last, one that fits is enough.
func (c *checker) combined(s map[string]any, value any, path string, depth int) misfit {
	all, _ := s["allOf"].([]any)
	for _, x := range all {
		if m := c.check(x, value, path, depth+1); m.why != "" {
			return m
		}
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		list, _ := s[word].([]any)
		var worst misfit
		for _, x := range list {
			m := c.check(x, value, path, depth+1)
			if m.why == "" {
				worst = m
				break
			}
			m.soft = m.soft || worst.soft
			if worst.why == "" || len(m.path) > len(worst.path) {
				worst = m // the deepest tells the most
			}
		}
		if worst.why != "" {
			return worst
		}
	}
	return misfit{}
}

func (c *checker) object(s, v map[string]any, path string, depth int) misfit {
	props, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, r := range required {
		name, ok := r.(string)
		if _, there := v[name]; ok && !there {
			p, _ := props[name].(map[string]any)
			_, filled := p["default"]
			return misfit{join(path, name), "missing", filled}
		}
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	var extra misfit
	for _, name := range names {
		p, known := props[name]
		if !known {
			switch more := s["additionalProperties"].(type) {
			case bool:
				if !more && extra.why == "" && s["patternProperties"] == nil && s["allOf"] == nil && s["anyOf"] == nil && s["oneOf"] == nil && s["$ref"] == nil {
					extra = misfit{join(path, name), "extra", true}
				}
			case map[string]any:
				if m := c.check(more, v[name], join(path, name), depth+1); m.why != "" && s["patternProperties"] == nil {
					return m
				}
			}
			continue
		}
		if v[name] == nil && !slices.Contains(required, any(name)) {
			continue // how models leave out what they need not say
		}
		if m := c.check(p, v[name], join(path, name), depth+1); m.why != "" {
			return m
		}
	}
	return extra
}

// resolve follows a reference into the schema itself; nil where it leads
// elsewhere.
func (c *checker) resolve(ref string) any {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	at := c.root
	for _, name := range strings.Split(strings.TrimPrefix(rest, "/"), "/") {
		if rest == "" {
			break
		}
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return at
}

func checkType(want, value any, path string) misfit {
	var names []string
	switch t := want.(type) {
	case string:
		names = []string{t}
	case []any:
		for _, x := range t {
			s, ok := x.(string)
			if !ok {
				return misfit{}
			}
			names = append(names, s)
		}
	}
	if len(names) == 0 {
		return misfit{}
	}
	soft := false
	for _, name := range names {
		fit, near := isType(strings.ToLower(name), value)
		if fit {
			return misfit{}
		}
		soft = soft || near
	}
	return misfit{path, "type", soft}
}

// isType reports whether value is of a type, and whether clients commonly read
// it as one.
func isType(name string, value any) (fit, near bool) {
	text, isText := value.(string)
	switch name {
	case "object":
		_, fit = value.(map[string]any)
		return fit, isText && json.Valid([]byte(text))
	case "array":
		_, fit = value.([]any)
		return fit, isText && json.Valid([]byte(text))
	case "string":
		switch value.(type) {
		case float64, bool, nil:
			return false, true
		}
		return isText, false
	case "integer", "number":
		f, ok := value.(float64)
		_, err := strconv.ParseFloat(text, 64)
		return ok && (name == "number" || f == math.Trunc(f)), isText && err == nil
	case "boolean":
		_, fit = value.(bool)
		_, err := strconv.ParseBool(strings.ToLower(text))
		return fit, isText && err == nil
	case "null":
		return value == nil, false
	}
	return true, false // a word that is not known
}

func checkEnum(s map[string]any, value any, path string) misfit {
	list, ok := s["enum"].([]any)
	if c, has := s["const"]; has {
		list, ok = []any{c}, true
	}
	if !ok || len(list) == 0 {
		return misfit{}
	}
	soft := false
	for _, x := range list {
		if reflect.DeepEqual(x, value) {
			return misfit{}
		}
		a, isText := x.(string)
		b, too := value.(string)
		soft = soft || isText && too && strings.EqualFold(a, b) || isText != too
	}
	return misfit{path, "enum", soft}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
