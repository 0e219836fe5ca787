// Package official knows the numbers and the divisions that the French State gives: FINESS, SIREN and SIRET numbers, departments,
// regions. It is data and arithmetic only, so that readers of files may use it without the rest of the territory.
package official

import "strings"

// CleanFiness removes the spaces of a FINESS number and writes its letters in capitals.
func CleanFiness(text string) string {
	return strings.ToUpper(strings.Join(strings.Fields(text), ""))
}

// ValidFiness tells whether text has the form of a FINESS number: nine digits or capital letters, as the published
// schema says; in use, two characters of department (2A and 2B for Corsica) then seven digits.
func ValidFiness(text string) bool {
	if len(text) != 9 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// FinessKey tells whether the last digit of a FINESS number agrees with the others (Luhn's rule). Numbers with letters are
// not checked. A wrong key is a sign of a typing error, never a reason to refuse a published number.
func FinessKey(number string) bool {
	if !Digits(number, len(number)) {
		return true
	}
	return luhn(number)
}

// ValidSiren tells whether text is nine digits whose key is right (Luhn's rule), as INSEE gives them.
func ValidSiren(text string) bool { return Digits(text, 9) && luhn(text) }

// Digits tells whether text is n decimal digits.
func Digits(text string, n int) bool {
	if len(text) != n {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
