package ui

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query is how a reader wants a list: what to filter, how to sort, which page. It comes from the address of the page and can
// be turned back into addresses, so that a list can be sent to a colleague as it is.
type Query struct {
	Path  string // of the page, without the query
	Sort  string // name of a column, always one of those that can be sorted
	Desc  bool
	Page  int // from 1
	Size  int // rows in a page
	After string

	values   url.Values
	fallback string // the sort when the address says none, with its "-"
}

// Limits of a list.
const (
	pageSize    = 50
	maxPageSize = 500
	maxPage     = 10_000
)

// ReadQuery reads the query of an address. sort is the order when the address says none, "-" before it for descending; only
// it and columns with Sort may be asked for, so the value may choose a column of SQL.
func ReadQuery(address *url.URL, columns []Column, sort string) Query {
	q := Query{Path: address.Path, values: address.Query(), fallback: sort}
	q.Sort, q.Desc = readSort(sort)
	if asked, desc := readSort(q.values.Get("sort")); slices.ContainsFunc(columns, func(c Column) bool { return c.Sort && c.Name == asked }) {
		q.Sort, q.Desc = asked, desc
	}
	q.Page = bounded(q.values.Get("page"), 1, 1, maxPage)
	q.Size = bounded(q.values.Get("size"), pageSize, 1, maxPageSize)
	q.After = q.values.Get("after")
	return q
}

func readSort(text string) (name string, desc bool) { return strings.CutPrefix(text, "-") }

func bounded(text string, fallback, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fallback
	}
	return min(max(n, least), most)
}

// Get returns the value of a filter, spaces around it removed.
func (q Query) Get(name string) string { return strings.TrimSpace(q.values.Get(name)) }

// Filtered reports whether any of the filters has a value.
func (q Query) Filtered(filters []Field) bool {
	return slices.ContainsFunc(filters, func(f Field) bool { return q.Get(f.Name) != "" })
}

// Offset is how many rows come before the page.
func (q Query) Offset() int { return (q.Page - 1) * q.Size }

// With returns the address of the same list with one value changed; an empty value removes it. Whatever changes the list
// goes back to its first page.
func (q Query) With(name, value string) string {
	values := maps.Clone(q.values)
	if values == nil {
		values = url.Values{}
	}
	if name != "page" && name != "after" {
		values.Del("page")
		values.Del("after")
	}
	values.Set(name, value)
	if value == "" {
		values.Del(name)
	}
	if len(values) == 0 {
		return q.Path
	}
	return q.Path + "?" + values.Encode()
}

// Cleared returns the address of the same list without the filters.
func (q Query) Cleared(filters []Field) string {
	rest := q
	rest.values = maps.Clone(q.values)
	for _, f := range filters {
		rest.values.Del(f.Name)
	}
	return rest.With("page", "")
}

// sortHref is the address that sorts by a column, the other way round when it is sorted by it already.
func (q Query) sortHref(column string) string {
	if q.Sort == column && !q.Desc {
		column = "-" + column
	}
	if column == q.fallback {
		column = ""
	}
	return q.With("sort", column)
}

// sortValue is what a form of filters keeps.
func (q Query) sortValue() string {
	if q.Desc {
		return "-" + q.Sort
	}
	return q.Sort
}

// Pages returns the pager of a list whose pages are numbered.
func (q Query) Pages(total int) Pager {
	p := Pager{From: min(q.Offset()+1, total), To: min(q.Offset()+q.Size, total), Total: total}
	if q.Page > 1 {
		p.Previous = q.With("page", strconv.Itoa(q.Page-1))
		if q.Page == 2 {
			p.Previous = q.With("page", "")
		}
	}
	if p.To < total && q.Page < maxPage {
		p.Next = q.With("page", strconv.Itoa(q.Page+1))
	}
	return p
}

// Pager leads to the pages before and after. Total below zero is not known; From and To are then left out.
type Pager struct {
	Previous, Next  string
	From, To, Total int
}

// shown reports whether there is anywhere to go.
func (p Pager) shown() bool { return p.Previous != "" || p.Next != "" }
