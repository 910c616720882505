package exchange

import "strings"

// Fault is a code for what became of an exchange that was not answered well; the UI
// owns the words, and says what to do.
type Fault string

// The faults.
const (
	FaultNone         Fault = ""
	FaultNoName       Fault = "no_name"         // the upstream's name can't be found
	FaultSilent       Fault = "silent"          // the upstream's address does not answer
	FaultNotListening Fault = "not_listening"   // nothing listens there
	FaultNoWay        Fault = "no_way"          // the outgoing proxy does not lead there
	FaultBarred       Fault = "proxy_refused"   // the outgoing proxy refuses
	FaultBeyond       Fault = "proxy_beyond"    // the outgoing proxy can't reach the upstream
	FaultNoReply      Fault = "no_reply"        // it took the request and gave no reply in HTTP
	FaultBadBody      Fault = "bad_body"        // the client's request broke off
	FaultRefused      Fault = "refused"         // the upstream does not take the request
	FaultKey          Fault = "key"             // nor the key
	FaultNotFound     Fault = "not_found"       // no such model, or no such path
	FaultTooMany      Fault = "too_many"        // too many requests
	FaultUpstream     Fault = "upstream_failed" // the upstream failed by its own word
	FaultInReply      Fault = "in_reply"        // a reply of status 200 says that it failed
	FaultBroken       Fault = "broken"          // the reply broke off
	FaultLeft         Fault = "left"            // the client left
	FaultStopped      Fault = "stopped"         // a person stopped it in Gumshoe
	FaultInterrupted  Fault = "interrupted"     // Gumshoe ended
	FaultUnreadable   Fault = "unreadable"      // a whole reply that could not be parsed
	FaultNothing      Fault = "nothing"         // a whole reply without a byte
)

// What Gumshoe itself says where an exchange fails. FaultOf knows it by these.
const (
	SaidNoName       = "can't be found by name"
	SaidSilent       = "does not answer"
	SaidNotListening = "refused the connection"
	SaidNoWay        = "can't be reached through the outgoing proxy"
	SaidBarred       = "was not asked, for the outgoing proxy refused"
	SaidBeyond       = "can't be reached by the outgoing proxy"
	SaidBadBody      = "could not read the request body to its end"
	SaidStopped      = "stopped in Gumshoe"
)

// FaultOf says what went wrong with an exchange; own says that the reply's header is
// Gumshoe's and not the upstream's.
func FaultOf(e *Exchange, own bool) Fault {
	switch e.State {
	case Failed:
		if own || e.HTTPStatus == 0 { // its header could not be kept
			return ownFault(e.Error)
		}
		return statusFault(e.HTTPStatus)
	case Broken:
		return FaultBroken
	case Cancelled:
		if e.Error == SaidStopped {
			return FaultStopped
		}
		return FaultLeft
	case Interrupted:
		return FaultInterrupted
	case OK:
		for _, n := range e.Notes {
			if n == NoteUnreadable {
				return FaultUnreadable
			}
		}
		if e.API != "" && e.Method == "POST" && e.HTTPStatus == 200 && e.ResponseBytes == 0 && !e.Partial {
			return FaultNothing
		}
	}
	return FaultNone
}

func ownFault(said string) Fault {
	for _, f := range []struct {
		part  string
		fault Fault
	}{{SaidNoWay, FaultNoWay}, {SaidBarred, FaultBarred}, {SaidBeyond, FaultBeyond}, {SaidNoName, FaultNoName}, {SaidSilent, FaultSilent}, {SaidNotListening, FaultNotListening}, {SaidBadBody, FaultBadBody}} {
		if strings.Contains(said, f.part) {
			return f.fault
		}
	}
	return FaultNoReply
}

func statusFault(status int) Fault {
	switch {
	case status == 401 || status == 403:
		return FaultKey
	case status == 407: // of a proxy on the way, and of no upstream
		return FaultBarred
	case status == 404:
		return FaultNotFound
	case status == 429:
		return FaultTooMany
	case status >= 500:
		return FaultUpstream
	case status >= 400:
		return FaultRefused
	}
	return FaultInReply
}
