package finess

import (
	_ "embed"
	"strings"
	"sync"
)

// Sector is the broad field of a category.
type Sector string

// The sectors.
const (
	Health Sector = "health" // health establishments in the sense of the Code de la santé publique
	Social Sector = "social" // social and médico-social establishments and services
	Other  Sector = "other"  // pharmacies, laboratories, schools, coordination …
)

// Category is an entry of the nomenclature of establishments (TRE-R66, TRE-R397).
type Category struct {
	Code   string // three digits
	Sector Sector
	Label  string // French
}

//go:embed categories.tsv
var categoriesText string

var categories = sync.OnceValue(func() map[string]Category {
	all := make(map[string]Category)
	for line := range strings.Lines(categoriesText) {
		field := strings.Split(strings.TrimSpace(line), "\t")
		all[field[0]] = Category{Code: field[0], Sector: Sector(field[1]), Label: field[2]}
	}
	return all
})

// CategoryOf returns the category with this code, and whether the nomenclature has it.
func CategoryOf(code string) (Category, bool) {
	c, known := categories()[code]
	return c, known
}
