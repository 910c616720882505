//go:build desktop || dev || bindings

package main

import "strings"

// words is the text of the native dialog that the page can't show, because the
// page is going away.
type words struct{ title, message string }

// problemWords are the title and the heading of the window that says why
// Gumshoe could not start, and its button.
func problemWords(language string) (title, heading, button string) {
	if strings.HasPrefix(strings.ToLower(language), "zh") {
		return "Gumshoe", "Gumshoe 無法啟動", "關閉"
	}
	return "Gumshoe", "Gumshoe could not start", "Close"
}

// closeWords asks, in the language of the UI, whether to keep recording.
func closeWords(language string) words {
	if strings.HasPrefix(strings.ToLower(language), "zh") {
		return words{
			title:   "關閉 Gumshoe",
			message: "關閉視窗後要在背景繼續記錄嗎?\n\n選「是」:代理伺服器繼續運作,再次啟動 Gumshoe 即可顯示視窗。\n選「否」:停止記錄,透過 Gumshoe 的連線會中斷。\n\n之後可以在設定中變更。",
		}
	}
	return words{
		title:   "Close Gumshoe",
		message: "Keep recording in the background after the window is closed?\n\nYes: the proxy goes on; start Gumshoe again to see the window.\nNo: recording stops, and clients that use Gumshoe lose their connection.\n\nYou can change this later in Settings.",
	}
}
