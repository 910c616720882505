//go:build desktop || dev || bindings

package main

import (
	"html/template"
	"net/http"

	"github.com/wailsapp/wails/v2"
	wailsopt "github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

// problemPage is the whole page of the window that says what went wrong.
const problemPage = `<!doctype html><html><head><meta charset="utf-8"><title>{{.Heading}}</title><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem}h1{font-size:1.2rem}
p{overflow-wrap:anywhere;user-select:text;-webkit-user-select:text}button{font:inherit;padding:.4rem 1.2rem}
</style></head><body role="alertdialog" aria-labelledby="h" aria-describedby="p"><h1 id="h">{{.Heading}}</h1><p id="p">{{.Text}}</p>
<button autofocus onclick="window.runtime.Quit()">{{.Button}}</button></body></html>`

// showProblem tells a person who started Gumshoe by a double click, and so sees
// no standard error, why it did not start. It returns when the window is closed.
func showProblem(text, language string) {
	title, heading, button := problemWords(language)
	page := template.Must(template.New("problem").Parse(problemPage))
	_ = wails.Run(&wailsopt.App{ // where no window opens there is nowhere left to say so
		Title: title, Width: 560, Height: 260,
		AssetServer: &assetserver.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_ = page.Execute(w, map[string]string{"Heading": heading, "Text": text, "Button": button})
		})},
		Linux: &linux.Options{ProgramName: "gumshoe", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
}
