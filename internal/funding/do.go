package funding

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Doing is an act on a dossier as somebody asks for it.
type Doing struct {
	Dossier     string // id
	Version     int64  // of the dossier as it was read: when somebody was quicker, the act is refused with fault.Conflict
	Act         Act
	Amount      Cents
	Outcome     string // of Endorse: [Favourable], [Reserved], [Unfavourable]; of Propose: the act proposed
	Reference   string // of a payment, an instalment, a reason of the library
	Note        string
	Terms       Terms        // from [TermsOf]
	Corrections []Correction // of AskCorrection: Target, Member, Kind, Reason and Note of each
}

// longest note, in characters.
const maxNote = 4000

// Do does an act of the table on a dossier for somebody. The actor needs the right that the table names, on the structure of the dossier; who may not see it
// hears that it does not exist. Everything that follows is written in the transaction. [Deposit] has its own function, [Service.Deposit].
func (s *Service) Do(ctx context.Context, tx *store.Tx, actor right.Actor, do Doing) (Dossier, error) {
	if do.Act == Deposit {
		return Dossier{}, errors.New("a deposit freezes the content: use Service.Deposit")
	}
	d, scope, err := s.reach(ctx, tx, actor, do.Dossier, do.Act)
	if err != nil {
		return d, err
	}
	if d.Version != do.Version {
		return d, fault.Conflict("funding.moved_meanwhile")
	}
	if utf8.RuneCountInString(do.Note) > maxNote || utf8.RuneCountInString(do.Reference) > maxName {
		return d, fault.Invalid(fault.Field{Name: "note", Key: "web.too_long", Args: []any{"limit", maxNote}})
	}
	if err := checkCorrections(do.Corrections); err != nil {
		return d, err
	}
	behalf, _, err := Signer(ctx, tx, actor, mustFind(d.State, do.Act).Who.Right, d.Structure)
	if err != nil {
		return d, err
	}
	a := Attempt{Act: do.Act, By: actor.Person, OnBehalf: behalf, At: s.now(), Amount: do.Amount, Outcome: do.Outcome, Reference: do.Reference, Note: strings.TrimSpace(do.Note),
		Terms: do.Terms, Targets: len(do.Corrections), Zone: s.zone}
	if a.Unanswered, err = unanswered(ctx, tx, d.ID); err != nil {
		return d, err
	}
	life, err := s.full(ctx, tx, scope, d)
	if err != nil {
		return d, err
	}
	e, _, err := Next(life, a)
	if err != nil {
		return d, err
	}
	e.Dossier, d.Life = d.ID, life
	if err := s.record(ctx, tx, &d, e); err != nil {
		return d, err
	}
	if do.Act == AskCorrection {
		err = addCorrections(ctx, tx, d.ID, e.Position, do.Corrections, e.At)
	}
	return d, err
}

// reach reads a dossier for an act: the right that the table names for it in this state is asked for on its structure.
func (s *Service) reach(ctx context.Context, tx *store.Tx, actor right.Actor, id string, act Act) (Dossier, territory.Scope, error) {
	d, err := store.One(ctx, tx, scan, `select `+columns+` from dossier d where d.id = $1`, id)
	if errors.Is(err, store.ErrNotFound) {
		return d, territory.Scope{}, errNotFound
	}
	if err != nil {
		return d, territory.Scope{}, fmt.Errorf("read dossier %s: %w", id, err)
	}
	scope, err := right.Authorize(ctx, tx, actor, right.SeeDossier, d.Structure)
	if err != nil {
		return Dossier{}, scope, hide(err)
	}
	t, ok := Find(d.State, act)
	if !ok {
		return d, scope, fault.Conflict("funding.not_now", "state", d.State)
	}
	scope, err = right.Authorize(ctx, tx, actor, t.Who.Right, d.Structure)
	return d, scope, err
}

// hide makes a structure that one may not know a dossier that is not there.
func hide(err error) error {
	if fault.KindOf(err) == fault.KindNotFound {
		return errNotFound
	}
	return err
}

// mustFind gives a line that reach has found.
func mustFind(from State, act Act) Transition {
	t, _ := Find(from, act)
	return t
}

// full is the life of a dossier with what its row does not keep, from its events.
func (s *Service) full(ctx context.Context, tx *store.Tx, scope territory.Scope, d Dossier) (Life, error) {
	events, err := Events(ctx, tx, scope, d.ID)
	if err != nil {
		return Life{}, err
	}
	life, err := Replay(events)
	if err == nil && (life.State != d.State || life.Version != d.Version) {
		err = ErrHistory
	}
	if err != nil {
		return life, fmt.Errorf("dossier %s: %w", d.Number, err)
	}
	return life, nil
}

// Authorised tells which acts of the table an actor may do on a dossier now as far as rights go, in the order of the table. Conditions are not asked.
func Authorised(ctx context.Context, tx *store.Tx, actor right.Actor, d Dossier) ([]Transition, error) {
	var may []Transition
	asked := map[right.Action]bool{}
	for _, t := range From(d.State) {
		ok, known := asked[t.Who.Right]
		if !known {
			_, err := right.Authorize(ctx, tx, actor, t.Who.Right, d.Structure)
			if kind := fault.KindOf(err); kind == fault.KindInternal {
				return nil, err
			}
			ok = err == nil
			asked[t.Who.Right] = ok
		}
		if ok {
			may = append(may, t)
		}
	}
	return may, nil
}

// Signer says by which role somebody would do an act on a structure: one's own before one that was delegated, with the person who delegated it. Both are empty
// when none allows it.
func Signer(ctx context.Context, tx *store.Tx, actor right.Actor, action right.Action, structure string) (behalf, grant string, err error) {
	reasons, err := right.Explain(ctx, tx, actor, action, structure)
	if err != nil {
		return "", "", err
	}
	found := false
	for _, r := range reasons {
		if !r.Allows || found && r.Delegated != "" {
			continue
		}
		behalf, grant, found = r.Delegated, r.Grant, true
		if r.Delegated == "" {
			break
		}
	}
	return behalf, grant, nil
}
