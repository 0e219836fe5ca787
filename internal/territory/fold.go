package territory

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold turns a name into what sorting and searching compare: lower case, without accents, ligatures and punctuation, words separated by
// one space, "st" and "ste" written out. "C.H. de l’Étang-St-Œuvre" becomes "ch de l etang saint oeuvre".
func Fold(text string) string {
	var b strings.Builder
	gap := false // a separator was met and something follows
	write := func(r rune) {
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == '.': // C.H.U. is one word
		case r == 'œ' || r == 'Œ':
			write('o')
			write('e')
		case r == 'æ' || r == 'Æ':
			write('a')
			write('e')
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			write(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	words := strings.Split(b.String(), " ")
	for i, word := range words {
		switch word {
		case "st":
			words[i] = "saint"
		case "ste":
			words[i] = "sainte"
		}
	}
	return strings.Join(words, " ")
}

// searchKey is the text that a search looks into: each word after a space, so that " mot" finds the words that begin
// with "mot".
func searchKey(name, city string) string {
	return " " + strings.TrimSpace(Fold(name)+" "+Fold(city))
}
