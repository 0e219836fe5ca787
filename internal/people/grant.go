package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// inForce is the condition under which a grant counts at the moment $2: not withdrawn, between its dates, and, for a delegation,
// as long as the grant it comes from counts and reaches the place, and its holder is there. A structure that moves out of the reach of the grant takes
// no delegation with it. It wants g joined with its structure s, origin o, the origin's structure os and holder op.
const inForce = `g.revoked_at = 0 and g.from_at <= $2 and (g.until_at = 0 or g.until_at > $2)
	and (g.delegated_from is null or (o.revoked_at = 0 and o.from_at <= $2 and (o.until_at = 0 or o.until_at > $2) and op.disabled_at = 0
		and (o.structure_id is null or (os.lft <= s.lft and os.rgt >= s.rgt))))`

const originJoin = `
	left join role_grant o on o.id = g.delegated_from
	left join structure os on os.id = o.structure_id
	left join person op on op.id = o.person_id`

// GrantsOf returns the grants of a person that count now, with their present intervals.
func (s *Service) GrantsOf(ctx context.Context, tx *store.Tx, person string) ([]right.Grant, error) {
	return store.All(ctx, tx, scanGrant, `
		select g.id, g.role, g.structure_id, s.lft, s.rgt, (`+right.LeavesSQL("s")+`), g.from_at, g.until_at, op.id
		from role_grant g
		left join structure s on s.id = g.structure_id`+originJoin+`
		where g.person_id = $1 and `+inForce+`
		order by g.id`, person, store.Millis(s.now()))
}

func scanGrant(row store.Row) (right.Grant, error) {
	var g right.Grant
	var structure, delegator *string
	var left, rgt *int64
	var from, until int64
	if err := row.Scan(&g.ID, &g.Role, &structure, &left, &rgt, &g.Leaves, &from, &until, &delegator); err != nil {
		return g, err
	}
	g.From, g.Until = store.Time(from), store.Time(until)
	if delegator != nil {
		g.DelegatedBy = *delegator
	}
	if structure == nil {
		g.Interval, g.Leaves = right.Everywhere(), right.CountedLeaves
		return g, nil
	}
	g.Structure, g.Interval = *structure, territory.Interval{Left: *left, Right: *rgt}
	return g, nil
}

// Giving is a role to give.
type Giving struct {
	Person    string // id
	Role      right.Role
	Structure string    // id; empty for the whole installation
	Until     time.Time // zero without end
	Reason    string
}

// GiveRole gives a role to a person who has an account. The error is fault.NotFound for a structure or person that the actor
// may not know, fault.Refused when the actor may not give that role there or gives it to oneself, fault.Invalid for a role that does
// not fit the structure or an end that is past, fault.Conflict when the person has that role there already.
func (s *Service) GiveRole(ctx context.Context, tx *store.Tx, actor right.Actor, g Giving) (string, error) {
	if err := s.mayGive(ctx, tx, actor, g.Role, g.Structure); err != nil {
		return "", err
	}
	if g.Person == actor.Person {
		return "", fault.Refused("people.not_to_oneself")
	}
	if _, err := s.activePerson(ctx, tx, g.Person); err != nil {
		return "", err
	}
	if err := s.checkGiving(ctx, tx, g); err != nil {
		return "", err
	}
	return s.insertGrant(ctx, tx, g, actor.Person, "")
}

// mayGive checks that the actor may give the role on the structure.
func (s *Service) mayGive(ctx context.Context, tx *store.Tx, actor right.Actor, role right.Role, structure string) error {
	if _, err := right.Authorize(ctx, tx, actor, right.InvitePeople, structure); err != nil {
		return err
	}
	if !role.Valid() {
		return fault.Invalid(fault.Field{Name: "role", Key: "people.role_missing"})
	}
	givable, err := right.Givable(ctx, tx, actor, structure)
	if err != nil {
		return err
	}
	if !slices.Contains(givable, role) {
		return fault.Refused("people.may_not_give", "role", role)
	}
	return nil
}

// checkGiving checks what is true of a grant whoever gives it.
func (s *Service) checkGiving(ctx context.Context, tx *store.Tx, g Giving) error {
	var kind territory.Kind
	if g.Structure != "" {
		var err error
		kind, err = store.One(ctx, tx, store.Column[territory.Kind], `select kind from structure where id = $1`, g.Structure)
		if err != nil {
			return fmt.Errorf("read structure %s: %w", g.Structure, err)
		}
	}
	if !g.Role.Fits(kind) {
		return fault.Invalid(fault.Field{Name: "role", Key: "people.role_does_not_fit", Args: []any{"role", g.Role}})
	}
	return s.checkUntil(g.Until)
}

func (s *Service) checkUntil(until time.Time) error {
	if !until.IsZero() && !until.After(s.now()) {
		return fault.Invalid(fault.Field{Name: "until", Key: "people.until_past"})
	}
	return nil
}

