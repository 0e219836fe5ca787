package exposure

import (
	"context"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// longestAcceptance bounds how far ahead a decision may hold: it must come back to the table.
const longestAcceptance = 366 * 24 * time.Hour

// Accept records that a finding stays open until a day, or is held for a false positive, with the reason. A decision in force for the same
// finding is replaced. It counts from the next run on; the pages show it at once.
func (s *Service) Accept(ctx context.Context, actor right.Actor, scope territory.Scope, a Acceptance) error {
	now := s.now()
	var wrong []fault.Field
	if len([]rune(strings.TrimSpace(a.Reason))) < 10 {
		wrong = append(wrong, fault.Field{Name: "reason", Key: "exposure.reason_short"})
	}
	switch {
	case a.Until.IsZero():
		wrong = append(wrong, fault.Field{Name: "until", Key: "exposure.until_missing"})
	case !a.InForce(now):
		wrong = append(wrong, fault.Field{Name: "until", Key: "exposure.until_past"})
	case a.Until.Sub(now) > longestAcceptance:
		wrong = append(wrong, fault.Field{Name: "until", Key: "exposure.until_far"})
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := withdraw(ctx, tx, scope, a.Structure, a.Finding, now); err != nil {
			return err
		}
		if err := insert(ctx, tx, scope, a.Structure, "exposure_acceptance", "id, finding, false_positive, reason, until, accepted_at, accepted_by, accepted_by_name",
			store.NewID(now), a.Finding, a.False, strings.TrimSpace(a.Reason), store.Millis(a.Until), store.Millis(now), actor.Person, actor.Name); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.accept", Structure: a.Structure, Subject: "exposure-finding/" + a.Finding,
			Data: trail.Data(map[string]any{"false_positive": a.False, "until": a.Until.Format(time.DateOnly)})})
	})
}

// Withdraw takes the decision about a finding back.
func (s *Service) Withdraw(ctx context.Context, actor right.Actor, scope territory.Scope, structure, finding string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := withdraw(ctx, tx, scope, structure, finding, s.now()); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.accept_withdraw", Structure: structure, Subject: "exposure-finding/" + finding})
	})
}

func withdraw(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, finding string, now time.Time) error {
	var w store.Where
	set := `update exposure_acceptance set withdrawn_at = ` + w.Arg(store.Millis(now))
	w.And("structure_id = ?", structure)
	w.And("finding = ?", finding)
	w.And("withdrawn_at = 0")
	scope.Within(&w, "structure_id")
	_, err := tx.Exec(ctx, set+w.SQL(), w.Args()...)
	return err
}

// inForce finds the decision that counts for a finding.
func inForce(list []Acceptance, finding string, now time.Time) (Acceptance, bool) {
	i := slices.IndexFunc(list, func(a Acceptance) bool { return a.Finding == finding && a.InForce(now) })
	if i < 0 {
		return Acceptance{}, false
	}
	return list[i], true
}

// done lists the actions of the plan that someone says are done, by what they mend: the next run looks whether it is true.
func done(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (keys []string, err error) {
	actions, _, err := plan.List(ctx, tx, scope, plan.Filter{Structure: structure, Origin: plan.ExposureFinding, States: []plan.State{plan.Done}}, mostActions, 0)
	for _, a := range actions {
		keys = append(keys, a.OriginRef)
	}
	return keys, err
}

// mostActions bounds the actions looked at.
const mostActions = 2000
