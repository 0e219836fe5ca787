package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// longestAcceptance bounds how far ahead a risk may be accepted: the decision must come back to the table.
const longestAcceptance = 366 * 24 * time.Hour

// Accept records that the management leaves a weakness open until a day, with its reason. An acceptance in force for the same point is
// replaced.
func (s *Service) Accept(ctx context.Context, actor right.Actor, scope territory.Scope, a Acceptance) error {
	now := s.now()
	var wrong []fault.Field
	if len([]rune(strings.TrimSpace(a.Reason))) < 10 {
		wrong = append(wrong, fault.Field{Name: "reason", Key: "audit.reason_short"})
	}
	switch {
	case a.Until.IsZero():
		wrong = append(wrong, fault.Field{Name: "until", Key: "audit.until_missing"})
	case !a.InForce(now):
		wrong = append(wrong, fault.Field{Name: "until", Key: "audit.until_past"})
	case a.Until.Sub(now) > longestAcceptance:
		wrong = append(wrong, fault.Field{Name: "until", Key: "audit.until_far"})
	}
	if !known(a.Point) || a.Domain == "" {
		return fault.NotFound("audit.no_such_point")
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := revoke(ctx, tx, scope, a, actor, now); err != nil {
			return err
		}
		var w store.Where
		marks := ""
		for _, v := range []any{store.NewID(now), a.Domain, a.Point, strings.TrimSpace(a.Reason), store.Millis(a.Until), store.Millis(now), actor.Person, actor.Name} {
			marks += ", " + w.Arg(v)
		}
		w.And("s.id = ?", a.Structure)
		scope.Within(&w, "s.id")
		n, err := tx.Exec(ctx, `insert into audit_acceptance (structure_id, id, domain, point, reason, until, accepted_at, accepted_by, accepted_by_name)
			select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("record the acceptance: %w", err)
		}
		if n != 1 {
			return fmt.Errorf("record the acceptance for %s: %w", a.Structure, store.ErrNotFound)
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "audit.accept", Structure: a.Structure, Subject: "point/" + a.Point,
			Data: trail.Data(map[string]any{"domain": a.Domain, "until": a.Until.Format(time.DateOnly), "reason": a.Reason})})
	})
}

// Withdraw ends the acceptance in force for a point. The error is fault.Conflict when there is none.
func (s *Service) Withdraw(ctx context.Context, actor right.Actor, scope territory.Scope, a Acceptance) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		ended, err := revoke(ctx, tx, scope, a, actor, s.now())
		if err != nil {
			return err
		}
		if ended == 0 {
			return fault.Conflict("audit.accept_none")
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "audit.accept_withdraw", Structure: a.Structure, Subject: "point/" + a.Point,
			Data: trail.Data(map[string]any{"domain": a.Domain})})
	})
}

// revoke ends what was accepted for a point, and tells how many acceptances that were.
func revoke(ctx context.Context, tx *store.Tx, scope territory.Scope, a Acceptance, actor right.Actor, now time.Time) (int64, error) {
	var w store.Where
	set := `revoked_at = ` + w.Arg(store.Millis(now)) + `, revoked_by = ` + w.Arg(actor.Person)
	w.And("structure_id = ?", a.Structure)
	w.And("domain = ?", a.Domain)
	w.And("point = ?", a.Point)
	w.And("revoked_at = 0")
	scope.Within(&w, "structure_id")
	n, err := tx.Exec(ctx, `update audit_acceptance set `+set+w.SQL(), w.Args()...)
	if err != nil {
		return 0, fmt.Errorf("end the earlier acceptance: %w", err)
	}
	return n, nil
}

// acceptancesOf lists the acceptances in force for a structure in scope.
func acceptancesOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, now time.Time) ([]Acceptance, error) {
	var w store.Where
	w.And("a.structure_id = ?", structure)
	w.And("a.revoked_at = 0")
	w.And("a.until > ?", store.Millis(now.AddDate(0, 0, -1)))
	scope.Within(&w, "a.structure_id")
	return store.All(ctx, tx, func(row store.Row) (a Acceptance, err error) {
		var until, at int64
		err = row.Scan(&a.ID, &a.Structure, &a.Domain, &a.Point, &a.Reason, &until, &at, &a.AcceptedBy, &a.AcceptedByName)
		a.Until, a.AcceptedAt = store.Time(until), store.Time(at)
		return a, err
	}, `select a.id, a.structure_id, a.domain, a.point, a.reason, a.until, a.accepted_at, a.accepted_by, a.accepted_by_name from audit_acceptance a`+w.SQL()+` order by a.accepted_at, a.id`, w.Args()...)
}
