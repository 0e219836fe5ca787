package territory

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory/official"
)

// Get reads one structure of the scope.
func Get(ctx context.Context, tx *store.Tx, scope Scope, id ID) (Structure, error) {
	s, err := store.One(ctx, tx, scan, `select `+columns+` from structure s where s.id = $1`, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !scope.Holds(s.Interval) {
		return Structure{}, notFound()
	}
	if err != nil {
		return Structure{}, fmt.Errorf("read structure %s: %w", id, err)
	}
	return s, nil
}

// Extent returns the interval of a structure and how many structures it holds, itself included, counted up to 1,000: what
// package right needs to make a [Scope]. It is the only read without a scope.
func Extent(ctx context.Context, tx *store.Tx, id ID) (Interval, int, error) {
	i, err := store.One(ctx, tx, func(row store.Row) (i Interval, err error) {
		err = row.Scan(&i.Left, &i.Right)
		return i, err
	}, `select lft, rgt from structure where id = $1`, id)
	if errors.Is(err, store.ErrNotFound) {
		return Interval{}, 0, notFound()
	}
	if err != nil {
		return Interval{}, 0, fmt.Errorf("read the interval of structure %s: %w", id, err)
	}
	n, err := store.One(ctx, tx, store.Column[int],
		`select count(*) from (select 1 as one from structure where lft between $1 and $2 limit 1000) counted`, i.Left, i.Right)
	if err != nil {
		return Interval{}, 0, fmt.Errorf("count what structure %s holds: %w", id, err)
	}
	return i, n, nil
}

// ByFiness finds the structures of the scope with this FINESS number: one, or rarely an entity and an establishment that share it.
func ByFiness(ctx context.Context, tx *store.Tx, scope Scope, number string) ([]Structure, error) {
	return where(ctx, tx, scope, "s.finess = ? and s.finess <> ''", official.CleanFiness(number))
}

// BySiren finds the structures of the scope with this SIREN number.
func BySiren(ctx context.Context, tx *store.Tx, scope Scope, number string) ([]Structure, error) {
	return where(ctx, tx, scope, "s.siren = ? and s.siren <> ''", strings.Join(strings.Fields(number), ""))
}

// ByCode finds the region or group of the scope with this code.
func ByCode(ctx context.Context, tx *store.Tx, scope Scope, kind Kind, code string) (Structure, error) {
	found, err := where(ctx, tx, scope, "s.code = ? and s.code <> '' and s.kind = ?", code, kind)
	if err == nil && len(found) == 0 {
		err = notFound()
	}
	if err != nil {
		return Structure{}, err
	}
	return found[0], nil
}

// Root reads the nation, or answers fault.NotFound on an empty territory.
func Root(ctx context.Context, tx *store.Tx, scope Scope) (Structure, error) {
	found, err := where(ctx, tx, scope, "s.parent_id is null")
	if err == nil && len(found) == 0 {
		err = notFound()
	}
	if err != nil {
		return Structure{}, err
	}
	return found[0], nil
}

func where(ctx context.Context, tx *store.Tx, scope Scope, condition string, args ...any) ([]Structure, error) {
	var w store.Where
	w.And(condition, args...)
	scope.Within(&w, "s.id")
	found, err := store.All(ctx, tx, scan, `select `+columns+` from structure s`+w.SQL()+` order by s.name_key, s.id limit 100`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("look for structures: %w", err)
	}
	return found, nil
}

// Crumb is one step of a path.
type Crumb struct {
	ID     ID
	Kind   Kind
	Name   string
	Within bool // the reader's scope holds it, so that it can be a link
}

// Path lists what stands above a structure of the scope, from the root, and the structure itself last.
func Path(ctx context.Context, tx *store.Tx, scope Scope, id ID) ([]Crumb, error) {
	if _, err := Get(ctx, tx, scope, id); err != nil {
		return nil, err
	}
	path, err := store.All(ctx, tx, func(row store.Row) (Crumb, error) {
		var c Crumb
		var i Interval
		err := row.Scan(&c.ID, &c.Kind, &c.Name, &i.Left, &i.Right)
		c.Within = scope.Holds(i)
		return c, err
	}, `with recursive above (id, parent_id) as (
  select s.id, s.parent_id from structure s where s.id = $1
  union all
  select p.id, p.parent_id from above a join structure p on p.id = a.parent_id)
 select s.id, s.kind, s.name, s.lft, s.rgt from above a join structure s on s.id = a.id order by s.depth`, id)
	if err != nil {
		return nil, fmt.Errorf("read the path of structure %s: %w", id, err)
	}
	return path, nil
}

// Tops are the highest structures of a scope, in the order of the tree: they and what is below them are all of it. At most some are read.
func Tops(ctx context.Context, tx *store.Tx, scope Scope, most int) ([]Structure, error) {
	var tops []Structure
	for _, i := range scope.intervals {
		for left := i.Left; left <= i.Right && len(tops) < most; {
			s, err := store.One(ctx, tx, scan, `select `+columns+` from structure s where s.lft >= $1 and s.lft <= $2 order by s.lft limit 1`, left, i.Right)
			if errors.Is(err, store.ErrNotFound) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("read the highest structures of a scope: %w", err)
			}
			tops = append(tops, s)
			left = s.Interval.Right + 1
		}
	}
	return tops, nil
}

