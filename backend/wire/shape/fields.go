package shape

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"
)

// maxFields is how many fields an object may have to be looked through.
const maxFields = 32

// Fields goes through an object's fields until fn says false, and reports whether
// fn took them all. An object that has a name twice, that has one with capitals
// (which encoding/json takes for another in some places), or that is none, is
// never taken.
func Fields(object gjson.Result, fn func(name string, v gjson.Result) bool) bool {
	if !object.IsObject() {
		return false
	}
	var seen [maxFields]string
	n, fit := 0, true
	object.ForEach(func(k, v gjson.Result) bool {
		name := k.Str
		fit = fit && name == strings.ToLower(name)
		for _, s := range seen[:n] {
			fit = fit && s != name
		}
		if fit = fit && n < maxFields; fit {
			seen[n] = name
			n++
			fit = fn(name, v)
		}
		return fit
	})
	return fit
}

// At is where a string stands in an event, the zero Span where v is none or its
// place is not certain.
func At(event []byte, v gjson.Result) Span {
	end := v.Index + len(v.Raw)
	if v.Index <= 0 || v.Type != gjson.String || end > len(event) || !bytes.Equal(event[v.Index:end], []byte(v.Raw)) {
		return Span{}
	}
	return Span{From: v.Index, To: end}
}