// insertGrant writes a grant and its line in the trail; by is empty for the installation, from empty but for a delegation.
func (s *Service) insertGrant(ctx context.Context, tx *store.Tx, g Giving, by, from string) (string, error) {
	held, err := s.GrantsOf(ctx, tx, g.Person)
	if err != nil {
		return "", err
	}
	for _, h := range held {
		// A stand-in may have the role for oneself as well, or stand in for two people.
		if h.Role == g.Role && h.Structure == g.Structure && (h.DelegatedBy == "") == (from == "") && (from == "" || h.DelegatedBy == by) {
			return "", fault.Conflict("people.has_role_already", "role", g.Role)
		}
	}
	now := s.now()
	id := store.NewID(now)
	_, err = tx.Exec(ctx, `
		insert into role_grant (id, person_id, role, structure_id, from_at, until_at, given_by, delegated_from, reason, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, g.Person, g.Role, nullable(g.Structure), store.Millis(now), store.Millis(g.Until), nullable(by), nullable(from), g.Reason, store.Millis(now))
	if err != nil {
		return "", fmt.Errorf("give the role: %w", err)
	}
	action := "people.give_role"
	if from != "" {
		action = "people.delegate"
	}
	return id, s.Record(ctx, tx, Event{Actor: by, Action: action, Subject: g.Person, Structure: g.Structure,
		Detail: map[string]string{"grant": id, "role": string(g.Role), "until": day(g.Until), "reason": g.Reason}})
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (s *Service) activePerson(ctx context.Context, tx *store.Tx, id string) (Person, error) {
	p, err := s.PersonByID(ctx, tx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !p.Active() {
		return Person{}, fault.NotFound("people.no_person")
	}
	return p, err
}

// Withdrawable finds a grant that the actor may withdraw: one's own, one that one delegated, or one that one may give. The error is
// fault.NotFound or fault.Refused.
func (s *Service) Withdrawable(ctx context.Context, tx *store.Tx, actor right.Actor, grant string) (Held, error) {
	g, err := store.One(ctx, tx, scanHeld, `select `+heldColumns+heldFrom+` where g.id = $1 and g.revoked_at = 0`, grant)
	if errors.Is(err, store.ErrNotFound) {
		return Held{}, fault.NotFound("people.no_grant")
	}
	if err != nil {
		return Held{}, fmt.Errorf("read the grant: %w", err)
	}
	if actor.Person != "" && (g.Person.ID == actor.Person || g.DelegatedBy == actor.Person) {
		return g, nil
	}
	err = s.mayGive(ctx, tx, actor, g.Role, g.Structure)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("people.no_grant")
	}
	if err != nil {
		return Held{}, err
	}
	return g, nil
}

// WithdrawRole ends a grant now, and with it the delegations made from it; see [Service.Withdrawable] for who may. The last role of
// administrator of the whole installation is not withdrawn: fault.Conflict.
func (s *Service) WithdrawRole(ctx context.Context, tx *store.Tx, actor right.Actor, grant string) error {
	g, err := s.Withdrawable(ctx, tx, actor, grant)
	if err != nil {
		return err
	}
	if err := s.keepAnAdministrator(ctx, tx, g.ID); err != nil {
		return err
	}
	return s.revoke(ctx, tx, actor.Person, g)
}

func (s *Service) revoke(ctx context.Context, tx *store.Tx, by string, g Held) error {
	changed, err := tx.Exec(ctx, `update role_grant set revoked_at = $1, revoked_by = $2 where id = $3 and revoked_at = 0`,
		store.Millis(s.now()), nullable(by), g.ID)
	if err != nil || changed == 0 {
		return err
	}
	return s.Record(ctx, tx, Event{Actor: by, Action: "people.withdraw_role", Subject: g.Person.ID, Structure: g.Structure,
		Detail: map[string]string{"grant": g.ID, "role": string(g.Role)}})
}

// keepAnAdministrator refuses to end the grant when nobody else could then run the installation.
func (s *Service) keepAnAdministrator(ctx context.Context, tx *store.Tx, grant string) error {
	chiefs, err := s.administrators(ctx, tx)
	if err != nil {
		return err
	}
	if len(chiefs) == 1 && chiefs[0] == grant {
		return fault.Conflict("people.last_administrator")
	}
	return nil
}

// administrators returns the lasting grants on the whole installation that count now.
func (s *Service) administrators(ctx context.Context, tx *store.Tx) ([]string, error) {
	ids, err := store.All(ctx, tx, store.Column[string], `
		select g.id from role_grant g join person p on p.id = g.person_id
		where g.role = $1 and g.from_at <= $2 and g.structure_id is null and g.revoked_at = 0
			and g.until_at = 0 and g.delegated_from is null and p.disabled_at = 0`,
		right.Administrator, store.Millis(s.now()))
	if err != nil {
		return nil, fmt.Errorf("look for administrators: %w", err)
	}
	return ids, nil
}
