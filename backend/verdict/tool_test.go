package verdict

import (
	"encoding/json"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

// weather is the tool of [03-tool-nostream].
func weather() []exchange.Tool {
	return []exchange.Tool{{Name: "get_current_weather", Schema: []byte(`{"type": "object", "properties": {"city": {"type": "string"},
		"days": {"type":"integer"}, "unit": {"enum":["C","F"]}, "place": {"$ref":"#/$defs/place"}, "tags": {"type":"array","items":{"type":"string"}},
		"when": {"anyOf":[{"type":"string"},{"type":"null"}]}}, "required": ["city"], "additionalProperties": false,
		"$defs":{"place":{"type":"object","properties":{"lat":{"type":"number"}},"required":["lat"]}}}`)}}
}

// answer is a whole reply with the tool offered.
func answer(text string, calls ...exchange.ToolCall) Facts {
	return ollama(func(in *Facts) {
		in.Tools, in.Row.Finish = weather(), "stop"
		in.Reply = say("assistant", text)
		in.Reply[0].ToolCalls = calls
	})
}

func call(args string) Facts {
	return answer("", exchange.ToolCall{ID: "call_x527s2ds", Name: "get_current_weather", Arguments: args})
}

func with(in Facts, change ...func(*Facts)) Facts {
	for _, c := range change {
		c(&in)
	}
	return in
}

func TestToolInText(t *testing.T) {
	const object = `{"name": "get_current_weather", "arguments": {"city": "Oslo"}}`
	table(t, exchange.VerdictToolInText, []check{
		{"the whole answer", nil, answer(object), exchange.Likely, nil},
		{"Llama's words", nil, answer(`{"name": "get_current_weather", "parameters": {"city": "Oslo"}}`), exchange.Likely, nil},
		{"OpenAI's form", nil, answer(`[{"id":"1","type":"function","function":{"name":"get_current_weather","arguments":"{\"city\":\"Oslo\"}"}}]`), exchange.Likely, nil},
		{"in a block", nil, answer("```json\n" + object + "\n```"), exchange.Likely, nil},
		{"with its mark", nil, answer("Let me see.\n<tool_call>\n" + object + "\n</tool_call>"), exchange.Certain, nil},
		{"Mistral's mark", nil, answer("[TOOL_CALLS][" + object + "]"), exchange.Certain, nil},
		{"after a sentence", nil, answer("I will look it up.\n\n" + object), exchange.Likely, nil},
		{"several lines", nil, answer(object + "\n" + object), exchange.Likely, nil},
		{"<function=…>", nil, answer(`<function=get_current_weather>{"city":"Oslo"}</function>`), exchange.Certain, nil},

		{"false: a real call [03-tool-nostream]", nil, call(`{"city":"Porto"}`), "", nil},
		{"false: no tools were offered", nil, with(answer(object), func(in *Facts) { in.Tools = nil }), "", nil},
		{"false: another name", nil, answer(`{"name": "Oslo", "arguments": {"city": "Oslo"}}`), "", nil},
		{"false: an explanation with an example", nil, answer("You would call it like this:\n```json\n" + object + "\n```\nThen read the result."), "", nil},
		{"false: an example at the end", nil, answer("Call `get_current_weather` like this:\n" + object), "", nil},
		{"false: inline", nil, answer("The call " + object + " would do."), "", nil},
		{"false: a definition, no call", nil, answer(`{"name": "get_current_weather", "description": "weather", "parameters": "city"`), "", nil},
		{"false: JSON was asked for", nil, with(answer(object), param("format", `"json"`)), "", nil},
		{"false: tools were forbidden", nil, with(answer(object), param("tool_choice", `"none"`)), "", nil},
		{"false: cut off", nil, with(answer(object[:40]), func(in *Facts) { in.Row.Finish = "length" }), "", nil},
		{"false: the client left", nil, with(answer(object), state(exchange.Cancelled, 200)), "", nil},
		{"false: the mark is quoted", nil, answer("Models write `<tool_call>" + object + "</tool_call>` for it."), "", nil},
		{"false: data", nil, answer(`{"city": "Oslo", "temperature": 3}`), "", nil},
		{"false: too much for a call", nil, answer(strings.Repeat("[", 100_000) + "{"), "", nil},
	})
}

func TestUnknownTool(t *testing.T) {
	named := func(name string) Facts { return answer("", exchange.ToolCall{Name: name, Arguments: "{}"}) }
	table(t, exchange.VerdictUnknownTool, []check{
		{"made up", nil, named("search_web"), exchange.Certain, numbers(map[string]int64{"offered": 1})},
		{"misspelt", nil, named("getCurrentWeather"), exchange.Certain, func(v exchange.Verdict) string {
			if v.Words["nearest"] != "get_current_weather" {
				return "does not say which was meant"
			}
			return ""
		}},
		{"with a prefix", nil, named("functions.get_current_weather"), exchange.Certain, nil},
		{"false: offered [03-tool-nostream]", nil, call(`{"city":"Porto"}`), "", nil},
		{"false: no tools offered", nil, with(named("x"), func(in *Facts) { in.Tools = nil }), "", nil},
		{"false: the provider has its own", nil, with(named("web_search_20250305"), func(in *Facts) { in.Tools = append(in.Tools, exchange.Tool{Name: "web_search"}) }), "", nil},
		{"false: the name is not there yet", nil, named(""), "", nil},
		{"false: broken off", nil, with(named("get_cur"), state(exchange.Broken, 200)), "", nil},
		{"false: the reply could not be read", nil, with(named("x"), func(in *Facts) { in.Row.Notes = []exchange.Note{exchange.NoteUnreadable} }), "", nil},
		{"false: a part is missing", nil, with(named("x"), func(in *Facts) { in.Unread = true }), "", nil},
		{"false: no call", nil, answer("It is cold."), "", nil},
	})
}

func TestToolArguments(t *testing.T) {
	says := func(path, why string) func(exchange.Verdict) string {
		return func(v exchange.Verdict) string {
			if v.Words["path"] != path || v.Words["why"] != why {
				return "wants " + path + " " + why
			}
			return ""
		}
	}
	table(t, exchange.VerdictToolArguments, []check{
		{"a field is missing", nil, call(`{"days":3}`), exchange.Certain, says("city", "missing")},
		{"no JSON", nil, call(`city=Oslo`), exchange.Certain, says("", "not_json")},
		{"cut off", nil, with(call(`{"city":"Os`), func(in *Facts) { in.Row.Finish = "length" }), exchange.Certain, says("", "cut")},
		{"a list for a text", nil, call(`{"city":["Oslo"]}`), exchange.Certain, says("city", "type")},
		{"half a day", nil, call(`{"city":"Oslo","days":1.5}`), exchange.Certain, says("days", "type")},
		{"a text for a number", nil, call(`{"city":"Oslo","days":"3"}`), exchange.Likely, says("days", "type")},
		{"not in the list", nil, call(`{"city":"Oslo","unit":"K"}`), exchange.Certain, says("unit", "enum")},
		{"one that is not there", nil, call(`{"city":"Oslo","street":"x"}`), exchange.Likely, says("street", "extra")},
		{"through a reference", nil, call(`{"city":"Oslo","place":{"lon":1}}`), exchange.Certain, says("place.lat", "missing")},
		{"in a list", nil, call(`{"city":"Oslo","tags":["a",{}]}`), exchange.Certain, says("tags[1]", "type")},
		{"JSON in a string", nil, call(`"{\"city\":\"Oslo\"}"`), exchange.Likely, says("", "type")},
		{"neither", nil, call(`{"city":"Oslo","when":7}`), exchange.Likely, says("when", "type")},

		{"false: [03-tool-nostream]", nil, call(`{"city":"Porto"}`), "", nil},
		{"false: 3.0 is an integer", nil, call(`{"city":"Oslo","days":3.0}`), "", nil},
		{"false: null for what need not be", nil, call(`{"city":"Oslo","days":null,"unit":null}`), "", nil},
		{"false: one of anyOf", nil, call(`{"city":"Oslo","when":null}`), "", nil},
		{"false: everything", nil, call(`{"city":"Oslo","days":2,"unit":"C","place":{"lat":59,"lon":10},"tags":[],"when":"now"}`), "", nil},
		{"false: nothing is needed", nil, with(call(``), func(in *Facts) { in.Tools[0].Schema = []byte(`{"type":"object","properties":{}}`) }), "", nil},
		{"false: OpenAPI's words", nil, with(call(`{"city":"Oslo","days":null}`), func(in *Facts) {
			in.Tools[0].Schema = []byte(`{"type":"OBJECT","properties":{"city":{"type":"STRING"},"days":{"type":"INTEGER","nullable":true}},"required":["city","days"]}`)
		}), "", nil},
		{"false: words that are not known", nil, with(call(`{"a":"b"}`), func(in *Facts) {
			in.Tools[0].Schema = []byte(`{"type":"object","properties":{"a":{"type":"date","format":"x","pattern":"^z"}},"if":{},"then":{"required":["q"]}}`)
		}), "", nil},
		{"false: a reference to elsewhere", nil, with(call(`{"a":"b"}`), func(in *Facts) {
			in.Tools[0].Schema = []byte(`{"properties":{"a":{"$ref":"https://example.org/x"}}}`)
		}), "", nil},
		{"false: properties from allOf", nil, with(call(`{"a":"b"}`), func(in *Facts) {
			in.Tools[0].Schema = []byte(`{"additionalProperties":false,"allOf":[{"properties":{"a":{"type":"string"}}}]}`)
		}), "", nil},
		{"false: a broken schema", nil, with(call(`{"a":"b"}`), func(in *Facts) { in.Tools[0].Schema = []byte(`{"type"`) }), "", nil},
		{"false: a tool with free text", nil, with(call(`*** Begin Patch`), func(in *Facts) { in.Tools[0].Schema = nil }), "", nil},
		{"false: the client left in the middle", nil, with(call(`{"ci`), state(exchange.Cancelled, 200)), "", nil},
	})
}

func TestSchemaReferencesEnd(t *testing.T) {
	for _, schema := range []string{
		`{"$ref":"#"}`, `{"$ref":"#/a","a":{"$ref":"#/b"},"b":{"$ref":"#/a"}}`,
		`{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}`, `{"allOf":[{"$ref":"#"},{"$ref":"#"}],"properties":{"a":{"$ref":"#"}}}`,
	} {
		if _, why, _ := fits([]byte(schema), []byte(`{"a":{"a":{}}}`)); why != "" {
			t.Errorf("%s: %s", schema, why)
		}
	}
}

func TestEmptyAnswer(t *testing.T) {
	empty := func(change ...func(*Facts)) Facts {
		return ollama(append([]func(*Facts){tokens(31, 30, 40), func(in *Facts) { in.Reply, in.Row.Finish = say("assistant", " \n"), "stop" }}, change...)...)
	}
	add := func(p exchange.Part) func(*Facts) {
		return func(in *Facts) { in.Reply[0].Parts = append(in.Reply[0].Parts, p) }
	}
	why := func(want string) func(exchange.Verdict) string {
		return func(v exchange.Verdict) string {
			if v.Words["why"] != want {
				return "wants " + want
			}
			return ""
		}
	}
	table(t, exchange.VerdictEmptyAnswer, []check{
		{"[03-think-nostream] all spent on thinking", nil, empty(add(exchange.Part{Type: exchange.PartReasoning, Text: "hm"}), func(in *Facts) { in.Row.Finish = "length" }), exchange.Certain, why("length")},
		{"thought, then said nothing", nil, empty(add(exchange.Part{Type: exchange.PartReasoning, Text: "hm"})), exchange.Certain, why("reasoning")},
		{"filtered", nil, empty(func(in *Facts) { in.Row.Finish = "content_filter" }), exchange.Certain, why("filter")},
		{"no reason", nil, empty(), exchange.Certain, numbers(map[string]int64{"output": 40})},
		{"false: text", nil, ollama(), "", nil},
		{"false: a call [03-tool-nostream]", nil, call(`{"city":"Porto"}`), "", nil},
		{"false: a few tokens after a tool's result", nil, empty(tokens(31, 30, 3)), "", nil},
		{"false: a refusal", nil, empty(add(exchange.Part{Type: exchange.PartRefusal, Text: "no"})), "", nil},
		{"false: an image", nil, empty(add(exchange.Part{Type: exchange.PartImage, Data: "iVBOR"})), "", nil},
		{"false: audio beside it", nil, empty(func(in *Facts) { in.Reply[0].Extra = map[string]json.RawMessage{"audio": json.RawMessage(`{}`)} }), "", nil},
		{"false: embeddings", nil, empty(api(exchange.OllamaEmbed)), "", nil},
		{"false: the model was loaded", nil, empty(func(in *Facts) { in.LoadOnly = true }), "", nil},
		{"false: the client left", nil, empty(state(exchange.Cancelled, 200)), "", nil},
		{"false: an error", nil, empty(state(exchange.Failed, 500)), "", nil},
		{"false: the reply could not be read", nil, empty(func(in *Facts) { in.Row.Notes = []exchange.Note{exchange.NoteTooLarge} }), "", nil},
		{"false: tokens are counted by chunks", nil, empty(func(in *Facts) { in.Row.Usage.Basis = exchange.Estimated }), "", nil},
		{"false: one of two choices speaks", nil, empty(func(in *Facts) { in.Reply = append(in.Reply, say("assistant", "yes")...) }), "", nil},
	})
}