// Filter chooses structures. The zero value of each field means any.
type Filter struct {
	Text       string // words of the name or city, a postal code, the beginning of a FINESS number, or a SIREN
	Parent     ID     // its children only
	Below      ID     // it and all that is below it
	Kind       Kind
	GroupKind  GroupKind
	Status     Status
	Department string
	Category   string
	After      string // the cursor of the previous page
	Limit      int    // 50 when zero, at most 500
}

// List returns a page of the structures of the scope, by name, and the cursor of the next page, empty after the last.
func List(ctx context.Context, tx *store.Tx, scope Scope, f Filter) ([]Structure, string, error) {
	var w store.Where
	if f.Below != "" {
		below, err := Get(ctx, tx, scope, f.Below)
		if err != nil {
			return nil, "", err
		}
		w.And("s.lft between ? and ?", below.Interval.Left, below.Interval.Right)
	}
	f.conditions(&w)
	if f.After != "" {
		key, id, err := readCursor(f.After)
		if err != nil {
			return nil, "", err
		}
		w.And("(s.name_key > ? or s.name_key = ? and s.id > ?)", key, key, id)
	}
	scope.Within(&w, "s.id")
	limit := min(f.Limit, 500)
	if limit <= 0 {
		limit = 50
	}
	found, err := store.All(ctx, tx, scan, `select `+columns+` from structure s`+w.SQL()+` order by s.name_key, s.id limit `+w.Arg(limit+1), w.Args()...)
	if err != nil {
		return nil, "", fmt.Errorf("list structures: %w", err)
	}
	if len(found) <= limit {
		return found, "", nil
	}
	found = found[:limit]
	last := found[limit-1]
	return found, cursor(Fold(last.Name), last.ID), nil
}

// Children lists a page of what stands directly below a structure, by name.
func Children(ctx context.Context, tx *store.Tx, scope Scope, parent ID, after string, limit int) ([]Structure, string, error) {
	return List(ctx, tx, scope, Filter{Parent: parent, After: after, Limit: limit})
}

// Where adds the conditions of the filter on the structures called s in a query of another package, but for Below, After and Limit.
func (f Filter) Where(w *store.Where) { f.conditions(w) }

