package referential

import (
	"cmp"
	"time"
)

// ActionKind says what sort of act is proposed; the platform makes a button of it.
type ActionKind string

// The acts that can be proposed.
const (
	RunAct       ActionKind = "run"           // make an observation: Subject is the fact's key, Act the code of the act that gives it
	RepeatAct    ActionKind = "repeat"        // make it again between NotBefore and Due
	ImproveAct   ActionKind = "improve"       // change what was measured: Subject is the fact's key
	CompleteAct  ActionKind = "complete"      // complete an observation: Subject is the key of the missing fact
	DepositAct   ActionKind = "deposit"       // deposit a document: Subject is its kind
	DateAct      ActionKind = "date"          // state the period of a document: Subject is its kind
	SignAct      ActionKind = "sign"          // have a document signed: Subject is its kind
	ConfirmAct   ActionKind = "confirm"       // ask the authority how to read the text: Subject is the fact's key
	ParameterAct ActionKind = "set_parameter" // ask an administrator: Subject is the code of the parameter
	StructureAct ActionKind = "set_structure" // ask an administrator: Subject is "category", "group", "members" or "weight"
)

// Action is the next thing to do, in one sentence ([Action.Text]).
type Action struct {
	Kind      ActionKind `json:"kind"`
	Subject   string     `json:"subject"`
	Act       string     `json:"act,omitempty"`       // code of the act in the platform, such as "directory.audit"
	Structure string     `json:"structure"`           // who has to do it
	NotBefore time.Time  `json:"not_before,omitzero"` // first day on which it helps, at midnight UTC
	Due       time.Time  `json:"due,omitzero"`        // last day on which it helps, at midnight UTC
	Effort    int        `json:"effort"`              // 1 an hour, 2 a day, 3 a week, 4 a month, 5 more
	Advice    bool       `json:"advice,omitempty"`    // no verdict waits for it
	For       string     `json:"for,omitempty"`       // name of the member of a group that has to do it
	Code      string     `json:"code"`                // of the message
	Params    []Param    `json:"params,omitempty"`
}

// soon is how many days ahead a deadline comes before everything else.
const soon = 30

// better tells which of two acts to do first: one that can be done today before one that cannot; one of the structure's own before one
// that waits for an administrator; one that a verdict waits for before advice; one due within 30 days, the nearest first; the
// smallest effort; what most requirements wait for, by a count of the acts that several propose; the nearest deadline. Zero keeps the order
// of the package.
func better(a, b *Action, wanted map[act]int, today day) int {
	no := func(yes bool) int {
		if yes {
			return 0
		}
		return 1
	}
	key := func(f func(*Action) int) int { return cmp.Compare(f(a), f(b)) }
	return cmp.Or(
		key(func(x *Action) int { return no(x.NotBefore.IsZero() || dayOf(x.NotBefore, time.UTC) <= today) }),
		key(func(x *Action) int {
			return no(x.Kind != ParameterAct && x.Kind != StructureAct && x.Kind != ConfirmAct)
		}),
		key(func(x *Action) int { return no(!x.Advice) }),
		key(func(x *Action) int { return min(due(x), int(today)+soon+1) }),
		key(func(x *Action) int { return x.Effort }),
		key(func(x *Action) int { return -wanted[x.same()] }),
		key(due),
	)
}

// due is the day of the deadline; one without stands after all others.
func due(a *Action) int {
	if a.Due.IsZero() {
		return int(^uint(0) >> 1)
	}
	return int(dayOf(a.Due, time.UTC))
}

// best picks the act to do first among those of some reasons: of those that are not met, which decide, else of those that are unknown.
func best(reasons []Reason, today day) *Action {
	for _, status := range []Status{NotMet, Unknown} {
		var chosen *Action
		for _, r := range reasons {
			if r.Next != nil && r.Status == status && (chosen == nil || better(r.Next, chosen, nil, today) < 0) {
				chosen = r.Next
			}
		}
		if chosen != nil {
			return chosen
		}
	}
	return nil
}

// act is what makes two proposals one act: done once, it serves both.
type act struct {
	kind                    ActionKind
	subject, act, structure string
}

func (a *Action) same() act { return act{a.Kind, a.Subject, a.Act, a.Structure} }

// First picks the act to do first of several, such as those that several packages propose, and how many propose it; nil when all are. The order
// is in the comment of the package. Days are those of the zone; nil is UTC.
func First(at time.Time, zone *time.Location, acts ...*Action) (chosen *Action, times int) {
	if zone == nil {
		zone = time.UTC
	}
	wanted := wants(acts)
	if chosen = first(acts, wanted, dayOf(at, zone)); chosen == nil {
		return nil, 0
	}
	return chosen, wanted[chosen.same()]
}

// wants counts who proposes each act.
func wants(acts []*Action) map[act]int {
	wanted := make(map[act]int, len(acts))
	for _, a := range acts {
		if a != nil {
			wanted[a.same()]++
		}
	}
	return wanted
}

// first picks the act to do first of some acts, or nil.
func first(acts []*Action, wanted map[act]int, today day) *Action {
	var chosen *Action
	for _, a := range acts {
		if a != nil && (chosen == nil || better(a, chosen, wanted, today) < 0) {
			chosen = a
		}
	}
	return chosen
}

// run proposes to make an observation.
func (f *frame) run(kind FactKind) *Action {
	a := f.act(RunAct, kind, kind.Obtain)
	switch {
	case !kind.Obtain.Text.IsZero():
	case kind.One.IsZero():
		a.Code, a.Params = "action.record", []Param{label("fact", kind.Label)}
	default:
		a.Code, a.Params = "action.run", []Param{label("one", kind.One)}
	}
	return a
}

// improve proposes to change what was measured; without words for that, to measure again.
func (f *frame) improve(kind FactKind) *Action {
	if kind.Improve.Text.IsZero() {
		return f.run(kind)
	}
	return f.act(ImproveAct, kind, kind.Improve)
}

func (f *frame) act(k ActionKind, kind FactKind, how Advice) *Action {
	return &Action{Kind: k, Subject: kind.Key, Act: how.Act, Structure: f.subject.Structure, Effort: cmp.Or(how.Effort, 2),
		Code: "action.said", Params: []Param{label("said", how.Text)}}
}

// repeat proposes to make an observation between two days.
func (f *frame) repeat(kind FactKind, from, until day) *Action {
	a := f.act(RepeatAct, kind, kind.Obtain)
	a.NotBefore, a.Due = from.start(time.UTC), until.start(time.UTC)
	a.Code, a.Params = "action.repeat", []Param{label("one", kind.One), f.date("from", from), f.date("until", until)}
	return a
}

// ask proposes that an administrator completes what is known of a structure.
func (f *frame) ask(what string) *Action {
	return &Action{Kind: StructureAct, Subject: what, Act: "structure." + what, Structure: f.subject.Structure, Effort: 1, Code: "action.structure." + what}
}
