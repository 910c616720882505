package gemini

import "gumshoe/backend/exchange"

// usage is usageMetadata. Every chunk of a stream has it, cumulative; zeros are
// left out.
type usage struct {
	prompt, toolPrompt, candidates, thoughts, cached, total *int64
	inAudio, inImage, toolAudio, toolImage                  *int64
	outAudio, outImage                                      *int64
}

// read takes what a chunk says; counts are never added up over chunks.
func (u *usage) read(v view) {
	o := v.object()
	for _, f := range [...]struct {
		name string
		to   **int64
	}{
		{"promptTokenCount", &u.prompt}, {"toolUsePromptTokenCount", &u.toolPrompt}, {"candidatesTokenCount", &u.candidates},
		{"thoughtsTokenCount", &u.thoughts}, {"cachedContentTokenCount", &u.cached}, {"totalTokenCount", &u.total},
	} {
		if n := o.get(f.name).number(); n != nil {
			*f.to = n
		}
	}
	modalities(o.get("promptTokensDetails"), &u.inAudio, &u.inImage)
	modalities(o.get("toolUsePromptTokensDetails"), &u.toolAudio, &u.toolImage)
	modalities(o.get("candidatesTokensDetails"), &u.outAudio, &u.outImage)
}

// modalities reads [{"modality":"AUDIO","tokenCount":3} …].
func modalities(list view, audio, image **int64) {
	if !list.says() {
		return
	}
	*audio, *image = nil, nil
	list.each(func(v view) {
		o := v.object()
		n := o.get("tokenCount").number()
		switch o.get("modality").str() {
		case "AUDIO":
			*audio = sum(*audio, n)
		case "IMAGE":
			*image = sum(*image, n)
		}
	})
}

// sum adds the counts that are known; nil where none is.
func sum(list ...*int64) *int64 {
	var out *int64
	for _, n := range list {
		if n == nil {
			continue
		}
		if out == nil {
			out = exchange.Int64(0)
		}
		*out += *n
	}
	return out
}

// figures are the tokens in the domain's sense. ended says that the answer is
// whole: only then does a count that is left out mean 0, and the total shows it.
func (u usage) figures(ended bool) exchange.Usage {
	out := exchange.Usage{
		Cached: u.cached, Reasoning: u.thoughts,
		InputAudio: sum(u.inAudio, u.toolAudio), InputImage: sum(u.inImage, u.toolImage),
		OutputAudio: u.outAudio, OutputImage: u.outImage,
		Output: sum(u.candidates, u.thoughts),
	}
	if u.prompt != nil && *u.prompt > 0 { // no prompt has no tokens
		out.Input = sum(u.prompt, u.toolPrompt)
	}
	if out.Input == nil && out.Output != nil && *out.Output == 0 {
		out.Output = nil // a server that does not know
	}
	if out.Output == nil && ended && out.Input != nil && u.total != nil && *u.total >= *out.Input {
		out.Output = exchange.Int64(*u.total - *out.Input)
	}
	if out.Input != nil || out.Output != nil {
		out.Basis = exchange.Reported
	}
	return out
}
