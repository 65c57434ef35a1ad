package export

import (
	"strings"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/label"
	"zhuce/internal/pg"
	"zhuce/internal/registrant"
	"zhuce/internal/xlsx"
)

// Request is what is asked for. The filter is that of the list, and so is the order.
type Request struct {
	Source      Source
	Filings     filing.Filter
	Registrants registrant.Filter
	Sort        string // "" is the list's own
	Masked      bool
	Reason      string // why the numbers are wanted in full, "" where they are masked
	Lang        string // "zh-CN" or "en", of the workbook
}

// source is a list that can be exported. Rows go to each one by one, with a cell for
// each column.
type source interface {
	columns() []column
	terms() []Term
	count(tx pg.Tx, who auth.Actor) (int64, error)
	each(tx pg.Tx, who auth.Actor, fn func(row []any) error) error
}

// column is a column with its title in both languages.
type column struct {
	title errs.Text
	kind  xlsx.Kind
}

func text(zh, en string) column   { return column{errs.Text{ZH: zh, EN: en}, xlsx.Text} }
func date(zh, en string) column   { return column{errs.Text{ZH: zh, EN: en}, xlsx.Date} }
func moment(zh, en string) column { return column{errs.Text{ZH: zh, EN: en}, xlsx.Time} }
func number(zh, en string) column { return column{errs.Text{ZH: zh, EN: en}, xlsx.Number} }

// source gives the list of the request.
func (s *Service) source(r Request) source {
	if r.Source == Registrants {
		return registrants{s.Registrants, r}
	}
	return filings{s.Filings, r}
}

// terms gathers the conditions of a filter; what restricts nothing is left out.
type terms []Term

func (t *terms) add(zh, en string, value errs.Text) {
	if value.ZH != "" {
		*t = append(*t, Term{errs.Text{ZH: zh, EN: en}, value})
	}
}

func (t *terms) plain(zh, en, value string) { t.add(zh, en, errs.Text{ZH: value, EN: value}) }

func (t *terms) named(zh, en string, table []label.Label, value string) {
	if value != "" {
		t.add(zh, en, label.TextOf(table, value))
	}
}

// list names several values of a table.
func (t *terms) list(zh, en string, table []label.Label, values []string) {
	zhs, ens := make([]string, len(values)), make([]string, len(values))
	for i, v := range values {
		name := label.TextOf(table, v)
		zhs[i], ens[i] = name.ZH, name.EN
	}
	t.add(zh, en, errs.Text{ZH: strings.Join(zhs, "、"), EN: strings.Join(ens, ", ")})
}

// days names a span of days; before is the moment after the last of them.
func (t *terms) days(zh, en string, from, before time.Time) {
	first, last := "", ""
	if !from.IsZero() {
		first = from.In(china).Format(time.DateOnly)
	}
	if !before.IsZero() {
		last = before.Add(-time.Second).In(china).Format(time.DateOnly)
	}
	t.span(zh, en, first, last)
}

func (t *terms) span(zh, en, first, last string) {
	switch {
	case first != "" && last != "":
		t.add(zh, en, errs.Text{ZH: first + " 至 " + last, EN: first + " to " + last})
	case first != "":
		t.add(zh, en, errs.Text{ZH: first + " 起", EN: "from " + first})
	case last != "":
		t.add(zh, en, errs.Text{ZH: "至 " + last, EN: "until " + last})
	}
}

// cellTime turns a time into a cell; nil leaves it empty.
func cellTime(t *time.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return t.In(china)
}
