package paths

import (
	"cmp"
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
)

// Fix is a change of the plan: it takes a right away (docs/schema/directory-audit.schema.json, fix).
type Fix struct {
	Kind    control.Kind
	Trustee Node     // who loses the right; for a membership of several accounts, the group
	Members []Node   // the accounts to take out of a group, at most a few; empty for other kinds
	Count   int      // how many rights or members are taken away
	Object  model.ID // where: see Step.Object
	Objects int
	Entry   string // in SDDL, as in Step
	Cost    int64  // in the unit of control.Kind.Effort
	// Accounts is how many ordinary accounts lose this way; Remaining how many still reach tier 0 when this fix and those before it
	// are made.
	Accounts  int
	Remaining int
	Ways      int // ways of the list that go through it
	edges     []uint32
}

// Plan is the cheapest set of changes that leaves no ordinary account a way into tier 0, the most useful first (Dinic 1970).
type Plan struct {
	Fixes []Fix
	Cost  int64
	// Open is how many ordinary accounts remain that no change can keep out; 0 when the plan separates them all.
	Open int
}

// shownMembers is how many members of a group a fix names.
const shownMembers = 20

// Plan finds the cheapest changes: a minimum cut between the ordinary accounts, taken together, and what lies around tier 0.
func (n *Network) Plan(w *Ways) Plan {
	if w.Exposed == 0 {
		return Plan{}
	}
	c := contraction{Network: n, region: w.region, index: make(map[Node]int)}
	c.build()
	cut := c.net.MinimumCut(0, 1)
	p := Plan{Cost: cut.Cost}
	if cut.Cost >= graph.Infinite {
		p.Open = w.Exposed
		return p
	}
	var tree *Tree
	for _, e := range cut.Edges {
		fix := n.fix(c.edges[e])
		first, _ := n.graph.Edge(fix.edges[0])
		from := []Node{first.From}
		if fix.Count > 1 {
			fix.Accounts = fix.Count
		}
		tree = n.graph.Reach(tree, from, &graph.Limits{Skip: n.skip(nil), Past: func(node Node) bool { return !w.region.inner[node] }})
		behind := 0
		for _, node := range tree.Seen() {
			if n.ordinary(node) {
				behind++
			}
		}
		fix.Accounts = max(fix.Accounts, behind)
		for _, way := range w.List {
			if slices.ContainsFunc(way.Path.Steps, func(s Step) bool { return slices.Contains(fix.edges, s.edge) }) {
				fix.Ways++
			}
		}
		p.Fixes = append(p.Fixes, fix)
	}
	slices.SortStableFunc(p.Fixes, func(a, b Fix) int {
		return cmp.Or(cmp.Compare(b.Accounts, a.Accounts), cmp.Compare(b.Ways, a.Ways), cmp.Compare(a.Cost, b.Cost),
			cmp.Compare(a.edges[0], b.edges[0]))
	})
	cuts, trial := make(Cuts), n.trial(n.Without(p.Fixes...))
	for i := range p.Fixes {
		for _, e := range p.Fixes[i].edges {
			cuts[e] = true
		}
		p.Fixes[i].Remaining = -1 // not asked
		if i < shownRemaining || i == len(p.Fixes)-1 {
			p.Fixes[i].Remaining = trial.exposed(cuts)
		}
	}
	p.Open = p.Fixes[len(p.Fixes)-1].Remaining
	return p
}

// shownRemaining is after how many fixes it is worked out who still gets in; it is also worked out after the last.
const shownRemaining = 20

// Without gives the what-if in which some fixes are made.
func (n *Network) Without(fixes ...Fix) Cuts {
	out := make(Cuts)
	for _, f := range fixes {
		for _, e := range f.edges {
			out[e] = true
		}
	}
	return out
}

// fix describes the edges of one cut edge.
func (n *Network) fix(edges []uint32) Fix {
	e, to := n.graph.Edge(edges[0])
	s := Step{From: e.From, To: to, Kind: wiring.KindOf(e.Label), Object: model.None, edge: edges[0]}
	n.locate(&s, e)
	s = n.place(s)
	if s.Kind == control.GetChangesAll {
		s.Kind = control.DCSync // the half that is worth taking away
	}
	if ref := wiring.RefOf(e.Label); ref >= 0 && wiring.KindOf(e.Label) != control.DCSync {
		s.Entry = n.explicit(n.record.Units[ref], s.Entry)
	}
	f := Fix{Kind: s.Kind, Trustee: s.From, Count: len(edges), Object: s.Object, Objects: s.Objects, Entry: s.Entry, edges: edges}
	for _, edge := range edges {
		e, to := n.graph.Edge(edge)
		f.Cost += n.effort(e, to)
		if f.Kind == control.MemberOf && len(f.Members) < shownMembers {
			f.Members = append(f.Members, e.From)
		}
	}
	return f
}

// explicit gives the entry of a unit as it stands on its origin, where it is not inherited.
func (n *Network) explicit(u wiring.Unit, otherwise string) string {
	e := n.record.Entries[u.Entry]
	origin, ok := n.record.Dir.Descriptor(u.Origin)
	if e.Place < 0 || !ok { // an ownership, a missing list, a setting of a policy
		return otherwise
	}
	a := aceAt(n.record.Dir.DescriptorAt(e.Desc), int(e.Place))
	for each := range origin.Entries() {
		if !each.Inherited() && each.Trustee == a.Trustee && each.Mask.Map() == a.Mask.Map() && each.ObjectType == a.ObjectType && each.Kind() == a.Kind() {
			return each.SDDL()
		}
	}
	return otherwise
}

// contraction is the network of the cut: the ordinary accounts are one source, what lies around tier 0 is one sink.
type contraction struct {
	*Network
	region *region
	index  map[Node]int
	net    *graph.Network
	edges  [][]uint32 // by edge of the cut network
}

func (c *contraction) side(node Node) int {
	switch {
	case c.region.inner[node]:
		return 1
	case c.ordinary(node):
		return 0
	}
	i, ok := c.index[node]
	if !ok {
		i = len(c.index) + 2
		c.index[node] = i
	}
	return i
}

// build makes the network from the nodes that reach tier 0. The memberships of ordinary accounts in one group are one edge.
func (c *contraction) build() {
	type arc struct{ from, to int }
	type addition struct {
		arc
		cost  int64
		edges []uint32
	}
	var list []addition
	crowds := make(map[arc]int) // place in list
	for _, node := range c.region.all.Seen() {
		to := c.side(node)
		if to == 0 {
			continue // everybody ordinary is the attacker already
		}
		first, edges := c.graph.In(node)
		for i, e := range edges {
			from := c.side(e.From)
			if from == to || from == 1 || c.isLate(e.Label) {
				continue
			}
			a, cost := arc{from, to}, c.effort(e, node)
			if from == 0 && wiring.KindOf(e.Label) == control.MemberOf && to != 1 {
				if at, ok := crowds[a]; ok {
					list[at].cost = min(list[at].cost+cost, graph.Infinite)
					list[at].edges = append(list[at].edges, first+uint32(i))
					continue
				}
				crowds[a] = len(list)
			}
			list = append(list, addition{a, cost, []uint32{first + uint32(i)}})
		}
	}
	c.net = graph.NewNetwork(len(c.index) + 2)
	for _, a := range list {
		c.net.Add(a.from, a.to, a.cost)
		c.edges = append(c.edges, a.edges)
	}
}
