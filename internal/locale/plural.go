package locale

import (
	"math"
	"reflect"
)

// plural returns the plural category of a number, after Unicode CLDR plural rules: in French 0, 1 and 1.5 are "one" and exact
// millions are "many" (un million de lignes); in English only the whole number 1 is "one".
func plural(lang Lang, value any) string {
	n, whole, ok := magnitude(value)
	switch {
	case !ok:
		return "other"
	case lang == French && n < 2:
		return "one"
	case lang == French && whole && math.Mod(n, 1e6) == 0:
		return "many"
	case lang == English && whole && n == 1:
		return "one"
	}
	return "other"
}

// magnitude returns the absolute value of any number, and whether its type is a whole number.
func magnitude(value any) (n float64, whole, ok bool) {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return 0, false, false
	case v.CanInt():
		return math.Abs(float64(v.Int())), true, true
	case v.CanUint():
		return float64(v.Uint()), true, true
	case v.CanFloat():
		return math.Abs(v.Float()), false, true
	}
	return 0, false, false
}
