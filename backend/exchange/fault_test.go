package exchange

import "testing"

// TestFaultOf: every way in which an exchange can fail has its code, and a good one
// has none.
func TestFaultOf(t *testing.T) {
	for name, c := range map[string]struct {
		e    Exchange
		own  bool
		want Fault
	}{
		"good":                   {Exchange{State: OK, API: OllamaChat, Method: "POST", HTTPStatus: 200, ResponseBytes: 9}, false, FaultNone},
		"good, and no dialect's": {Exchange{State: OK, Method: "POST", HTTPStatus: 200}, false, FaultNone},
		"no byte":                {Exchange{State: OK, API: OllamaChat, Method: "POST", HTTPStatus: 200}, false, FaultNothing},
		"no byte was kept":       {Exchange{State: OK, API: OllamaChat, Method: "POST", HTTPStatus: 200, Partial: true}, false, FaultNone},
		"asked for a header":     {Exchange{State: OK, API: OllamaChat, Method: "HEAD", HTTPStatus: 200}, false, FaultNone},
		"no JSON":                {Exchange{State: OK, API: OllamaChat, Method: "POST", HTTPStatus: 200, ResponseBytes: 9, Notes: []Note{NoteUsageAsked, NoteUnreadable}}, false, FaultUnreadable},
		"name":                   {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a can't be found by name: check`}, true, FaultNoName},
		"silent":                 {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a does not answer: check`}, true, FaultSilent},
		"closed":                 {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a refused the connection: check`}, true, FaultNotListening},
		"no way":                 {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a can't be reached through the outgoing proxy: check`}, true, FaultNoWay},
		"refused on the way":     {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a was not asked, for the outgoing proxy refused: check`}, true, FaultBarred},
		"beyond the way":         {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a can't be reached by the outgoing proxy: check`}, true, FaultBeyond},
		"broke before":           {Exchange{State: Failed, HTTPStatus: 502, Error: `Gumshoe: the upstream "a" at http://a broke off before it answered`}, true, FaultNoReply},
		"the client's body":      {Exchange{State: Failed, HTTPStatus: 400, Error: "Gumshoe could not read the request body to its end"}, true, FaultBadBody},
		"the header is lost":     {Exchange{State: Failed, Partial: true, Error: `Gumshoe: the upstream "a" at http://a refused the connection: check`}, false, FaultNotListening},
		"an upstream's words":    {Exchange{State: Failed, HTTPStatus: 500, Error: "the database refused the connection"}, false, FaultUpstream},
		"400":                    {Exchange{State: Failed, HTTPStatus: 400}, false, FaultRefused},
		"401":                    {Exchange{State: Failed, HTTPStatus: 401}, false, FaultKey},
		"403":                    {Exchange{State: Failed, HTTPStatus: 403}, false, FaultKey},
		"404":                    {Exchange{State: Failed, HTTPStatus: 404}, false, FaultNotFound},
		"407":                    {Exchange{State: Failed, HTTPStatus: 407}, false, FaultBarred},
		"429":                    {Exchange{State: Failed, HTTPStatus: 429}, false, FaultTooMany},
		"503":                    {Exchange{State: Failed, HTTPStatus: 503}, false, FaultUpstream},
		"in the stream":          {Exchange{State: Failed, HTTPStatus: 200}, false, FaultInReply},
		"broken":                 {Exchange{State: Broken, HTTPStatus: 200}, false, FaultBroken},
		"left":                   {Exchange{State: Cancelled, Error: "the client left"}, false, FaultLeft},
		"stopped":                {Exchange{State: Cancelled, Error: "stopped in Gumshoe"}, false, FaultStopped},
		"interrupted":            {Exchange{State: Interrupted}, false, FaultInterrupted},
	} {
		if got := FaultOf(&c.e, c.own); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
