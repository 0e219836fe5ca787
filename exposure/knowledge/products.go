package knowledge

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
)

//go:embed products.csv
var productsText string

// Product is something an audit can recognise, with the name it has in the public catalogues.
type Product struct {
	ID        string // as probes name it
	CPE       string // "vendor:product" of CPE 2.3
	Name      string // for people
	Appliance bool   // its version is the vendor's exact build, not a number that distributions mend under
	names     []string
}

var table = sync.OnceValues(func() ([]Product, error) { return parseProducts(productsText) })

func parseProducts(text string) ([]Product, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the products: %w", err)
	}
	var list []Product
	for _, row := range rows[1:] {
		list = append(list, Product{ID: row[0], CPE: row[1], Name: row[2], Appliance: row[3] == "appliance", names: strings.Split(row[4], "|")})
	}
	return list, nil
}

// Products lists what an audit can recognise.
func Products() []Product {
	list, _ := table() // a fault of the table shows in its test
	return list
}

// Lookup finds a product by what a probe or a banner calls it, whatever the case.
func Lookup(name string) (Product, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, p := range Products() {
		if name == p.ID || name == strings.ToLower(p.Name) {
			return p, true
		}
		for _, n := range p.names {
			if n != "" && name == n {
				return p, true
			}
		}
	}
	return Product{}, false
}
