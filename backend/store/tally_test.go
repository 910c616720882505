package store

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestPackedSums reads what was packed, of each version, and adds it up.
func TestPackedSums(t *testing.T) {
	var some tally
	some.n[nRequests], some.n[nInput], some.n[nInputKnown], some.n[nLastAt], some.cost = 3, 900, 2, 1_790_000_000_000_000, 0.25
	all := []byte{tallyAll}
	for _, v := range some.n {
		all = binary.AppendVarint(all, v)
	}
	all = binary.LittleEndian.AppendUint64(all, math.Float64bits(some.cost))
	short := some.packSums()
	if len(short) >= len(all) {
		t.Errorf("%d bytes, not fewer than %d", len(short), len(all))
	}
	var sum tally
	for _, b := range [][]byte{all, short, (&tally{}).packSums()} {
		if err := sum.unpackSums(b); err != nil {
			t.Fatal(err)
		}
	}
	if sum.n[nRequests] != 6 || sum.n[nInput] != 1800 || sum.n[nInputKnown] != 4 || sum.n[nOutput] != 0 || sum.n[nLastAt] != some.n[nLastAt] || sum.cost != 0.5 {
		t.Errorf("the sum is %+v", sum)
	}
	for _, whole := range [][]byte{all, short} {
		for i := range whole {
			if err := new(tally).unpackSums(whole[:i]); err == nil {
				t.Errorf("%d bytes of %d were read", i, len(whole))
			}
		}
		if err := new(tally).unpackSums(append(whole, 0)); err == nil {
			t.Error("a byte too many was read")
		}
	}
}

// TestSumsAsASelection adds the rows up that the window's test of a selection adds up.
func TestSumsAsASelection(t *testing.T) {
	var shared struct {
		Rows []struct {
			State, API     string
			Input          *int64 `json:"input_tokens"`
			Output         *int64 `json:"output_tokens"`
			TokensBasis    string `json:"tokens_basis"`
			CostBasis      string `json:"cost_basis"`
			Cost           *float64
			Duration, TTFT *int64
		}
		Sums struct {
			Requests        int64
			Input           int64 `json:"input_tokens"`
			Output          int64 `json:"output_tokens"`
			Cost            float64
			NoTokens        int64 `json:"no_tokens"`
			EstimatedTokens int64 `json:"estimated_tokens"`
			Unpriced        int64
			EstimatedCost   int64 `json:"estimated_cost"`
		}
	}
	data, err := os.ReadFile("testdata/figures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &shared); err != nil {
		t.Fatal(err)
	}
	var sum tally
	for _, r := range shared.Rows {
		sum.row(&counts{state: r.State, api: r.API, input: r.Input, output: r.Output, tokensBasis: r.TokensBasis, costBasis: r.CostBasis, cost: r.Cost, duration: r.Duration, ttft: r.TTFT})
	}
	got, want := sum.figures(), shared.Sums
	if len(shared.Rows) == 0 || got.Requests != want.Requests || *got.Input != want.Input || *got.Output != want.Output || *got.Cost != want.Cost ||
		got.NoTokens != want.NoTokens || got.EstimatedTokens != want.EstimatedTokens || got.Unpriced != want.Unpriced || got.EstimatedCost != want.EstimatedCost {
		t.Errorf("the sums are %+v, want %+v", got, want)
	}
}
