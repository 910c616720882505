package tokens

import (
	"runtime"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

const prose = "The detective followed the trail through the fog, counting 42 steps; \"nobody\", she wrote, {\"seen\": false}.\n"

func bench(b *testing.B, s string) {
	e := New()
	e.Text("load")
	messages := []exchange.Message{{Role: "user", Parts: []exchange.Part{{Type: exchange.PartText, Text: s}}}}
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		e.Request("m", messages, nil)
	}
}

func BenchmarkQuestion(b *testing.B) { bench(b, prose) }
func BenchmarkWhole(b *testing.B)    { bench(b, strings.Repeat(prose, maxWhole/len(prose))) }
func BenchmarkOneMB(b *testing.B)    { bench(b, strings.Repeat(prose, 1<<20/len(prose))) }
func BenchmarkTenMB(b *testing.B)    { bench(b, strings.Repeat(prose, 10<<20/len(prose))) }
func BenchmarkChinese(b *testing.B) {
	bench(b, strings.Repeat("偵探在霧中跟隨足跡，數著每一步。", 1<<15))
}
func BenchmarkUnbroken(b *testing.B) { bench(b, strings.Repeat("QUJDRA", 1<<18)) }

// BenchmarkLoad is the first count; the library keeps the vocabulary, so it
// means something for -benchtime 1x only.
func BenchmarkLoad(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		New().Text("x")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "heap-B")
}
