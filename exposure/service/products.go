package service

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// product is one line of products.txt.
type product struct {
	where, text, name string
	kind              Kind
}

//go:embed products.txt
var productsText string

var productList = sync.OnceValues(func() ([]product, error) { return parseProducts(productsText) })

func parseProducts(text string) ([]product, error) {
	kinds := []Kind{"", Imaging, Hypervisor, Management, Backup, Power, Gateway, Printing, Automation, Store, Cluster, Camera}
	places := []string{"location", "title", "body", "server", "certificate"}
	var list []product
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if len(f) != 4 {
			return nil, fmt.Errorf("list of products, line %d: %d fields instead of 4", i+1, len(f))
		}
		p := product{where: f[0], text: strings.ToLower(f[1]), kind: Kind(f[2]), name: f[3]}
		if !slices.Contains(places, p.where) || !slices.Contains(kinds, p.kind) || p.text == "" {
			return nil, fmt.Errorf("list of products, line %d: %q", i+1, line)
		}
		list = append(list, p)
	}
	return list, nil
}

// recognisePage names the product of a page. Short words must stand alone, or "ilo" would be found in "silos".
func recognisePage(f *Facts, p page) {
	list, err := productList()
	if err != nil {
		panic(err) // the text is part of the program, and a test reads it
	}
	places := map[string]string{"location": p.Location, "title": p.Title, "server": p.Server, "body": string(short(p.body, 16<<10))}
	for i, text := range places {
		places[i] = strings.ToLower(text)
	}
	for _, product := range list {
		if f.Kind == "" && containsWord(places[product.where], product.text) {
			f.named(product)
			return
		}
	}
}

// recogniseCertificate names the product of a TLS port that says it in its certificate.
func recogniseCertificate(f *Facts) {
	list, err := productList()
	if err != nil || f.Certificate == nil || f.Kind != "" {
		return
	}
	text := strings.ToLower(f.Certificate.Subject + " " + f.Certificate.Issuer)
	for _, product := range list {
		if product.where == "certificate" && containsWord(text, product.text) {
			f.named(product)
			return
		}
	}
}

func (f *Facts) named(p product) {
	f.Kind = p.kind
	if p.name != "" && p.name != f.Product {
		f.Product, f.Version = p.name, ""
	}
	f.seen("%s: %s", p.where, p.text)
}

// containsWord finds text with no letter or digit right before or after it.
func containsWord(s, text string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], text)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(text)
		if (begin == 0 || !isWord(s[begin-1])) && (end == len(s) || !isWord(s[end])) {
			return true
		}
		from = begin + 1
	}
}

func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80 }

// recogniseOrthanc asks an imaging server for its state, which says its version and, by answering at all, that no account is needed.
func recogniseOrthanc(s *session) {
	p, err := s.get("/system")
	switch {
	case err != nil:
		s.facts.Stranger = unknown("GET /system: %v", err)
	case p.Status == http.StatusOK && text(p.object(), "DicomAet") != "":
		s.facts.Version = text(p.object(), "Version")
		s.facts.Stranger = yes("GET /system answers 200: title %s", text(p.object(), "DicomAet"))
	case p.refused():
		s.facts.Stranger = no("GET /system answers %d", p.Status)
	default:
		s.facts.Stranger = unknown("GET /system answers %d", p.Status)
	}
	s.facts.seen("%s", s.facts.Stranger.Why)
}
