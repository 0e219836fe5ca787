package call

// Facts are what a call needs to know of a candidate.
type Facts struct {
	Structure string // id
	Name      string // to name it in reasons; empty: its id is shown
	Category  string // one of the categories of the call; empty: not known
	Region    string // INSEE code; empty: not known
	Members   []Facts
	Sizes     map[string]Size   // by code of measure
	Answers   map[string]string // to fields of the dossier, as a file would write them
}

// Size is a measure of a structure with the year it stands for.
type Size struct {
	Value  Ratio
	Year   int    // 0: not recorded
	Source string // what established it
}

func (f Facts) name() string {
	if f.Name != "" {
		return f.Name
	}
	return f.Structure
}

// amount gives an amount of the call or of the dossier; else why it is not known.
func (c *Call) amount(g Given[Cents], f Facts) (Cents, *Why) {
	return fetch(c, g, f, ParseCents)
}

// ratio is amount for shares and sizes.
func (c *Call) ratio(g Given[Ratio], f Facts) (Ratio, *Why) {
	return fetch(c, g, f, ParseRatio)
}

func fetch[T any](c *Call, g Given[T], f Facts, parse func(string) (T, error)) (value T, missing *Why) {
	if v, known := g.Get(); known || g.Field == "" {
		return v, nil
	}
	field, _ := c.Field(g.Field)
	w := Why{Status: Unknown, Code: "field.call", Params: params(label("field", field.Title), label("note", field.Note))}
	if field.Per == PerCall {
		return value, &w
	}
	w.Code = "field.dossier"
	answer, ok := f.Answers[g.Field]
	if !ok || answer == "" {
		return value, &w
	}
	v, err := parse(answer)
	if err != nil {
		w.Code = "field.wrong"
		w.Params = append(w.Params, words("answer", answer))
		return value, &w
	}
	return v, nil
}
