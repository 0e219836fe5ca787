// Package guide shows the user guide on the platform itself, and lets it be found from the search box.
//
// It opens without an account: who cannot sign in needs it most. The guide is written in French; readers of English are told so.
package guide

import (
	"context"

	"hygie/docs/guide"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Path is the address of the first page.
const Path = "/guide"

// Module serves the pages.
type Module struct{ pages []guide.Page }

// New reads the guide.
func New() (*Module, error) {
	pages, err := guide.Pages()
	if err != nil {
		return nil, err
	}
	return &Module{pages}, nil
}

// Routes declares the pages.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET "+Path, web.Public, m.show)
	rt.Page("GET "+Path+"/{page}", web.Public, m.show)
}

// address of a page.
func address(slug string) string {
	if slug == "" {
		return Path
	}
	return Path + "/" + slug
}

func (m *Module) page(slug string) (guide.Page, bool) {
	for _, p := range m.pages {
		if p.Slug == slug {
			return p, true
		}
	}
	return guide.Page{}, false
}

func (m *Module) show(c *web.Context) error {
	p, ok := m.page(c.Path("page"))
	if !ok {
		return fault.NotFound("guide.no_page")
	}
	page := web.Page{Title: p.Title, Actions: ui.PrintButton()}
	if p.Slug != "" {
		page.Crumbs = []ui.Link{{Href: Path, Text: c.T("guide.title")}}
	}
	return c.Page(page, body(p, m.pages[1:], c.Printer.Lang() != locale.French))
}

// searchKind is how search calls sections of the guide.
const searchKind = "guide"

// Published is what search finds of the guide: each section, by its words.
func (m *Module) Published() search.Source {
	var refs []string
	for _, p := range m.pages {
		refs = append(refs, p.Slug)
	}
	return search.Source{Kind: searchKind, Action: right.SeeStructure, Fixed: refs, Documents: func(_ context.Context, _ *store.Tx, slug string) ([]search.Document, error) {
		p, ok := m.page(slug)
		if !ok {
			return nil, nil
		}
		list := []search.Document{{Title: p.Title, Path: address(slug), Words: []string{p.Words()}}}
		for _, s := range p.Sections {
			list = append(list, search.Document{Part: s.ID, Title: s.Title, Detail: p.Title, Path: address(slug) + "#" + s.ID, Words: []string{s.Words()}})
		}
		return list, nil
	}}
}
