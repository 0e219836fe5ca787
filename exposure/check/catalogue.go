package check

import (
	"cmp"
	"slices"
	"strings"
)

// Catalogue lists every check, by family in the order of a report, those that judge a whole audit at the end.
func Catalogue() []Record {
	list := slices.Concat(inventoryChecks(), dnsChecks(), mailChecks(), tlsChecks(), webChecks(), adminChecks(), serviceChecks(),
		vulnerabilityChecks(), leakChecks(), proofChecks())
	slices.SortStableFunc(list, func(a, b Record) int {
		return cmp.Or(cmp.Compare(familyRank(a.ID), familyRank(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return list
}

// families are the prefixes of identifiers, in the order of a report.
func families() []string {
	return []string{"INV", "DNS", "MEL", "TLS", "WEB", "ADM", "SVC", "VUL", "FUI", "PRC"}
}

func familyRank(id string) int {
	prefix, _, _ := strings.Cut(id, "-")
	return slices.Index(families(), prefix)
}

// Find gives a check by its identifier.
func Find(id string) (Record, bool) {
	list := Catalogue()
	i := slices.IndexFunc(list, func(r Record) bool { return r.ID == id })
	if i < 0 {
		return Record{}, false
	}
	return list[i], true
}
