package graph

// Folded is a smaller graph that answers questions about reaching as a larger one does (Paige and Tarjan 1987). Nodes of the larger one that lead to
// the very same nodes, in as many steps, are one node of it: a node of the larger graph reaches a target when its fold reaches the fold of the
// target, and in as many steps. That holds for targets that are folded with nothing else; see [Folding].
//
// In a directory most accounts lead where a thousand others do, so that many searches are worth one folding.
type Folded struct {
	Graph *Graph

	of      []Node   // by node of the larger graph: its fold
	start   []uint32 // length = folds+1; members[start[f]:start[f+1]] are folded into f
	members []Node
	origin  []uint32 // by edge: an edge of the larger graph that it stands for
}

// Apart is the mark of a node that is folded with no other (Paige and Tarjan 1987).
const Apart = 1<<32 - 1

// Folding says what a folding must keep (Paige and Tarjan 1987).
type Folding struct {
	// Mark gives a small number: only nodes with the same one are folded together. Those marked [Apart] stay alone, and so do the edges
	// that leave them, parallel ones included; of other edges between two folds that take as many steps one is kept.
	Mark func(n Node) uint32
	// Skip leaves an edge out; nil: none.
	Skip func(edge uint32, e Edge) bool
}

// Of gives the fold of a node of the larger graph.
func (f *Folded) Of(n Node) Node { return f.of[n] }

// Members lists the nodes that are folded into one, ascending: at least one. The list must not be changed.
func (f *Folded) Members(fold Node) []Node { return f.members[f.start[fold]:f.start[fold+1]] }

// Origin gives, of an edge of the smaller graph, an edge of the larger one that it stands for: the very one when it leaves a node apart.
func (f *Folded) Origin(edge uint32) uint32 { return f.origin[edge] }

// Fold folds the nodes of a graph.
func (g *Graph) Fold(o Folding) *Folded {
	if o.Skip == nil {
		o.Skip = func(uint32, Edge) bool { return false }
	}
	p := partition{of: make([]uint32, g.Nodes())}
	apart := p.begin(o.Mark)
	for to := range Node(g.Nodes()) {
		p.split(g, to, &o)
	}
	f := &Folded{of: p.of}
	f.number(len(p.classes))
	f.edges(g, &o, apart)
	return f
}

// partition sorts nodes into classes that are split until the nodes of each lead to the same nodes.
type partition struct {
	of      []uint32 // by node: its class
	classes []class
	spare   []uint32 // classes that are empty
	pass    uint32   // number of the current splitting
}

type class struct {
	size  uint32
	born  uint32 // the pass in which it was made
	pass  uint32 // the pass in which it was split last
	split uint32 // the class that its nodes then went to
}

// begin sorts the nodes by their marks alone, and gives those that stay apart, a bit for each node.
func (p *partition) begin(mark func(Node) uint32) (apart []uint64) {
	apart = make([]uint64, (len(p.of)+63)/64)
	known := make(map[uint32]uint32)
	for n := range p.of {
		m := mark(Node(n))
		c, ok := known[m]
		if m == Apart {
			apart[n/64] |= 1 << (n % 64)
			ok = false
		}
		if !ok {
			c = p.class()
			known[m] = c
		}
		p.of[n] = c
		p.classes[c].size++
	}
	return apart
}

// class gives an empty class.
func (p *partition) class() uint32 {
	if last := len(p.spare) - 1; last >= 0 {
		c := p.spare[last]
		p.spare = p.spare[:last]
		p.classes[c].born = p.pass
		return c
	}
	p.classes = append(p.classes, class{born: p.pass})
	return uint32(len(p.classes) - 1)
}

// split parts the nodes that lead to a node from the others of their classes: by edges that take a step, then by free ones.
func (p *partition) split(g *Graph, to Node, o *Folding) {
	first, edges := g.In(to)
	for _, free := range [2]Label{0, Free} {
		p.pass++
		for i, e := range edges {
			if e.Label&Free != free || o.Skip(first+uint32(i), e) {
				continue
			}
			from := p.of[e.From]
			c := &p.classes[from]
			if c.born == p.pass || c.size == 1 && c.pass != p.pass {
				continue // moved already, by a parallel edge; or alone
			}
			if c.pass != p.pass {
				fresh := p.class()
				c = &p.classes[from] // the list may have moved
				c.pass, c.split = p.pass, fresh
			}
			p.of[e.From] = c.split
			p.classes[c.split].size++
			if c.size--; c.size == 0 {
				p.spare = append(p.spare, from)
			}
		}
	}
}

// number gives the classes their final numbers, in the order of their first members, and lists these.
func (f *Folded) number(classes int) {
	numbers := make([]uint32, classes)
	folds := uint32(0)
	for n, c := range f.of {
		if numbers[c] == 0 {
			folds++
			numbers[c] = folds
		}
		f.of[n] = numbers[c] - 1
	}
	f.start, f.members = make([]uint32, folds+1), make([]Node, len(f.of))
	for _, fold := range f.of {
		f.start[fold+1]++
	}
	for i := range folds {
		f.start[i+1] += f.start[i]
	}
	at := make([]uint32, folds)
	copy(at, f.start)
	for n, fold := range f.of {
		f.members[at[fold]] = Node(n)
		at[fold]++
	}
}

// edges makes the smaller graph.
func (f *Folded) edges(g *Graph, o *Folding, apart []uint64) {
	folds := len(f.start) - 1
	f.Graph = &Graph{start: make([]uint32, folds+1)}
	known := make([][2]uint32, folds) // by fold: the last one it is known to lead to, plus one; with a step, freely
	for to := range Node(folds) {
		for _, member := range f.Members(to) {
			first, edges := g.In(member)
			for i, e := range edges {
				from := f.of[e.From]
				last := &known[from][e.Label>>31]
				alone := apart[e.From/64]&(1<<(e.From%64)) != 0
				if !alone && *last == to+1 || o.Skip(first+uint32(i), e) {
					continue
				}
				*last = to + 1
				f.Graph.edges = append(f.Graph.edges, Edge{From: from, Label: e.Label})
				f.origin = append(f.origin, first+uint32(i))
			}
		}
		f.Graph.start[to+1] = uint32(len(f.Graph.edges))
	}
}
