// Command gen writes the TypeScript of the API's shapes from their Go structs:
//
//	go run ./backend/api/gen
//
// A test fails when the written file is stale.
package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"gumshoe/backend/api/dto"
)

// target is where the types go, from the repository's root.
const target = "frontend/src/core/dto.gen.ts"

func main() {
	if err := os.WriteFile(target, []byte(generate()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "writing the types:", err)
		os.Exit(1)
	}
}

func roots() []any {
	return []any{dto.Error{}, dto.Row{}, dto.Page{}, dto.Index{}, dto.Live{}, dto.Header{}, dto.Part{}, dto.ToolCall{}, dto.Message{},
		dto.Tool{}, dto.Chunk{}, dto.Verdict{}, dto.CostPart{}, dto.Totals{}, dto.Mark{}, dto.Related{}, dto.Detail{}, dto.Facet{}, dto.Facets{}, dto.Status{}, dto.Upstream{}, dto.UpstreamInput{},
		dto.UpstreamTest{}, dto.BaseURL{}, dto.ListenChoice{}, dto.Check{}, dto.Setup{}, dto.Identity{}, dto.IdentityInput{}, dto.WriteKey{}, dto.Prices{}, dto.PriceNames{}, dto.OwnPrice{}, dto.PriceChange{}, dto.PriceChanges{}, dto.Repriced{}, dto.Stay{}, dto.Settings{}, dto.Bucket{}, dto.Series{},
		dto.Quantiles{}, dto.Figures{}, dto.Slot{}, dto.Graph{}, dto.ContextLength{}, dto.Group{}, dto.Groups{}, dto.HourCell{}, dto.Week{}, dto.Bin{}, dto.Distribution{}, dto.WhatIf{}, dto.Budget{}, dto.Budgets{}, dto.Chat{}, dto.Chats{}, dto.ChatDetail{}, dto.Anatomy{}, dto.Earlier{}, dto.Step{}, dto.Histogram{}, dto.QueryValue{}, dto.QueryNode{}, dto.QueryError{}, dto.QueryChoice{}, dto.Query{}, dto.View{}, dto.Views{}, dto.SQLColumn{}, dto.SQLView{}, dto.SQLViews{}, dto.SQLInt{}, dto.SQLAnswer{}, dto.Throughput{}, dto.Loaded{}, dto.LoadedAll{}, dto.Deletion{}, dto.Deleted{}, dto.DeletionProgress{}, dto.ExportRequest{}, dto.ExportResult{}, dto.ExportProgress{}, dto.ExportState{}, dto.Event{}}
}

func generate() string {
	var b strings.Builder
	b.WriteString("// Made by backend/api/gen from backend/api/dto; do not edit.\n")
	for _, v := range roots() {
		t := reflect.TypeOf(v)
		fmt.Fprintf(&b, "\nexport interface %s {\n", t.Name())
		for i := range t.NumField() {
			f := t.Field(i)
			name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
			mark, ft := "", f.Type
			if opts == "omitempty" {
				mark = "?"
				if ft.Kind() == reflect.Pointer {
					ft = ft.Elem()
				}
			}
			fmt.Fprintf(&b, "  %s%s: %s;\n", name, mark, typeName(ft))
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// typeName is a Go type in TypeScript.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem()) + " | null"
	case reflect.Slice:
		return typeName(t.Elem()) + "[]"
	case reflect.Map:
		return "Record<string, " + typeName(t.Elem()) + ">"
	case reflect.Struct:
		return t.Name()
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Interface: // a cell of an unknown type
		return "(string | number | null)"
	}
	return "number"
}
