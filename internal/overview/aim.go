package overview

import (
	"context"
	"time"

	"hygie/figure"
	"hygie/internal/locale"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// followed tells whether such a structure has a trajectory: its own, or that of those below it.
func followed(k territory.Kind) bool {
	return assessed(k) || k == territory.Region || k == territory.Nation
}

// aimRight is what it takes to set a target of such a structure.
func aimRight(k territory.Kind) right.Action {
	if assessed(k) {
		return right.EditStructure
	}
	return right.SetAim
}

// aimPath is where the form of a target of such a structure goes.
func aimPath(s territory.Structure) string {
	if assessed(s.Kind) {
		return address(s.ID) + "/trajectory"
	}
	return address(s.ID) + "/aims"
}

// followWide sums where the legal entities of a region or the nation stand on the axes, from the counters that are kept with each fact, beside what is aimed at
// for them. Counters know today alone.
func (m *Module) followWide(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure, at time.Time) (v trajectory, err error) {
	v = trajectory{Structure: s, Now: at, Wide: true}
	set, err := m.shelf.At(ctx, tx, at)
	if err != nil {
		return v, err
	}
	if v.Programme = programme(set); v.Programme == nil {
		return v, nil
	}
	counts, err := proof.Tallies(ctx, tx, scope, v.Programme.ID, territory.Entity, s.Interval)
	if err != nil {
		return v, err
	}
	all, err := aims(ctx, tx, s, v.Programme.ID, at)
	if err != nil {
		return v, err
	}
	v.Stones = stones(ctx, set)
	for _, axis := range v.Programme.Axes {
		one := axisPosition{Axis: axis, Aims: aimsOf(all, axis.Code, s.ID)}
		for _, o := range axis.Objectives {
			for _, r := range o.Requirements {
				t := counts[r.Code]
				one.Met, one.NotMet, one.Unknown = one.Met+t.N(proof.MetAnswer), one.NotMet+t.N(proof.NotMetAnswer), one.Unknown+t.N(proof.UnknownAnswer)
			}
		}
		one.Past = []pastShare{{At: at, Met: one.Met, All: one.Asked()}}
		v.Axes = append(v.Axes, one)
	}
	return v, nil
}

// stones are the days of the programme and of its calls that are known, with how sure they are.
func stones(ctx context.Context, set *proof.Set) (all []figure.Stone) {
	p := locale.From(ctx)
	for _, one := range set.Packages {
		if one.Kind != referential.Programme && one.Kind != referential.Call {
			continue
		}
		for _, stone := range one.Milestones {
			if !stone.Date.IsZero() {
				all = append(all, figure.Stone{At: stone.Date, Label: p.T("overview.trajectory_stone", "what", stone.Title.In(lang(ctx)), "package", one.Title.In(lang(ctx)), "mark", p.T(markKey(stone.Source.Mark)))})
			}
		}
	}
	return all
}
