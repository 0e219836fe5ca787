package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hygie/internal/territory"
)

// Bounds on what is looked for and kept.
const (
	mostAsked  = 8   // words of a question that count
	longest    = 40  // characters of a word that count
	mostKept   = 400 // words kept of a document
	shortest   = 2   // characters of a word, when it holds no digit
	numberForm = 9   // digits of a FINESS or SIREN number
	siretForm  = 14
)

// hollow are words so frequent that they tell nothing, folded.
func hollow(word string) bool {
	switch word {
	case "de", "du", "des", "la", "le", "les", "et", "en", "au", "aux", "un", "une", "pour", "par", "sur", "dans", "the", "of", "and", "to", "in", "for", "on":
		return true
	}
	return false
}

// split cuts a text into folded words that may count: without accents and capitals, without those too short or too frequent to tell anything.
func split(text string) []string {
	var list []string
	for word := range strings.FieldsSeq(territory.Fold(text)) {
		word = clip(word)
		if hollow(word) || utf8.RuneCountInString(word) < shortest && !digits(word) {
			continue
		}
		list = append(list, word)
	}
	return list
}

func clip(word string) string {
	if utf8.RuneCountInString(word) <= longest {
		return word
	}
	return string([]rune(word)[:longest])
}

func digits(word string) bool { return strings.Trim(word, "0123456789") == "" && word != "" }

// singular is a French or English word without the mark of its plural, or the word itself. It is no dictionary: what matters is that both forms of a word
// meet.
func singular(word string) string {
	n := utf8.RuneCountInString(word)
	switch {
	case n < 4 || digits(word):
		return word
	case n > 5 && strings.HasSuffix(word, "eaux"), n > 4 && strings.HasSuffix(word, "eux"), strings.HasSuffix(word, "oux"):
		return word[:len(word)-1]
	case n > 5 && strings.HasSuffix(word, "aux"):
		return word[:len(word)-2] + "l"
	case strings.HasSuffix(word, "ss"):
		return word
	case strings.HasSuffix(word, "s"):
		return word[:len(word)-1]
	}
	return word
}

// kept are the words of a document as the index holds them, each once, each with its singular.
func kept(texts ...string) []string {
	var list []string
	seen := map[string]bool{}
	add := func(word string) {
		if !seen[word] && len(list) < mostKept {
			seen[word] = true
			list = append(list, word)
		}
	}
	for _, text := range texts {
		for _, word := range split(text) {
			add(word)
			add(singular(word))
		}
	}
	return list
}

// term is one word of a question: documents hold a word that begins so, or its singular.
type term struct{ word, single string }

// ask reads a question. Groups of digits that make a number of the State together, such as "123 456 789", are one word.
func ask(text string) []term {
	list := join(split(text))
	list = slices.CompactFunc(list, func(a, b string) bool { return a == b })
	var terms []term
	for _, word := range list[:min(len(list), mostAsked)] {
		terms = append(terms, term{word, singular(word)})
	}
	return terms
}

// join puts the groups of digits of a written number together.
func join(list []string) []string {
	var out []string
	for i := 0; i < len(list); {
		end, number := i, ""
		for end < len(list) && digits(list[end]) {
			number += list[end]
			end++
		}
		switch {
		case end > i && (len(number) == numberForm || len(number) == siretForm):
			out = append(out, number)
			i = end
		default:
			out = append(out, list[i])
			i++
		}
	}
	return out
}

// score says how well a title answers a question: words of it that are asked for count more than beginnings, and those more than what stands elsewhere.
func score(title string, terms []term) int {
	has := map[string]bool{}
	list := strings.Fields(territory.Fold(title))
	for _, w := range list {
		has[w], has[singular(w)] = true, true
	}
	total := 0
	for _, t := range terms {
		switch {
		case has[t.word] || has[t.single]:
			total += 4
		case slices.ContainsFunc(list, func(w string) bool { return strings.HasPrefix(w, t.word) }):
			total += 2
		}
	}
	if len(list) > 0 && len(terms) > 0 && strings.HasPrefix(list[0], terms[0].word) {
		total++
	}
	return total
}

// Marks are words that no text holds, since folding leaves no underscore: they say of which kind a document is, and which structures hold it (the empty
// structure for none), so that an engine crosses lists instead of reading rows.
func kindMark(kind string) string           { return "_k" + letters(kind) }
func structureMark(structure string) string { return "_s" + letters(structure) }

// block is a number of documents that have a mark in common in PostgreSQL, those that were written one after the other (function search_heads of package
// store).
type block struct {
	mark string
	size int64
}

// blocks are the sizes of blocks, the smallest first: enough for the nation, then for a region.
func blocks() []block { return []block{{"_n", 1 << 12}, {"_m", 1 << 16}} }

// last are the marks of the block that holds a document and of the one before.
func (b block) last(number int64) []string {
	n := number / b.size
	return []string{b.mark + strconv.FormatInt(n, 10), b.mark + strconv.FormatInt(n-1, 10)}
}

// letters keeps what both engines take as one word.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
}
