package knowledge

import (
	"strings"
)

// Holds tells whether a version lies in the range. A version that cannot be compared is outside.
func (r Range) Holds(version string) bool {
	if version == "" {
		return false
	}
	if r.Version != "" {
		return CompareVersions(version, r.Version) == 0
	}
	if r.From == "" && r.After == "" && r.To == "" && r.Before == "" {
		return true // every version
	}
	return (r.From == "" || CompareVersions(version, r.From) >= 0) &&
		(r.After == "" || CompareVersions(version, r.After) > 0) &&
		(r.To == "" || CompareVersions(version, r.To) <= 0) &&
		(r.Before == "" || CompareVersions(version, r.Before) < 0)
}

// CompareVersions orders two versions as people number them: "9.2p1" < "9.10", "1.0-rc1" < "1.0", "2.4" = "2.4.0". Numbers compare as
// numbers, of any length; a pre-release (alpha, beta, rc, pre, dev) comes before the version it prepares, any other letters after it.
func CompareVersions(a, b string) int {
	x, y := pieces(a), pieces(b)
	for i := range max(len(x), len(y)) {
		if c := comparePieces(at(x, i), at(y, i)); c != 0 {
			return c
		}
	}
	return 0
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// pieces cuts a version into runs of digits and of letters; everything else separates.
func pieces(v string) []string {
	var list []string
	start, kind := 0, byte(0)
	v = strings.ToLower(v)
	for i := 0; i <= len(v); i++ {
		k := byte(0)
		if i < len(v) {
			switch c := v[i]; {
			case '0' <= c && c <= '9':
				k = 'n'
			case 'a' <= c && c <= 'z':
				k = 'a'
			}
		}
		if k != kind {
			if kind != 0 {
				list = append(list, v[start:i])
			}
			start, kind = i, k
		}
	}
	return list
}

// comparePieces compares runs; the rank of kinds is pre-release < nothing or zero < other letters < number above zero.
func comparePieces(a, b string) int {
	ra, rb := rank(a), rank(b)
	if ra != rb {
		return ra - rb
	}
	switch ra {
	case 3:
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	case 1:
		return 0
	default:
		return strings.Compare(a, b)
	}
}

func rank(p string) int {
	switch {
	case p == "":
		return 1
	case p[0] >= '0' && p[0] <= '9':
		if strings.Trim(p, "0") == "" {
			return 1
		}
		return 3
	case p == "alpha" || p == "beta" || p == "rc" || p == "pre" || p == "dev":
		return 0
	default:
		return 2
	}
}
