package dto

// Prices is what requests are priced by. GET /api/prices; POST
// /api/prices/accept answers with it too.
type Prices struct {
	Source    string     `json:"source"` // "genai-prices 0.1.8"
	Providers int        `json:"providers"`
	Models    int        `json:"models"`
	Own       []OwnPrice `json:"own"`
}

// PriceNames are the models whose price is known, as GET /api/what-if takes them.
// GET /api/prices/names.
type PriceNames struct {
	Own   []string `json:"own"`   // with a price of the user's own; patterns are left out
	Table []string `json:"table"` // provider/model
}

// OwnPrice is a price of the user's own, in US dollars for a million tokens;
// null is not charged. PUT /api/prices/own takes {"own":[…]}.
type OwnPrice struct {
	Upstream string `json:"upstream"` // "" for all
	Model    string `json:"model"`    // * stands for any text
	Free     bool   `json:"free"`

	Input          *float64 `json:"input"`
	Output         *float64 `json:"output"`
	Cached         *float64 `json:"cached"`           // null: as input
	CacheWrite     *float64 `json:"cache_write"`      // null: as input
	CacheWriteHour *float64 `json:"cache_write_hour"` // null: as cache_write
	Request        *float64 `json:"request"`          // US dollars for one request

	From string `json:"from"` // first day, 2026-03-01; "" for always
}

// PriceChange is one price that a fetched table changes.
type PriceChange struct {
	Entry string   `json:"entry"` // "openai/gpt-4o"
	Price string   `json:"price"` // "input above 200000"
	Old   *float64 `json:"old"`   // US dollars a million; null: there is none
	New   *float64 `json:"new"`
	Jump  bool     `json:"jump"` // a person should look
}

// PriceChanges is what a fetched table would change: POST /api/prices/fetch. At
// most 500 are listed, jumps first.
type PriceChanges struct {
	Total   int           `json:"total"`
	Jumps   int           `json:"jumps"`
	Changes []PriceChange `json:"changes"`
}

// Repriced is what pricing the log anew changes or has changed: POST
// /api/prices/reprice with {"apply":false} only looks.
type Repriced struct {
	Rows          int64   `json:"rows"`
	Changed       int64   `json:"changed"`
	Before        float64 `json:"before"` // US dollars
	After         float64 `json:"after"`
	UnpricedAfter int64   `json:"unpriced_after"`
}
