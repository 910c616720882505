package api

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/price"
	"gumshoe/backend/query"
)

// maxWhatIf is how many rows a what-if reads.
const maxWhatIf = 200_000

var errEnough = errors.New("enough rows were read")

// whatIf prices what one model did as if another had done it.
func (a *API) whatIf(rw http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, to, err := period(q)
	if err != nil {
		return err
	}
	as := q.Get("as")
	if as == "" {
		return problem(http.StatusBadRequest, "bad_filter", "as is the model whose price is wanted")
	}
	f := query.Filter{From: from, To: to}
	if m := q.Get("model"); m != "" {
		f.Models = []string{m}
	}
	book, err := price.NewBook(a.Prices.Table(), a.Prices.Own())
	if err != nil {
		return err
	}
	w := whatIf{book: book, as: as, whole: true}
	err = a.Log.Each(r.Context(), f, func(e exchange.Exchange) error {
		if w.read == maxWhatIf {
			w.Capped = true
			return errEnough
		}
		w.add(&e)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if !w.whole {
		w.UnpricedThen = nil
	}
	return answer(rw, w.WhatIf)
}

// whatIf adds up what requests cost and would have cost.
type whatIf struct {
	dto.WhatIf
	book  *price.Book
	as    string
	read  int64
	whole bool // all without a cost have one at the other price
}

// add puts a request where it can be compared, else among those that are left out: a
// sum of some beside a sum of others would look like a difference in price.
func (w *whatIf) add(e *exchange.Exchange) {
	w.read++
	if e.Usage.Basis == exchange.Missing {
		w.Lacks++
		return
	}
	then, ok := priceAs(w.book, w.as, e)
	if ok {
		w.Price = then.Entry
	}
	switch {
	case e.Cost.USD == nil:
		w.Unpriced++
		if w.whole = w.whole && ok; ok {
			more(&w.UnpricedThen, then.USD)
		}
	case !ok:
		w.NoPrice++
	default:
		w.Rows++
		more(&w.Now, *e.Cost.USD)
		more(&w.Then, then.USD)
		if e.Cost.Basis == exchange.Estimated {
			w.Estimated++
		}
	}
}

// more adds to a sum that is nil of nothing.
func more(to **float64, v float64) {
	if *to == nil {
		*to = new(float64)
	}
	**to += v
}

// priceAs takes "provider/model", "upstream/model" of an own price, or a model's
// bare name.
func priceAs(book *price.Book, as string, e *exchange.Exchange) (price.Cost, bool) {
	at, t := time.UnixMicro(e.StartedAt), book.Table()
	if cost, ok := book.Own("", as, e.Usage, at); ok {
		return cost, true
	}
	if provider, model, ok := strings.Cut(as, "/"); ok {
		if cost, ok := book.Own(provider, model, e.Usage, at); ok {
			return cost, true
		}
		if cost, ok := t.Cost(price.Where{Provider: provider}, model, e.Usage, at); ok {
			return cost, true
		}
	}
	return t.Cost(price.Where{}, as, e.Usage, at)
}
