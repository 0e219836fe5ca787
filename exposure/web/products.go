package web

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed products.toml
var productsText string

// known is a product of the table. Two different marks must speak before it is named: one alone is a coincidence or a joke.
type known struct {
	ID      string
	Name    string
	Kind    string
	Path    string   // a page of its own, asked for when set; the front page otherwise
	Title   string   // pattern of the page's title
	Header  string   // "name: pattern" of a header field
	Cookie  string   // pattern of the name of a cookie
	Body    []string // patterns of the page; each is a mark of its own
	Icon    []string // SHA-256 of icons
	Alone   string   // pattern of a title that is enough to suppose the product, when no other mark speaks
	Version string   // pattern whose first group is the version, tried on the page and on the headers

	title, header, cookie, version, alone *regexp.Regexp
	headerName                            string
	body                                  []*regexp.Regexp
}

// products reads the table once; a fault in it is a fault of the program and shows in tests.
var products = sync.OnceValues(func() ([]*known, error) { return parseProducts(productsText) })

func parseProducts(text string) ([]*known, error) {
	var file struct{ Product []*known }
	if meta, err := toml.Decode(text, &file); err != nil {
		return nil, fmt.Errorf("read the products: %w", err)
	} else if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("read the products: unknown key %s", extra[0])
	}
	for _, k := range file.Product {
		if err := k.compile(); err != nil {
			return nil, fmt.Errorf("product %s: %w", k.ID, err)
		}
	}
	return file.Product, nil
}

func (k *known) compile() (err error) {
	pattern := func(text string) *regexp.Regexp {
		if text == "" || err != nil {
			return nil
		}
		var r *regexp.Regexp
		r, err = regexp.Compile("(?is)" + text)
		return r
	}
	k.title, k.cookie, k.version, k.alone = pattern(k.Title), pattern(k.Cookie), pattern(k.Version), pattern(k.Alone)
	name, value, _ := strings.Cut(k.Header, ":")
	k.headerName, k.header = strings.TrimSpace(name), pattern(strings.TrimSpace(value))
	for _, b := range k.Body {
		k.body = append(k.body, pattern(b))
	}
	return err
}

// products looks for known products on the front page, and on the pages they keep for themselves.
func (p *probe) products(list []*known, front *Answer) {
	for _, k := range list {
		page, own := front, false
		if k.Path != "" {
			page = p.answers[k.Path]
			own = page != nil && !p.sameAsMissing(k.Path, page)
		}
		if page == nil || page.Status >= 400 && page.Status != http.StatusUnauthorized && page.Status != http.StatusForbidden {
			continue
		}
		if found, ok := k.recognise(page, p.facts, own); ok {
			p.facts.Products = append(p.facts.Products, found)
		}
	}
	slices.SortStableFunc(p.facts.Products, func(a, b Product) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), len(b.Marks)-len(a.Marks))
	})
	p.facts.Products = slices.CompactFunc(p.facts.Products, func(a, b Product) bool { return a.ID == b.ID })
}

// recognise counts the marks that speak. A page of the product's own at its own address is one mark.
func (k *known) recognise(page *Answer, f *Facts, own bool) (Product, bool) {
	found := Product{ID: k.ID, Name: k.Name, Kind: k.Kind}
	mark := func(name string, speaks bool) {
		if speaks {
			found.Marks = append(found.Marks, name)
		}
	}
	mark("path", own && page.Status == http.StatusOK)
	mark("title", k.title != nil && k.title.MatchString(title(page.Body)))
	mark("header", k.header != nil && k.header.MatchString(page.Header.Get(k.headerName)))
	mark("cookie", k.cookie != nil && slices.ContainsFunc(append(cookieNames(page.Header), namesOf(f.Cookies)...), k.cookie.MatchString))
	// The title has its own mark; a page that is the same for an impossible path may only repeat the words of the address.
	if own || k.Path == "" {
		text := titlePattern.ReplaceAll(page.Body, nil)
		for i, b := range k.body {
			mark(fmt.Sprintf("page %d", i+1), b.Match(text))
		}
	}
	mark("icon", f.Icon != "" && slices.Contains(k.Icon, f.Icon))
	slices.Sort(found.Marks)
	found.Supposed = len(found.Marks) < 2
	if found.Supposed && (k.alone == nil || !k.alone.MatchString(title(page.Body))) {
		return found, false
	}
	if k.version != nil {
		found.Version = k.versionOf(page)
	}
	return found, true
}

func (k *known) versionOf(page *Answer) string {
	texts := []string{string(page.Body)}
	for _, name := range []string{"Server", "X-Powered-By", "X-Jenkins", "X-Owa-Version"} {
		texts = append(texts, name+": "+page.Header.Get(name))
	}
	for _, text := range texts {
		if m := k.version.FindStringSubmatch(text); len(m) > 1 {
			return clean(m[1], 40)
		}
	}
	return ""
}

func cookieNames(h http.Header) (names []string) {
	for _, c := range (&http.Response{Header: h}).Cookies() {
		names = append(names, c.Name)
	}
	return names
}

func namesOf(cookies []Cookie) (names []string) {
	for _, c := range cookies {
		names = append(names, c.Name)
	}
	return names
}
