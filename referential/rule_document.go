package referential

// DocumentRule holds when a document of a kind was deposited whose effective period covers a day, today unless said otherwise. A
// period includes its first and last day; one without a last day is open; one without a first day leaves the answer unknown.
//
//	document: {kind: convergence-plan, covers: 2026-06-30}
type DocumentRule struct {
	Kind   string
	Covers Operand // zero: the day of the evaluation
}

func (r DocumentRule) uses(u *Uses) {
	u.Documents[r.Kind] = true
	r.Covers.uses(u)
}

func (r DocumentRule) eval(f *frame) Reason {
	found := r.find(f)
	if found.missing != nil {
		return f.unresolved(*found.missing)
	}
	kind := f.documentKind(r.Kind)
	params := []Param{label("document", kind.Label), f.date("date", found.on)}
	deposit := f.depositing(DepositAct, kind, "action.deposit")
	switch {
	case len(found.covering) > 0:
		d := found.covering[len(found.covering)-1]
		return Reason{Status: Met, Code: "document.met", Params: append(params, f.period(d)), Documents: []Document{d}}
	case len(found.undated) > 0:
		d := found.undated[len(found.undated)-1]
		return Reason{Status: Unknown, Code: "document.undated", Params: append(params, f.period(d)), Documents: []Document{d},
			Next: f.depositing(DateAct, kind, "action.date")}
	case len(found.others) > 0:
		d := found.others[len(found.others)-1]
		return Reason{Status: NotMet, Code: "document.outside", Params: append(params, f.period(d)), Documents: []Document{d}, Next: deposit}
	}
	return Reason{Status: NotMet, Code: "document.none", Params: params, Next: deposit}
}

// found is the documents of a kind, oldest deposit first, by what their period says of the day.
type found struct {
	on                        day
	covering, undated, others []Document
	missing                   *Reason
}

func (r DocumentRule) find(f *frame) found {
	x := found{on: f.today}
	if r.Covers != (Operand{}) {
		if x.on, x.missing = f.resolveDay(r.Covers); x.missing != nil {
			return x
		}
	}
	for _, d := range f.index.documents[f.subject.Structure] {
		switch {
		case d.Kind != r.Kind:
		case !d.Until.IsZero() && dayOf(d.Until, f.zone) < x.on:
			x.others = append(x.others, d)
		case d.From.IsZero():
			x.undated = append(x.undated, d)
		case dayOf(d.From, f.zone) > x.on:
			x.others = append(x.others, d)
		default:
			x.covering = append(x.covering, d)
		}
	}
	return x
}

// period writes the period of a document: "du 1er mars 2026 au 31 mars 2026".
func (f *frame) period(d Document) Param {
	from, until := f.date("from", dayOf(d.From, f.zone)), f.date("until", dayOf(d.Until, f.zone))
	switch {
	case d.From.IsZero() && d.Until.IsZero():
		return said("period", "period.unstated")
	case d.From.IsZero():
		return said("period", "period.until", until)
	case d.Until.IsZero():
		return said("period", "period.from", from)
	}
	return said("period", "period.both", from, until)
}

// depositing proposes an act on a document.
func (f *frame) depositing(k ActionKind, kind DocumentKind, code string) *Action {
	effort := kind.Effort
	if k != DepositAct || effort == 0 {
		effort = 1
	}
	return &Action{Kind: k, Subject: kind.Code, Act: "evidence." + string(k), Structure: f.subject.Structure, Effort: effort, Code: code,
		Params: []Param{label("document", kind.Label)}}
}
