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

// Join makes a structure member of a group, or changes its role. The scope must hold the group; the member may stand anywhere. What held before stays
// readable at its time, see [MembersAt].
func Join(ctx context.Context, tx *store.Tx, scope Scope, group, member ID, role MemberRole, source string, since, at time.Time) error {
	g, err := Get(ctx, tx, scope, group)
	if err != nil {
		return err
	}
	if g.Kind != Group || !role.Valid() || group == member {
		return fault.Conflict("territory.not_a_group")
	}
	if err := endMembership(ctx, tx, group, member, at); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into membership (group_id, structure_id, role, source, since, recorded_at) values ($1, $2, $3, $4, $5, $6)`,
		group, member, role, source, store.Millis(since), store.Millis(at))
	if err != nil {
		return fmt.Errorf("join structure %s to group %s: %w", member, group, err)
	}
	return nil
}

// Leave ends a membership; ending one that is not changes nothing.
func Leave(ctx context.Context, tx *store.Tx, scope Scope, group, member ID, at time.Time) error {
	if _, err := Get(ctx, tx, scope, group); err != nil {
		return err
	}
	return endMembership(ctx, tx, group, member, at)
}

// endMembership takes a structure out of a group and keeps what held until then.
func endMembership(ctx context.Context, tx *store.Tx, group, member ID, at time.Time) error {
	_, err := tx.Exec(ctx, `insert into membership_past (group_id, structure_id, role, source, since, recorded_at, ended_at)
 select group_id, structure_id, role, source, since, recorded_at, cast($1 as bigint) from membership where group_id = $2 and structure_id = $3 and recorded_at < $4`,
		store.Millis(at), group, member, store.Millis(at))
	if err != nil {
		return fmt.Errorf("keep that structure %s was in group %s: %w", member, group, err)
	}
	if _, err := tx.Exec(ctx, `delete from membership where group_id = $1 and structure_id = $2`, group, member); err != nil {
		return fmt.Errorf("take structure %s out of group %s: %w", member, group, err)
	}
	tx.Note(Changed{Structure: member})
	tx.Note(Changed{Structure: group})
	return nil
}

// Changed is noted in a transaction that changes the place of a structure, its status or a membership (see [store.Tx.Note]): what is counted
// by territory has to follow.
type Changed struct{ Structure ID }

// heldAt is the memberships that were known at a moment, as the table m.
const heldAt = `(select group_id, structure_id, role, source, since from membership where recorded_at <= $1
 union all select group_id, structure_id, role, source, since from membership_past where recorded_at <= $2 and ended_at > $3)`

// Members lists the members of a group that the scope holds, the support establishment first, then by name. Members that stand
// outside of the scope are listed too, marked as such: who belongs to a GHT is public.
func Members(ctx context.Context, tx *store.Tx, scope Scope, group ID) ([]Member, error) {
	return members(ctx, tx, scope, group, `membership`)
}

// MembersAt lists the members that a group was known to have at a moment, as [Members] does those of now.
func MembersAt(ctx context.Context, tx *store.Tx, scope Scope, group ID, at time.Time) ([]Member, error) {
	ms := store.Millis(at)
	return members(ctx, tx, scope, group, heldAt, ms, ms, ms)
}

func members(ctx context.Context, tx *store.Tx, scope Scope, group ID, table string, args ...any) ([]Member, error) {
	if _, err := Get(ctx, tx, scope, group); err != nil {
		return nil, err
	}
	members, err := store.All(ctx, tx, scanMember(scope), `select m.group_id, m.role, m.source, m.since, `+columns+`
 from `+table+` m join structure s on s.id = m.structure_id
 where m.group_id = `+fmt.Sprintf("$%d", len(args)+1)+`
 order by case m.role when 'support' then 0 when 'party' then 1 when 'associate' then 2 else 3 end, s.name_key, s.id`, append(args, group)...)
	if err != nil {
		return nil, fmt.Errorf("read the members of group %s: %w", group, err)
	}
	return members, nil
}

// Memberships lists the groups that a structure of the scope belongs to. Subject is the group; Within says whether the
// scope holds the group.
func Memberships(ctx context.Context, tx *store.Tx, scope Scope, member ID) ([]Member, error) {
	return memberships(ctx, tx, scope, member, `membership`)
}

// MembershipsAt lists the groups that a structure was known to belong to at a moment, as [Memberships] does those of now.
func MembershipsAt(ctx context.Context, tx *store.Tx, scope Scope, member ID, at time.Time) ([]Member, error) {
	ms := store.Millis(at)
	return memberships(ctx, tx, scope, member, heldAt, ms, ms, ms)
}

func memberships(ctx context.Context, tx *store.Tx, scope Scope, member ID, table string, args ...any) ([]Member, error) {
	if _, err := Get(ctx, tx, scope, member); err != nil {
		return nil, err
	}
	groups, err := store.All(ctx, tx, scanMember(scope), `select m.group_id, m.role, m.source, m.since, `+columns+`
 from `+table+` m join structure s on s.id = m.group_id
 where m.structure_id = `+fmt.Sprintf("$%d", len(args)+1)+`
 order by s.name_key, s.id`, append(args, member)...)
	if err != nil {
		return nil, fmt.Errorf("read the groups of structure %s: %w", member, err)
	}
	return groups, nil
}

// GroupOf is a group of which a structure is a full member.
type GroupOf struct{ Structure, Group ID }

// FullAt gives the groups of some kind of which structures were known to be full members at a moment, by name of the group. It takes no scope, for it
// tells what is public.
func FullAt(ctx context.Context, tx *store.Tx, kind GroupKind, at time.Time, structures ...ID) ([]GroupOf, error) {
	ms := store.Millis(at)
	args, marks := []any{ms, ms, ms, kind, Support, Party}, ""
	for _, id := range structures {
		args = append(args, id)
		marks += fmt.Sprintf(", $%d", len(args))
	}
	if len(structures) == 0 {
		return nil, nil
	}
	all, err := store.All(ctx, tx, func(row store.Row) (g GroupOf, err error) {
		return g, row.Scan(&g.Structure, &g.Group)
	}, `select m.structure_id, m.group_id from `+heldAt+` m join structure s on s.id = m.group_id
 where s.group_kind = $4 and m.role in ($5, $6) and m.structure_id in (`+marks[2:]+`) order by s.name_key, s.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the groups of structures: %w", err)
	}
	return all, nil
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
func mergeMemberships(ctx context.Context, tx *store.Tx, from, into ID, at time.Time) error {
	type tie struct {
		group, member ID
		role          MemberRole
		source        string
		since         int64
	}
	ties, err := store.All(ctx, tx, func(row store.Row) (t tie, err error) {
		return t, row.Scan(&t.group, &t.member, &t.role, &t.source, &t.since)
	}, `select group_id, structure_id, role, source, since from membership where structure_id = $1 or group_id = $2`, from, from)
	if err != nil {
		return fmt.Errorf("read the memberships of structure %s: %w", from, err)
	}
	for _, t := range ties {
		if err := endMembership(ctx, tx, t.group, t.member, at); err != nil {
			return err
		}
		if t.group == from {
			t.group = into
		} else {
			t.member = into
		}
		if t.group == t.member {
			continue
		}
		_, err := tx.Exec(ctx, `insert into membership (group_id, structure_id, role, source, since, recorded_at) values ($1, $2, $3, $4, $5, $6) on conflict (group_id, structure_id) do nothing`,
			t.group, t.member, t.role, t.source, t.since, store.Millis(at))
		if err != nil {
			return fmt.Errorf("hand over the memberships of structure %s: %w", from, err)
		}
		tx.Note(Changed{Structure: t.group})
		tx.Note(Changed{Structure: t.member})
	}
	return nil
}
