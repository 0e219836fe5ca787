package certificates

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/sid"
)

// onBehalf is what enrolment agents get at once: those who may ask, and for whom.
type onBehalf struct {
	asking graph.Node // stands for being able to ask with such a template: the other half is to hold a certificate of an agent
	gives  graph.Node
}

// agents links enrolment agents to those in whose name they ask: they must also get certificates of a template that opens a session and
// takes their signature. Where an authority names its agents, nobody else is one there, and these only for the people that it says.
func (b *certifier) agents(list []issued) {
	var chances []onBehalf
	chance := func(gives graph.Node) graph.Node {
		at := slices.IndexFunc(chances, func(c onBehalf) bool { return c.gives == gives })
		if at < 0 {
			at = len(chances)
			chances = append(chances, onBehalf{b.Silent(), gives})
		}
		return chances[at].asking
	}
	for i := range list {
		t := &list[i]
		switch {
		case !t.ForOthers():
		case t.by.Restricted():
			b.namedAgents(t, chance)
		default:
			b.Out.Add(t.door, chance(t.by.root), graph.Free)
		}
	}
	for _, i := range list {
		if !i.Agent() || i.Approval || i.Signed {
			continue
		}
		for _, c := range chances {
			met := b.Both(wiring.Joint{Need: [2]graph.Node{i.door, c.asking}, At: [2]graph.Node{graph.None, graph.None}, Shown: graph.Node(i.ID), By: i.door, Told: true})
			b.Link(met, c.gives, control.EnrollsForOthers)
		}
	}
}

// namedAgents notes what the agents that an authority names may do with a template there: each must also be allowed to enrol with it.
func (b *certifier) namedAgents(i *issued, chance func(gives graph.Node) graph.Node) {
	for _, rule := range i.by.Agents(b.Dir.GUID(i.ID), b.Holds(i.by.home)) {
		agent := b.Resolve(rule.Agent, i.by.home)
		if b.Zone[agent] {
			continue
		}
		met := b.Both(wiring.Joint{Need: [2]graph.Node{agent, i.door}, At: [2]graph.Node{graph.None, graph.Node(i.ID)}, Shown: agent, By: graph.None})
		b.Out.Add(met, chance(b.targets(rule.For, i.by)), graph.Free)
	}
}

// targets gives the node of those in whose name an agent may ask: the domain, when one of them is privileged; else one that leads to the
// accounts themselves.
func (b *certifier) targets(list []sid.SID, by *authority) graph.Node {
	var accounts []model.ID
	for _, s := range list {
		node := b.Resolve(s, by.home)
		if s == sid.Everyone || s == sid.AuthenticatedUsers || b.Zone[node] {
			return by.root
		}
		if int(node) >= b.Objects {
			continue // nobody that the sources gave
		}
		for _, id := range append(b.Dir.MembersOf(model.ID(node)), model.ID(node)) {
			if b.Zone[graph.Node(id)] {
				return by.root
			}
			if b.Kinds[id] != wiring.NoAccount {
				accounts = append(accounts, id)
			}
		}
	}
	slices.Sort(accounts)
	some := b.Silent()
	for _, id := range slices.Compact(accounts) {
		b.Out.Add(some, graph.Node(id), graph.Free)
	}
	return some
}
