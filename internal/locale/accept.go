package locale

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Accept chooses the reader's language: the one they chose before (a cookie's value, may be empty), else the best of an
// Accept-Language header (RFC 9110 12.5.4), else French. At most 20 entries of the header are looked at.
func Accept(chosen, header string) Lang {
	if l := Lang(chosen); l.Valid() {
		return l
	}
	type wish struct {
		lang   Lang
		weight float64
	}
	var wishes []wish
	for i, part := range strings.SplitN(header, ",", 21) {
		if i == 20 {
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil || !(parsed >= 0 && parsed <= 1) {
				continue
			}
			weight = parsed
		}
		if l := Lang(primary); l.Valid() && weight > 0 {
			wishes = append(wishes, wish{l, weight})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	if len(wishes) > 0 {
		return wishes[0].lang
	}
	return French
}
