package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/price"
	"gumshoe/backend/store"
)

// Prices is what requests are priced by; app provides it.
type Prices interface {
	Table() *price.Table
	Own() []price.Own
	SetOwn(ctx context.Context, list []price.Own) error
	// Fetch asks for the latest table and says what it would change; Accept
	// takes the table that was fetched last, false where none was.
	Fetch(ctx context.Context) ([]price.Change, error)
	Accept() (bool, error)
	// Explain says how an exchange's cost comes together by today's prices.
	Explain(e *exchange.Exchange, url, model string) price.Cost
	// Reprice prices the whole log anew; without apply it only says what would
	// change.
	Reprice(ctx context.Context, apply bool) (store.Repriced, error)
}

// maxOwn bounds the user's own prices, maxChanges the changes that are shown.
const maxOwn, maxChanges = 500, 500

func (a *API) prices(w http.ResponseWriter, _ *http.Request) error {
	providers, models := a.Prices.Table().Size()
	out := dto.Prices{Source: a.Prices.Table().Source(), Providers: providers, Models: models, Own: []dto.OwnPrice{}}
	for _, o := range a.Prices.Own() {
		out.Own = append(out.Own, dto.OwnPrice(o))
	}
	return answer(w, out)
}

// priceNames lists what a what-if can be asked for.
func (a *API) priceNames(w http.ResponseWriter, _ *http.Request) error {
	out := dto.PriceNames{Own: []string{}, Table: a.Prices.Table().Names()}
	for _, o := range a.Prices.Own() {
		if !strings.Contains(o.Model, "*") && !slices.Contains(out.Own, o.Model) {
			out.Own = append(out.Own, o.Model)
		}
	}
	return answer(w, out)
}

func (a *API) setOwnPrices(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Own []dto.OwnPrice }
	if err := read(r, &in); err != nil {
		return err
	}
	if len(in.Own) > maxOwn {
		return problem(http.StatusBadRequest, "too_many_prices", "there are more prices than can be kept")
	}
	list := make([]price.Own, len(in.Own))
	for i, o := range in.Own {
		list[i] = price.Own(o)
	}
	if err := a.Prices.SetOwn(r.Context(), list); err != nil {
		return pricing(err)
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "settings"})
	return a.prices(w, r)
}

// pricing gives what is wrong with prices its code.
func pricing(err error) error {
	for _, c := range []struct {
		err  error
		code string
	}{
		{price.ErrOwnModel, "price_model"}, {price.ErrOwnPrice, "price_value"}, {price.ErrOwnEmpty, "price_empty"}, {price.ErrOwnFree, "price_free"},
		{price.ErrOwnDate, "price_date"}, {price.ErrFormat, "prices_format"}, {price.ErrLarge, "prices_format"}, {price.ErrEmpty, "prices_format"},
		{price.ErrPrice, "prices_format"},
	} {
		if errors.Is(err, c.err) {
			return problem(http.StatusBadRequest, c.code, err.Error())
		}
	}
	return err
}

func (a *API) fetchPrices(w http.ResponseWriter, r *http.Request) error {
	changes, err := a.Prices.Fetch(r.Context())
	if coded := pricing(err); err != nil && coded != err {
		return coded
	}
	if err != nil {
		return problem(http.StatusBadGateway, "prices_unreachable", err.Error())
	}
	out := dto.PriceChanges{Total: len(changes), Changes: []dto.PriceChange{}}
	for _, c := range changes {
		if c.Jump {
			out.Jumps++
		}
		if len(out.Changes) < maxChanges {
			out.Changes = append(out.Changes, dto.PriceChange(c))
		}
	}
	return answer(w, out)
}

func (a *API) acceptPrices(w http.ResponseWriter, r *http.Request) error {
	ok, err := a.Prices.Accept()
	if err != nil {
		return err
	}
	if !ok {
		return problem(http.StatusConflict, "nothing_fetched", "fetch the prices first")
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "settings"})
	return a.prices(w, r)
}

func (a *API) reprice(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Apply bool }
	if err := read(r, &in); err != nil {
		return err
	}
	out, err := a.Prices.Reprice(r.Context(), in.Apply)
	if err != nil {
		return err
	}
	if in.Apply && out.Changed > 0 {
		a.Bus.Publish(dto.Event{Type: "changed", What: "repriced"})
	}
	return answer(w, dto.Repriced(out))
}

// costParts fills in the lines of a cost that was not charged.
func (a *API) costParts(d *dto.Detail, e *exchange.Exchange, start exchange.Start) {
	if e.Cost.USD == nil || e.Cost.Basis == exchange.Charged || a.Prices == nil {
		return
	}
	model := start.PriceModel
	if model == "" {
		model = e.Model
	}
	if model == "" {
		model = e.ModelRequested
	}
	how := a.Prices.Explain(e, start.URL, model)
	for _, p := range how.Parts {
		d.CostParts = append(d.CostParts, dto.CostPart(p))
	}
	d.CostAssumed = append(d.CostAssumed, how.Assumed...)
}
