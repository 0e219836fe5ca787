package call

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"hygie/referential"
)

// Cents is an amount of money in whole cents of a euro. Amounts are never kept as fractions: whatever divides money says how it rounds.
type Cents int64

// ErrOverflow says that an amount does not fit; no sum of public money comes near it, so the data are wrong.
var ErrOverflow = errors.New("the amount is too large")

// Plus adds, or fails when the sum does not fit.
func (c Cents) Plus(d Cents) (Cents, error) {
	sum := c + d
	if (sum > c) != (d > 0) && d != 0 {
		return 0, fmt.Errorf("add %d and %d cents: %w", c, d, ErrOverflow)
	}
	return sum, nil
}

// Minus subtracts, or fails when the difference does not fit.
func (c Cents) Minus(d Cents) (Cents, error) {
	rest := c - d
	if (rest < c) != (d > 0) && d != 0 {
		return 0, fmt.Errorf("take %d from %d cents: %w", d, c, ErrOverflow)
	}
	return rest, nil
}

// Times multiplies by a whole number, or fails when the product does not fit.
func (c Cents) Times(n int64) (Cents, error) {
	high, low := bits.Mul64(magnitude(int64(c)), magnitude(n))
	if high != 0 || low > math.MaxInt64 {
		return 0, fmt.Errorf("multiply %d cents by %d: %w", c, n, ErrOverflow)
	}
	if (c < 0) != (n < 0) {
		return -Cents(low), nil
	}
	return Cents(low), nil
}

// magnitude is the absolute value, which for the smallest number fits no signed one.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Sum adds amounts, or fails when the sum does not fit on the way.
func Sum(amounts ...Cents) (total Cents, err error) {
	for _, c := range amounts {
		if total, err = total.Plus(c); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// String writes euros with a point and two digits, as files and programs exchange them: "-1234.50".
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign = "-"
	}
	m := magnitude(int64(c))
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}

// Text writes an amount for readers: "1 234,50 €" with narrow no-break spaces in French, "€1,234.50" in English. Whole euros from 1,000 on are
// written without cents.
func (c Cents) Text() referential.Text {
	m := magnitude(int64(c))
	digits := strconv.FormatUint(m/100, 10)
	group := func(separator string) string {
		var out strings.Builder
		for i, d := range digits {
			if i > 0 && (len(digits)-i)%3 == 0 {
				out.WriteString(separator)
			}
			out.WriteRune(d)
		}
		return out.String()
	}
	fr, en := group("\u202f"), group(",")
	if m%100 != 0 || m < 100_000 {
		fr += fmt.Sprintf(",%02d", m%100)
		en += fmt.Sprintf(".%02d", m%100)
	}
	fr, en = fr+"\u00a0€", "€"+en
	if c < 0 {
		fr, en = "−"+fr, "−"+en
	}
	return referential.Text{FR: fr, EN: en}
}

// MostCents is the greatest amount that a call or an answer may give: ten thousand billion euros.
const MostCents Cents = 1_000_000_000_000_000

// ParseCents reads euros, "65000000" or "1234.50": digits, and at most two of them after a point. A sign, a comma, a space or an exponent is refused,
// for each is read in two ways somewhere.
func ParseCents(s string) (Cents, error) {
	whole, part, point := strings.Cut(s, ".")
	if !digitsOnly(whole) || point && (!digitsOnly(part) || len(part) > 2) {
		return 0, fmt.Errorf("%q is not an amount: write euros such as 65000000 or 1234.50", s)
	}
	for len(part) < 2 {
		part += "0"
	}
	n, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil || Cents(n) > MostCents {
		return 0, fmt.Errorf("%q is more than any call can give: %w", s, ErrOverflow)
	}
	return Cents(n), nil
}

func digitsOnly(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}
