package referential

import "time"

// Category is a sort of structure that a package tells apart.
type Category struct {
	Code       string
	Title      Text
	Ineligible bool // the package does not apply to it
	Source     Source
}

// Role is what somebody is who signs.
type Role struct {
	Code  string
	Title Text // with its article
}

// Milestone is a date of the programme, with those announced before when it was moved.
type Milestone struct {
	Code   string
	Title  Text
	Date   time.Time // zero: not published, to be completed
	Former []time.Time
	Source Source
}

// Parameter is a value that rules use and that an administrator may give without touching the package.
type Parameter struct {
	Code     string
	Kind     ValueKind
	Title    Text
	Help     Text
	Value    Value // of the package; zero: to be completed
	Min, Max *float64
	OneOf    []string
	Source   Source
}

// FactKind declares a fact that rules use, with the words to speak of it.
type FactKind struct {
	Key      string // one part may be "*" for any: "assessment.*.score"
	Kind     ValueKind
	Label    Text // with its article: "le niveau de l’annuaire"
	One      Text // one observation, with its article: "un audit de l’annuaire"
	Many     Text // several, without: "audits de l’annuaire"
	Scale    []string
	Meanings []Meaning
	Obtain   Advice // how to get an observation
	Improve  Advice // how to get a better one
}

// Meaning is what one value of a fact means, in words.
type Meaning struct {
	Value Value
	Text  Text
}

// Advice is an act proposed to the reader.
type Advice struct {
	Act    string // code of the act in the platform, such as "directory.audit"
	Text   Text
	Effort int // 1 an hour, 2 a day, 3 a week, 4 a month, 5 more
}

// DocumentKind declares a document that rules ask for.
type DocumentKind struct {
	Code   string
	Label  Text // with its article: "la description de l’annuaire"
	Help   Text
	Effort int
	Source Source
}
