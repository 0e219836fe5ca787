// Package policies lays the edges of group policies: the units, domains, sites and accounts that each applies to, what the settings in
// their files give on the machines, and who may change those files.
package policies

import (
	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/grouppolicy"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
)

// area is what policies linked to a unit, a domain or a site apply to: the enforced ones, those that a unit below may block, and
// the accounts directly in it (MS-GPOL 3.2.5.1.5).
type area struct {
	enforced, usual, inside graph.Node

	up     uint32 // the area above, as in Reading.scope; 0: none
	blocks bool   // usual policies from above do not apply
	links  []linked
}

// Reading is the reading of the group policies: what they apply to, and what they set there (MS-GPOL 3.2.5.1.5).
type Reading struct {
	*wiring.Builder
	scope     []uint32 // by object: place in areas + 1, for units and domain roots
	areas     []area
	accountBy map[string][]model.ID // by account name in lower case; made when a file names somebody
}

// Read links group policies to what they apply to (MS-GPOL 3.2.5.1.5).
func Read(b *wiring.Builder) *Reading {
	p := &Reading{Builder: b}
	p.scopes()
	return p
}

// EnforcedOn gives the node of the policies enforced on a unit or a domain; false for other objects.
func (b *Reading) EnforcedOn(id model.ID) (graph.Node, bool) {
	if at := b.scope[id]; at > 0 {
		return b.areas[at-1].enforced, true
	}
	return 0, false
}

// scopes makes the areas and links the policies to them.
func (b *Reading) scopes() {
	b.scope = make([]uint32, b.Objects)
	for id := range b.Dir.All() {
		switch b.Family(id) {
		case control.Unit:
		case control.DomainRoot:
			if !b.IsDomain(id) {
				continue
			}
		default:
			continue
		}
		a := area{enforced: b.Silent(), usual: b.Silent(), inside: b.Silent()}
		b.Out.Add(a.enforced, a.inside, graph.Free)
		b.Out.Add(a.usual, a.inside, graph.Free)
		kind := control.LinksTo // whoever controls the unit can link a policy
		if b.IsDomain(id) {
			kind = control.HoldsAccount
		}
		b.Out.Add(graph.Node(id), a.enforced, wiring.Label(kind, -1))
		options, _ := b.Dir.Int(id, "gPOptions")
		a.blocks = options&1 != 0 // GPC_BLOCK_POLICY
		if up, at, ok := b.above(id); ok {
			a.up = at
			b.Out.Add(up.enforced, a.enforced, graph.Free)
			if !a.blocks {
				b.Out.Add(up.usual, a.usual, graph.Free)
			}
		}
		b.links(id, &a)
		b.areas = append(b.areas, a)
		b.scope[id] = uint32(len(b.areas))
	}
	for id, kind := range b.Kinds {
		if kind == wiring.NoAccount {
			continue
		}
		if a, ok := b.areaAbove(model.ID(id)); ok {
			b.Out.Add(a.inside, graph.Node(id), graph.Free)
			b.Plain++
		}
	}
	b.sites()
}

// areaAbove gives the area of the nearest unit or domain above an object; a naming context ends the search.
func (b *Reading) areaAbove(id model.ID) (*area, bool) {
	a, _, ok := b.above(id)
	return a, ok
}

// above is areaAbove with the place of the area, as in Reading.scope.
func (b *Reading) above(id model.ID) (*area, uint32, bool) {
	for !b.Roots[id] {
		up, ok := b.Dir.Parent(id)
		if !ok {
			break
		}
		if at := b.scope[up]; at > 0 {
			return &b.areas[at-1], at, true
		}
		id = up
	}
	return nil, 0, false
}

// links links the policies of a container to its area. A policy with a WMI filter applies to some of the machines there, which ones is not
// known here.
func (b *Reading) links(id model.ID, a *area) {
	text, _ := b.Dir.Text(id, "gPLink")
	for l := range grouppolicy.Links(text) {
		policy, ok := b.Dir.ByDN(l.DN)
		if !ok || l.Disabled {
			continue
		}
		to, kind := a.usual, control.AppliesTo
		if l.Enforced {
			to = a.enforced
		}
		if _, filtered := grouppolicy.Filter(b.Dir, policy); filtered {
			kind = control.AppliesIfFiltered
		}
		a.links = append(a.links, linked{policy, l.Enforced})
		b.Out.Add(graph.Node(policy), to, wiring.Label(kind, -1))
	}
}

// sites puts the controllers of each site in the area of the site: of the other machines the site is not known.
func (b *Reading) sites() {
	for id := range b.Dir.OfClass("server") {
		var at uint32
		for up, ok := b.Dir.Parent(id); ok && at == 0; up, ok = b.Dir.Parent(up) {
			at = b.scope[up]
		}
		if at == 0 {
			continue
		}
		for account := range b.Dir.Linked(id, "serverReference") {
			b.Out.Add(b.areas[at-1].inside, graph.Node(account), graph.Free)
		}
	}
}
