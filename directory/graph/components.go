package graph

// Components numbers the sets of nodes that reach each other (strongly connected components), among those that keep accepts; nil
// accepts all. A node that is left out has the number None. It is Tarjan's algorithm without recursion, along the edges backwards,
// which leaves the components what they are. Numbers grow in the order in which components are complete.
func (g *Graph) Components(keep func(Node) bool) (component []uint32, count int) {
	var (
		n     = g.Nodes()
		order = make([]uint32, n) // when a node was met, from 1; 0: not yet
		low   = make([]uint32, n) // the earliest node on the stack that it leads to
		stack []Node              // nodes whose component is not complete
		calls []uint32            // the nodes being followed, each with the next edge to take
		next  []uint32
		clock uint32
	)
	component = make([]uint32, n)
	for i := range component {
		component[i] = None
	}
	enter := func(v Node) {
		clock++
		order[v], low[v] = clock, clock
		stack = append(stack, v)
		calls = append(calls, v)
		next = append(next, g.start[v])
	}
	for root := range n {
		if order[root] != 0 || keep != nil && !keep(Node(root)) {
			continue
		}
		enter(Node(root))
		for len(calls) > 0 {
			top := len(calls) - 1
			v := calls[top]
			if next[top] < g.start[v+1] {
				u := g.edges[next[top]].From
				next[top]++
				switch {
				case keep != nil && !keep(u):
				case order[u] == 0:
					enter(u)
				case component[u] == None:
					low[v] = min(low[v], order[u])
				}
				continue
			}
			calls, next = calls[:top], next[:top]
			if top > 0 {
				low[calls[top-1]] = min(low[calls[top-1]], low[v])
			}
			if low[v] != order[v] {
				continue
			}
			for {
				u := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				component[u] = uint32(count)
				if u == v {
					break
				}
			}
			count++
		}
	}
	return component, count
}
