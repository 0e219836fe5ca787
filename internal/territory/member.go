package territory

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// MemberRole is what a structure is in a group. The law on GHT knows the support establishment, the parties, the associates and the partners
// (Code de la santé publique, L6132-1 and following).
type MemberRole string

// The roles in a group.
const (
	Support   MemberRole = "support"
	Party     MemberRole = "party"
	Associate MemberRole = "associate"
	Partner   MemberRole = "partner"
)

// Valid reports whether r is a known role.
func (r MemberRole) Valid() bool {
	switch r {
	case Support, Party, Associate, Partner:
		return true
	}
	return false
}

// Full reports whether the role makes the structure a full member: what is asked from the group is asked from it.
func (r MemberRole) Full() bool { return r == Support || r == Party }

// Member is a structure in a group.
type Member struct {
	Group   ID
	Role    MemberRole
	Source  string    // where the membership comes from, such as "finess+"
	Since   time.Time // zero when unknown
	Within  bool      // the reader's scope holds the member; otherwise only what FINESS publishes of it may be shown
	Subject Structure
}

// Join makes a structure member of a group, or changes its role. The scope must hold the group; the member may stand anywhere.
func Join(ctx context.Context, tx *store.Tx, scope Scope, group, member ID, role MemberRole, source string, since time.Time) error {
	g, err := Get(ctx, tx, scope, group)
	if err != nil {
		return err
	}
	if g.Kind != Group || !role.Valid() || group == member {
		return fault.Conflict("territory.not_a_group")
	}
	_, err = tx.Exec(ctx, `insert into membership (group_id, structure_id, role, source, since) values ($1, $2, $3, $4, $5)
 on conflict (group_id, structure_id) do update set role = excluded.role, source = excluded.source, since = excluded.since`,
		group, member, role, source, store.Millis(since))
	if err != nil {
		return fmt.Errorf("join structure %s to group %s: %w", member, group, err)
	}
	return nil
}

// Leave ends a membership; ending one that is not changes nothing.
func Leave(ctx context.Context, tx *store.Tx, scope Scope, group, member ID) error {
	if _, err := Get(ctx, tx, scope, group); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from membership where group_id = $1 and structure_id = $2`, group, member); err != nil {
		return fmt.Errorf("take structure %s out of group %s: %w", member, group, err)
	}
	return nil
}

// Members lists the members of a group that the scope holds, the support establishment first, then by name. Members that stand
// outside of the scope are listed too, marked as such: who belongs to a GHT is public.
func Members(ctx context.Context, tx *store.Tx, scope Scope, group ID) ([]Member, error) {
	if _, err := Get(ctx, tx, scope, group); err != nil {
		return nil, err
	}
	members, err := store.All(ctx, tx, scanMember(scope), `select m.group_id, m.role, m.source, m.since, `+columns+`
 from membership m join structure s on s.id = m.structure_id
 where m.group_id = $1
 order by case m.role when 'support' then 0 when 'party' then 1 when 'associate' then 2 else 3 end, s.name_key, s.id`, group)
	if err != nil {
		return nil, fmt.Errorf("read the members of group %s: %w", group, err)
	}
	return members, nil
}

// Memberships lists the groups that a structure of the scope belongs to. Subject is the group; Within says whether the
// scope holds the group.
func Memberships(ctx context.Context, tx *store.Tx, scope Scope, member ID) ([]Member, error) {
	if _, err := Get(ctx, tx, scope, member); err != nil {
		return nil, err
	}
	groups, err := store.All(ctx, tx, scanMember(scope), `select m.group_id, m.role, m.source, m.since, `+columns+`
 from membership m join structure s on s.id = m.group_id
 where m.structure_id = $1
 order by s.name_key, s.id`, member)
	if err != nil {
		return nil, fmt.Errorf("read the groups of structure %s: %w", member, err)
	}
	return groups, nil
}

func scanMember(scope Scope) func(store.Row) (Member, error) {
	return func(row store.Row) (Member, error) {
		var m Member
		var since int64
		s, err := scan(rowAfter{row, []any{&m.Group, &m.Role, &m.Source, &since}})
		m.Subject, m.Since, m.Within = s, store.Time(since), scope.Holds(s.Interval)
		return m, err
	}
}

// rowAfter scans its own columns before those that are asked for.
type rowAfter struct {
	row   store.Row
	first []any
}

func (r rowAfter) Scan(into ...any) error { return r.row.Scan(append(r.first, into...)...) }

// mergeMemberships hands the memberships of one structure over to another, which keeps its own role where it has one.
func mergeMemberships(ctx context.Context, tx *store.Tx, from, into ID) error {
	for _, column := range [...]string{"structure_id", "group_id"} {
		other := map[string]string{"structure_id": "group_id", "group_id": "structure_id"}[column]
		_, err := tx.Exec(ctx, `update membership set `+column+` = $1 where `+column+` = $2 and `+other+` <> $3
 and not exists (select 1 from membership same where same.`+column+` = $4 and same.`+other+` = membership.`+other+`)`, into, from, into, into)
		if err != nil {
			return fmt.Errorf("hand over the memberships of structure %s: %w", from, err)
		}
		if _, err := tx.Exec(ctx, `delete from membership where `+column+` = $1`, from); err != nil {
			return fmt.Errorf("end the memberships of structure %s: %w", from, err)
		}
	}
	return nil
}
