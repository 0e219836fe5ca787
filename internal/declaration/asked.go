package declaration

import (
	"cmp"
	"slices"
	"strings"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// asked is a fact that referentials ask for.
type asked struct {
	referential.FactKind           // as the first package names it, with the values that any of them names
	With                 []string  // keys that rules want of the same observation
	Of                   string    // key of the observation that this one belongs to; empty: it stands by itself
	Serves               []service // requirements that look at it, or at what is declared with it
}

// service is a requirement that looks at a fact.
type service struct {
	Package, Title, Href string
	Status               referential.Status // empty: the reader may not see it
}

// open tells whether the requirement still waits for something.
func (s service) open() bool {
	return s.Status == referential.NotMet || s.Status == referential.Unknown
}

// waiting counts the requirements that still wait for something.
func (a asked) waiting() (n int) {
	for _, s := range a.Serves {
		if s.open() {
			n++
		}
	}
	return n
}

// Declarable tells whether people can say a fact with such a key, when a referential asks for it.
func Declarable(key string) bool { return !strings.Contains(key, "*") && !measured(key) }

// kinds lists what some packages ask people to declare, each fact once, in the order of the packages.
func kinds(packages []*referential.Package) []asked {
	var all []asked
	place := map[string]int{}
	beside := map[string]map[string]bool{}
	for _, p := range packages {
		for _, kind := range p.Facts {
			if !Declarable(kind.Key) {
				continue
			}
			if i, known := place[kind.Key]; known {
				all[i].merge(kind)
				continue
			}
			place[kind.Key] = len(all)
			kind.Meanings, kind.Scale = slices.Clone(kind.Meanings), slices.Clone(kind.Scale)
			all = append(all, asked{FactKind: kind})
		}
		for _, r := range p.Requirements() {
			for key, others := range p.Uses(r).Beside {
				for other := range others {
					if beside[key] == nil {
						beside[key] = map[string]bool{}
					}
					beside[key][other] = true
				}
			}
		}
	}
	for i := range all {
		for j := range all {
			if i != j && all[j].Of == "" && all[i].Of == "" && len(all[j].With) == 0 && beside[all[i].Key][all[j].Key] {
				all[j].Of = all[i].Key
				all[i].With = append(all[i].With, all[j].Key)
			}
		}
	}
	return all
}

// merge adds the values that another package names for the same fact, and the words the first one lacks.
func (a *asked) merge(kind referential.FactKind) {
	if kind.Kind != a.Kind {
		return
	}
	for _, m := range kind.Meanings {
		if !slices.ContainsFunc(a.Meanings, func(known referential.Meaning) bool { return known.Value == m.Value }) {
			a.Meanings = append(a.Meanings, m)
		}
	}
	if len(a.Scale) == 0 {
		a.Scale = slices.Clone(kind.Scale)
	}
	if a.Label.IsZero() {
		a.Label = kind.Label
	}
	if a.Obtain.Text.IsZero() {
		a.Obtain = kind.Obtain
	}
}

func find(all []asked, key string) (asked, bool) {
	i := slices.IndexFunc(all, func(a asked) bool { return a.Key == key })
	if i < 0 {
		return asked{}, false
	}
	return all[i], true
}

// ask lists what is asked of a structure, with the requirements that each fact serves. A requirement that does not apply to it asks for nothing; one
// whose verdict the reader may not see is named without.
func (m *Module) ask(c *web.Context, tx *store.Tx, s territory.Structure) ([]asked, error) {
	set, err := m.shelf.Now(c.Ctx, tx, m.now())
	if err != nil {
		return nil, err
	}
	var judged []referential.Assessment
	if c.May(right.SeePosture, s.Interval) {
		if judged, err = proof.AssessAll(c.Ctx, tx, right.Visible(c.Actor, right.SeePosture), set.Board, s, m.now(), c.Printer.Zone()); err != nil {
			return nil, err
		}
	}
	all := kinds(set.Packages)
	lang := referential.Lang(c.Printer.Lang())
	for n, p := range set.Packages {
		for _, r := range p.Requirements() {
			one := service{Package: p.Title.In(lang), Title: r.Title.In(lang)}
			if judged != nil {
				verdict, ok := judged[n].Verdict(r.Code)
				if !ok || verdict.Status == referential.NotApplicable {
					continue
				}
				one.Status, one.Href = verdict.Status, "/structures/"+string(s.ID)+"/referentials/"+p.ID+"#r-"+r.Code
			}
			uses := p.Uses(r)
			for i := range all {
				if _, used := uses.Facts[all[i].Key]; used || slices.ContainsFunc(all[i].With, func(key string) bool { _, used := uses.Facts[key]; return used }) {
					all[i].Serves = append(all[i].Serves, one)
				}
			}
		}
	}
	return all, nil
}

// first orders what is not declared: what most waiting requirements look at, then the smallest effort.
func first(a, b asked) int {
	return cmp.Or(cmp.Compare(b.waiting(), a.waiting()), cmp.Compare(cmp.Or(a.Obtain.Effort, 2), cmp.Or(b.Obtain.Effort, 2)), cmp.Compare(len(b.Serves), len(a.Serves)), strings.Compare(a.Key, b.Key))
}

// tasks are the requirements that a fact serves, with their verdicts.
func (a asked) tasks() []ui.Task {
	var tasks []ui.Task
	for _, s := range a.Serves {
		tasks = append(tasks, ui.Task{Text: s.Title, Hint: s.Package, Href: s.Href, Status: ui.Status(s.Status)})
	}
	return tasks
}

// sentence begins with a capital letter.
func sentence(text string) string {
	for i, r := range text {
		return strings.ToUpper(string(r)) + text[i+len(string(r)):]
	}
	return text
}
