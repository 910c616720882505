package recorder

import (
	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
)

// contents says what a request held and its reply did.
func contents(out decode.Output) []exchange.Content {
	found := map[exchange.Content]bool{exchange.HasTools: len(out.Request.Tools) > 0}
	for i, list := range [2][]exchange.Message{out.Request.Messages, out.Reply.Messages} {
		for _, m := range list {
			if m.Role == "system" || m.Role == "developer" {
				found[exchange.HasSystem] = true
			}
			if i == 1 && len(m.ToolCalls) > 0 {
				found[exchange.HasToolCalls] = true
			}
			for _, p := range m.Parts {
				switch {
				case p.Type == exchange.PartImage:
					found[exchange.HasImages] = true
				case p.Type == exchange.PartAudio:
					found[exchange.HasAudio] = true
				case p.Type == exchange.PartReasoning && i == 1:
					found[exchange.HasReasoning] = true
				}
			}
		}
	}
	var list []exchange.Content
	for _, c := range []exchange.Content{exchange.HasTools, exchange.HasToolCalls, exchange.HasImages, exchange.HasAudio, exchange.HasSystem, exchange.HasReasoning} {
		if found[c] {
			list = append(list, c)
		}
	}
	return list
}
