package ui_test

import (
	"testing"

	"hygie/internal/web/ui"
)

func TestReadQuery(t *testing.T) {
	for _, row := range []struct {
		name, address, sort string
		desc                bool
		page, size          int
	}{
		{"nothing", "/list", "name", false, 1, 50},
		{"sorted", "/list?sort=failed", "failed", false, 1, 50},
		{"sorted down", "/list?sort=-failed&page=3", "failed", true, 3, 50},
		{"a column that cannot be sorted", "/list?sort=note", "name", false, 1, 50},
		{"an order that is no column", "/list?sort=name;drop table", "name", false, 1, 50},
		{"out of bounds", "/list?page=-4&size=100000", "name", false, 1, 500},
		{"not numbers", "/list?page=x&size=y", "name", false, 1, 50},
	} {
		t.Run(row.name, func(t *testing.T) {
			q := query(t, row.address)
			if q.Sort != row.sort || q.Desc != row.desc || q.Page != row.page || q.Size != row.size {
				t.Errorf("got %q desc %v page %d size %d", q.Sort, q.Desc, q.Page, q.Size)
			}
		})
	}
}

func TestQueryAddresses(t *testing.T) {
	q := query(t, "/list?q=a+b&page=3&sort=failed")
	for _, row := range []struct{ name, got, want string }{
		{"another filter goes back to the first page", q.With("kind", "b"), "/list?kind=b&q=a+b&sort=failed"},
		{"a page keeps the rest", q.With("page", "4"), "/list?page=4&q=a+b&sort=failed"},
		{"an empty value goes away", q.With("q", ""), "/list?sort=failed"},
		{"without filters", q.Cleared(filters()), "/list?sort=failed"},
		{"nothing left", query(t, "/list?q=a").Cleared(filters()), "/list"},
		{"the query itself is not changed", q.Get("q"), "a b"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %q, want %q", row.name, row.got, row.want)
		}
	}
}

func TestPages(t *testing.T) {
	for _, row := range []struct {
		name, address string
		total         int
		want          ui.Pager
	}{
		{"one page", "/list", 50, ui.Pager{From: 1, To: 50, Total: 50}},
		{"first of three", "/list", 120, ui.Pager{From: 1, To: 50, Total: 120, Next: "/list?page=2"}},
		{"second of three", "/list?page=2", 120, ui.Pager{From: 51, To: 100, Total: 120, Previous: "/list", Next: "/list?page=3"}},
		{"last of three", "/list?page=3", 120, ui.Pager{From: 101, To: 120, Total: 120, Previous: "/list?page=2"}},
		{"after the last", "/list?page=9", 120, ui.Pager{From: 120, To: 120, Total: 120, Previous: "/list?page=8"}},
		{"none", "/list", 0, ui.Pager{}},
	} {
		if got := query(t, row.address).Pages(row.total); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}
