package call

import (
	"fmt"
	"math/big"
	"strings"
)

// Ratio is an exact number: a share ("80 %", "2/3"), a size ("12345.5") or a price a unit. The zero Ratio is 0. It does not change.
type Ratio struct{ r *big.Rat }

// NewRatio makes numerator over denominator; the denominator is not 0.
func NewRatio(numerator, denominator int64) Ratio { return Ratio{big.NewRat(numerator, denominator)} }

// One is the whole.
func One() Ratio { return NewRatio(1, 1) }

func (r Ratio) rat() *big.Rat {
	if r.r == nil {
		return new(big.Rat)
	}
	return r.r
}

// Compare is negative, 0 or positive as r is less than, equal to or more than s.
func (r Ratio) Compare(s Ratio) int { return r.rat().Cmp(s.rat()) }

// Plus adds.
func (r Ratio) Plus(s Ratio) Ratio { return Ratio{new(big.Rat).Add(r.rat(), s.rat())} }

// Minus subtracts.
func (r Ratio) Minus(s Ratio) Ratio { return Ratio{new(big.Rat).Sub(r.rat(), s.rat())} }

// Times multiplies.
func (r Ratio) Times(s Ratio) Ratio { return Ratio{new(big.Rat).Mul(r.rat(), s.rat())} }

// Over divides; the divisor is not 0.
func (r Ratio) Over(s Ratio) Ratio { return Ratio{new(big.Rat).Quo(r.rat(), s.rat())} }

// Sign is -1, 0 or 1.
func (r Ratio) Sign() int { return r.rat().Sign() }

// Of takes the share of an amount, rounded down to the cent (towards less for the one who pays and, below 0, for the one who owes): what is promised
// never passes the rate. It fails when the result does not fit.
func (r Ratio) Of(c Cents) (Cents, error) {
	product := new(big.Rat).Mul(r.rat(), new(big.Rat).SetInt64(int64(c)))
	floor := new(big.Int).Div(product.Num(), product.Denom()) // Euclidean: rounds towards minus infinity
	if !floor.IsInt64() {
		return 0, fmt.Errorf("take %s of %d cents: %w", r, c, ErrOverflow)
	}
	return Cents(floor.Int64()), nil
}

// String writes the ratio as ParseRatio reads it: "0.8", or "2/3" when no decimal number is exact.
func (r Ratio) String() string {
	if n, exact := r.rat().FloatPrec(); exact {
		return r.rat().FloatString(n)
	}
	return r.rat().RatString()
}

// Percent writes a share in per cent without the sign, with at most two decimals, cut off.
func (r Ratio) Percent() string {
	hundred := new(big.Rat).Mul(r.rat(), big.NewRat(10_000, 1))
	cut := new(big.Int).Quo(hundred.Num(), hundred.Denom())
	s := new(big.Rat).SetFrac(cut, big.NewInt(100)).FloatString(2)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// MarshalText writes the ratio as [ParseRatio] reads it.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Ratio) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRatio(string(text))
	return err
}

// mostDigits bounds what is read: numbers in a call are short.
const mostDigits = 15

// ParseRatio reads "80 %", "66.67%", "2/3", "0.8" or "12345.5". It reads no sign, no comma and no exponent.
func ParseRatio(s string) (Ratio, error) {
	wrong := fmt.Errorf("%q is not a number: write one such as 80 %%, 2/3 or 12345.5", s)
	body, percent := strings.CutSuffix(s, "%")
	if percent {
		body = strings.TrimRight(body, " \u00a0\u202f")
	}
	first, second, fraction := strings.Cut(body, "/")
	top, ok := decimal(first)
	if !ok || percent && fraction {
		return Ratio{}, wrong
	}
	if fraction {
		bottom, ok := decimal(second)
		if !ok || bottom.Sign() == 0 {
			return Ratio{}, wrong
		}
		top.Quo(top, bottom)
	}
	if percent {
		top.Quo(top, big.NewRat(100, 1))
	}
	return Ratio{top}, nil
}

func decimal(s string) (*big.Rat, bool) {
	whole, part, point := strings.Cut(s, ".")
	if !digitsOnly(whole) || point && !digitsOnly(part) || len(whole)+len(part) > mostDigits {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}
