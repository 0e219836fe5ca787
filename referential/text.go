package referential

// Lang is a language of the texts.
type Lang string

// The languages of the texts.
const (
	French  Lang = "fr"
	English Lang = "en"
)

// Text is the same words in both languages.
type Text struct {
	FR string `json:"fr"`
	EN string `json:"en"`
}

// In gives the words in one language: English when asked for it, else French, the language of origin.
func (t Text) In(lang Lang) string {
	if lang == English {
		return t.EN
	}
	return t.FR
}

// IsZero tells whether there are no words.
func (t Text) IsZero() bool { return t == Text{} }
