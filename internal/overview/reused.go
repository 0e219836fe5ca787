package overview

import (
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential"
)

// reused is a requirement of another referential that is met and shows this one, or a part of it.
type reused struct {
	Package *referential.Package
	Title   string
	Href    string
	Whole   bool      // enough by itself; else it shows a part
	Since   time.Time // what it rests on, the latest; zero: not known
	Until   time.Time // the last day on which it holds when nothing new comes
	Endless bool      // no end in sight
}

// reused tells, by requirement, what other referentials show of a package for a structure: said once, it serves again.
func (m *Module) reused(c *web.Context, tx *store.Tx, set *proof.Set, p *referential.Package, s territory.Structure, at time.Time) (map[string][]reused, error) {
	others := map[string]*referential.Package{}
	for _, other := range set.Packages {
		if set.Links != nil && other.ID != p.ID && set.Links.Joins(p.ID, other.ID) {
			others[other.ID] = other
		}
	}
	if len(others) == 0 {
		return nil, nil
	}
	world, err := proof.World(c.Ctx, tx, c.Scope, s, at, c.Printer.Zone())
	if err != nil {
		return nil, err
	}
	judged := map[string]referential.Assessment{}
	for _, other := range others {
		judged[other.ID] = other.Evaluate(world, at)
	}
	lang := referential.Lang(c.Printer.Lang())
	all := map[string][]reused{}
	for _, shown := range set.Links.Shown(p.ID, judged) {
		other := others[shown.By.Package]
		one := reused{Package: other, Title: shown.By.Code, Whole: shown.Whole, Since: shown.Verdict.RestsOn()}
		if line, ok := other.Line(referential.LineRef{Kind: referential.RequirementLine, Code: shown.By.Code}); ok {
			one.Title = line.Title.In(lang)
		}
		until, _ := set.Board.HoldsUntil(world, at, shown.By)
		one.Until, one.Endless = until, until.IsZero()
		one.Href = packageHref(s, other) + "#r-" + shown.By.Code
		all[shown.Code] = append(all[shown.Code], one)
	}
	return all, nil
}
