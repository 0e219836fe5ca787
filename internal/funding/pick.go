package funding

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Picked is evidence that serves a requirement in a dossier.
type Picked struct {
	ID          string
	Member      string // of a group; empty: the whole
	Requirement string // as the call names it
	Evidence    string // id
	Kind        proof.Kind
	Name        string
	SHA256      string
	Size        int64
	From, Until time.Time // the period it speaks of
	ReplacedBy  string    // id of newer evidence that took its place; empty: it still counts
	AddedAt     time.Time
	AddedBy     string
}

// Pick lets a piece of evidence serve a requirement. scope is that of right.EditDossier on the structure of the dossier, and the evidence is of a structure in
// it, or of one that merged into such a structure. Picking twice changes nothing.
func (s *Service) Pick(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, dossier, member, requirement, evidence string) error {
	d, err := ByID(ctx, tx, scope, dossier)
	if err != nil {
		return err
	}
	if err := s.editable(ctx, tx, d, "requirement/"+requirement, member); err != nil {
		return err
	}
	if requirement == "" || len(requirement) > maxName {
		return fault.NotFound("funding.no_requirement")
	}
	e, err := proof.Reach(ctx, tx, scope, evidence)
	if err != nil {
		return fault.NotFound("funding.no_evidence").Because(err)
	}
	now := s.now()
	_, err = tx.Exec(ctx, `insert into dossier_evidence (id, dossier_id, member_id, requirement, evidence_id, added_at, added_by) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (dossier_id, member_id, requirement, evidence_id) where removed_at = 0 do nothing`,
		store.NewID(now), d.ID, member, requirement, e.ID, store.Millis(now), actor.Person)
	if err != nil {
		return fmt.Errorf("pick evidence for dossier %s: %w", d.Number, err)
	}
	return nil
}

// Unpick takes a piece of evidence out of a dossier; what was deposited with it keeps it.
func (s *Service) Unpick(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, dossier, picked string) error {
	d, err := ByID(ctx, tx, scope, dossier)
	if err != nil {
		return err
	}
	at, err := store.One(ctx, tx, func(row store.Row) (p Picked, err error) { return p, row.Scan(&p.Requirement, &p.Member) },
		`select requirement, member_id from dossier_evidence where id = $1 and dossier_id = $2 and removed_at = 0`, picked, d.ID)
	if err != nil {
		return fault.NotFound("funding.no_evidence").Because(err)
	}
	if err := s.editable(ctx, tx, d, "requirement/"+at.Requirement, at.Member); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update dossier_evidence set removed_at = $1, removed_by = $2 where id = $3 and dossier_id = $4 and removed_at = 0`, store.Millis(s.now()), actor.Person, picked, d.ID)
	if err != nil {
		return fmt.Errorf("take evidence out of dossier %s: %w", d.Number, err)
	}
	return nil
}

// Evidence lists what is picked in a dossier in scope, by requirement and member.
func Evidence(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Picked, error) {
	var w store.Where
	w.And("p.dossier_id = ?", dossier)
	w.And("p.removed_at = 0")
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (p Picked, err error) {
		var from, until, at int64
		err = row.Scan(&p.ID, &p.Member, &p.Requirement, &p.Evidence, &p.Kind, &p.Name, &p.SHA256, &p.Size, &from, &until, &p.ReplacedBy, &at, &p.AddedBy)
		p.From, p.Until, p.AddedAt = store.Time(from), store.Time(until), store.Time(at)
		return p, err
	}, `select p.id, p.member_id, p.requirement, p.evidence_id, e.kind, e.name, e.sha256, e.size, e.effective_from, e.effective_until,
		coalesce((select min(n.id) from evidence n where n.supersedes = e.id), ''), p.added_at, p.added_by
		from dossier_evidence p join dossier d on d.id = p.dossier_id join evidence e on e.id = p.evidence_id`+w.SQL()+` order by p.requirement, p.member_id, p.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the evidence of a dossier: %w", err)
	}
	return list, nil
}
