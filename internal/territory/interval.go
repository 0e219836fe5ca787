package territory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hygie/internal/store"
)

// layout says how numbers are given out. Dense intervals would move half of the tree at each insertion; here each kind
// reserves a width for what may come below it, and a new structure takes its place after the last child of its parent.
// When a parent has no room left the whole tree is spread again, which is rare (see [layout.spread]).
type layout struct {
	root    Interval
	reserve map[Kind]int64
}

// standard leaves room for 500 regions, 4,096 groups a region, 4,096 entities a group and 4,096 establishments an entity
// before anything moves.
func standard() layout {
	return layout{
		root:    Interval{Left: 1, Right: 1 << 61},
		reserve: map[Kind]int64{Nation: 1 << 61, Region: 1 << 52, Group: 1 << 40, Entity: 1 << 28, Establishment: 1 << 16},
	}
}

// RootInterval is the interval of the nation, whether it exists yet or not.
func RootInterval() Interval { return standard().root }

// errFull says that the numbers of the layout do not suffice for the tree, which the standard layout excludes for
// any tree that fits in a database.
var errFull = errors.New("the territory has no room left")

// room gives the interval for a new last child of kind k, when the parent's children end at last (the parent's left number
// when it has none). It reports false when the parent must be spread first. A parent never gives away more than half of what is left.
func (l layout) room(parent Interval, last int64, k Kind) (Interval, bool) {
	free := parent.Right - last - 1
	if free < 2 {
		return Interval{}, false
	}
	width := min(l.reserve[k], max(2, free/2))
	return Interval{Left: last + 1, Right: last + max(2, width)}, true
}

// node is what spreading needs to know of a structure.
type node struct {
	id       ID
	parent   ID
	kind     Kind
	interval Interval
	depth    int
	children []*node
	own      int64 // numbers that it takes itself
	need     int64 // numbers that it takes with what is below it
}

// spread numbers the whole tree anew from its parents, keeping the order of siblings. The structure named moved comes last
// among its own; the one named grows has room for one more child afterwards; either may be empty. It writes only the rows
// whose numbers change.
func (l layout) spread(ctx context.Context, tx *store.Tx, moved, grows ID) error {
	all, err := store.All(ctx, tx, func(row store.Row) (*node, error) {
		n := &node{}
		var parent *string
		err := row.Scan(&n.id, &parent, &n.kind, &n.interval.Left, &n.interval.Right, &n.depth)
		if parent != nil {
			n.parent = ID(*parent)
		}
		return n, err
	}, `select id, parent_id, kind, lft, rgt, depth from structure order by lft`)
	if err != nil {
		return fmt.Errorf("read the tree: %w", err)
	}
	root, err := link(all, moved, grows)
	if err != nil {
		return err
	}
	if err := l.number(root); err != nil {
		return err
	}
	return root.write(ctx, tx, l.root.Left)
}

// link ties the nodes together and returns the root.
func link(all []*node, moved, grows ID) (*node, error) {
	byID := make(map[ID]*node, len(all))
	for _, n := range all {
		byID[n.id] = n
		n.own = 2
		if n.id == grows {
			n.own += 2
		}
	}
	slices.SortStableFunc(all, func(a, b *node) int { return cmp.Compare(boolInt(a.id == moved), boolInt(b.id == moved)) })
	var root *node
	for _, n := range all {
		if n.parent == "" {
			root = n
			continue
		}
		parent := byID[n.parent]
		if parent == nil {
			return nil, fmt.Errorf("structure %s has no parent %s", n.id, n.parent)
		}
		parent.children = append(parent.children, n)
	}
	if root == nil {
		return nil, errors.New("the territory has no root")
	}
	return root, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// number computes how wide each node becomes: reserves shrink until the tree fits.
func (l layout) number(root *node) error {
	width := l.root.Right - l.root.Left + 1
	for shift := range 62 {
		if root.measure(l, shift) <= width {
			root.need = width
			return nil
		}
	}
	return errFull
}

// measure computes how many numbers n and what is below it want, with reserves divided by 2^shift.
func (n *node) measure(l layout, shift int) int64 {
	sum := n.own
	for _, child := range n.children {
		sum += child.measure(l, shift)
	}
	reserve := l.reserve[n.kind] >> shift
	n.need = max(sum, reserve)
	if len(n.children) > 0 && reserve > 0 {
		n.need = max(n.need, 2*sum) // else the next child would spread the tree again
	}
	if n.parent == "" {
		n.need = sum // the root takes what there is
	}
	return n.need
}

// change is a row to write.
type change struct {
	id       ID
	interval Interval
	depth    int
}

// write stores the numbers that differ from what the rows hold.
func (n *node) write(ctx context.Context, tx *store.Tx, left int64) error {
	var changes []change
	n.place(left, 0, &changes)
	for _, c := range changes {
		_, err := tx.Exec(ctx, `update structure set lft = $1, rgt = $2, depth = $3 where id = $4`, c.interval.Left, c.interval.Right, c.depth, c.id)
		if err != nil {
			return fmt.Errorf("write the interval of structure %s: %w", c.id, err)
		}
	}
	return nil
}

func (n *node) place(left int64, depth int, changes *[]change) {
	interval := Interval{Left: left, Right: left + n.need - 1}
	if interval != n.interval || depth != n.depth {
		*changes = append(*changes, change{n.id, interval, depth})
	}
	next := left + 1
	for _, child := range n.children {
		child.place(next, depth+1, changes)
		next += child.need
	}
}

// lockTree lets one transaction at a time change the tree. SQLite has a single writer anyway; on PostgreSQL waiting for the lock
// costs less than running again after a conflict. Reading is never delayed.
func lockTree(ctx context.Context, tx *store.Tx) error {
	if tx.Engine() != store.PostgreSQL {
		return nil
	}
	if _, err := tx.Exec(ctx, `lock table structure in share row exclusive mode`); err != nil {
		return fmt.Errorf("lock the territory: %w", err)
	}
	return nil
}

// lastChild returns the highest number that the children of a structure take, or its left number when it has none.
func lastChild(ctx context.Context, tx *store.Tx, parent ID, interval Interval) (int64, error) {
	return store.One(ctx, tx, store.Column[int64], `select coalesce(max(rgt), $1) from structure where parent_id = $2`, interval.Left, parent)
}