func (f Filter) conditions(w *store.Where) {
	equal := func(column string, value string) {
		if value != "" {
			w.And(column+" = ?", value)
		}
	}
	equal("s.parent_id", string(f.Parent))
	equal("s.kind", string(f.Kind))
	equal("s.group_kind", string(f.GroupKind))
	equal("s.status", string(f.Status))
	equal("s.department", f.Department)
	equal("s.category", f.Category)
	text := official.CleanFiness(f.Text)
	switch {
	case text == "":
	case startsFiness(text) && len(text) == 9:
		w.And("(s.finess = ? or s.siren = ?)", text, text)
	case startsFiness(text) && len(text) < 9: // a postal code, the beginning of a FINESS number, or a number in a name
		w.And("(s.finess like ? or s.postal_code = ? or s.search_key like ?)", text+"%", text, "% "+strings.ToLower(text)+"%")
	default:
		for _, word := range strings.Fields(Fold(f.Text)) {
			w.And("s.search_key like ?", "% "+word+"%") // a folded word holds letters and digits only, so nothing to escape
		}
	}
}

// startsFiness tells whether text may begin a FINESS number: at least three characters that are digits, but for the A or B of Corsica.
func startsFiness(text string) bool {
	if len(text) < 3 {
		return false
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(text, "2A"), "2B")
	return official.Digits(rest, len(rest))
}

// The cursor of a page is the last name and identifier it showed.
func cursor(key string, id ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key + "\x00" + string(id)))
}

func readCursor(text string) (key string, id ID, err error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	key, rest, found := strings.Cut(string(plain), "\x00")
	if err != nil || !found {
		return "", "", fault.Invalid(fault.Field{Name: "after", Key: "territory.cursor_wrong"})
	}
	return key, ID(rest), nil
}

// Counters counts structures by kind and status.
type Counters map[Kind]map[Status]int

// Total is how many structures were counted.
func (c Counters) Total() int {
	n := 0
	for _, byStatus := range c {
		for _, count := range byStatus {
			n += count
		}
	}
	return n
}

// Count counts the structures of the scope, below one of them when below is not empty.
func Count(ctx context.Context, tx *store.Tx, scope Scope, below ID) (Counters, error) {
	var w store.Where
	if below != "" {
		s, err := Get(ctx, tx, scope, below)
		if err != nil {
			return nil, err
		}
		w.And("s.lft between ? and ?", s.Interval.Left, s.Interval.Right)
	}
	scope.Within(&w, "s.id")
	type line struct {
		kind   Kind
		status Status
		n      int
	}
	lines, err := store.All(ctx, tx, func(row store.Row) (l line, err error) {
		err = row.Scan(&l.kind, &l.status, &l.n)
		return l, err
	}, `select s.kind, s.status, count(*) from structure s`+w.SQL()+` group by s.kind, s.status`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("count structures: %w", err)
	}
	counters := Counters{}
	for _, l := range lines {
		if counters[l.kind] == nil {
			counters[l.kind] = make(map[Status]int)
		}
		counters[l.kind][l.status] = l.n
	}
	return counters, nil
}

// Each calls fn with every structure of the scope, parents before children. It is for imports and exports of the whole, which no
// page does.
func Each(ctx context.Context, tx *store.Tx, scope Scope, fn func(Structure) error) error {
	var w store.Where
	scope.Within(&w, "s.id")
	rows, err := tx.Query(ctx, `select `+columns+` from structure s`+w.SQL()+` order by s.lft`, w.Args()...)
	if err != nil {
		return fmt.Errorf("read the territory: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scan(rows)
		if err != nil {
			return fmt.Errorf("read a structure: %w", err)
		}
		if err := fn(s); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the territory: %w", err)
	}
	return nil
}

// Some reads those of some structures that exist and are in scope, in no order.
func Some(ctx context.Context, tx *store.Tx, scope Scope, ids ...ID) ([]Structure, error) {
	var all []Structure
	for part := range slices.Chunk(ids, 200) {
		var w store.Where
		var marks []string
		for _, id := range part {
			marks = append(marks, w.Arg(id))
		}
		w.And("s.id in (" + strings.Join(marks, ", ") + ")")
		scope.Within(&w, "s.id")
		found, err := store.All(ctx, tx, scan, `select `+columns+` from structure s`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read %d structures: %w", len(part), err)
		}
		all = append(all, found...)
	}
	return all, nil
}
