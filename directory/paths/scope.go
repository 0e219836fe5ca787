package paths

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
)

// area is what policies linked to a unit, a domain or a site apply to: the enforced ones, those that a unit below may block, and
// the accounts directly in it (MS-GPOL 3.2.5.1.5).
type area struct {
	enforced, usual, inside Node

	up     uint32 // the area above, as in builder.scope; 0: none
	blocks bool   // usual policies from above do not apply
	links  []linked
}

// scopes makes the areas and links the policies to them.
func (b *builder) scopes() {
	b.scope = make([]uint32, b.objects)
	for id := range b.dir.All() {
		switch b.family(id) {
		case control.Unit:
		case control.DomainRoot:
			if !b.isDomain(id) {
				continue
			}
		default:
			continue
		}
		a := area{enforced: b.silent(), usual: b.silent(), inside: b.silent()}
		b.out.Add(a.enforced, a.inside, graph.Free)
		b.out.Add(a.usual, a.inside, graph.Free)
		b.out.Add(Node(id), a.enforced, label(control.AppliesTo, -1)) // whoever controls the unit can link a policy
		options, _ := b.dir.Int(id, "gPOptions")
		a.blocks = options&1 != 0 // GPC_BLOCK_POLICY
		if up, at, ok := b.above(id); ok {
			a.up = at
			b.out.Add(up.enforced, a.enforced, graph.Free)
			if !a.blocks {
				b.out.Add(up.usual, a.usual, graph.Free)
			}
		}
		b.policies(id, &a)
		b.areas = append(b.areas, a)
		b.scope[id] = uint32(len(b.areas))
	}
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		if a, ok := b.areaAbove(model.ID(id)); ok {
			b.out.Add(a.inside, Node(id), graph.Free)
			b.plain++
		}
	}
	b.sites()
}

func (b *builder) isDomain(id model.ID) bool { return b.homes[b.home[id]].info.Root == id }

// areaAbove gives the area of the nearest unit or domain above an object; a naming context ends the search.
func (b *builder) areaAbove(id model.ID) (*area, bool) {
	a, _, ok := b.above(id)
	return a, ok
}

// above is areaAbove with the place of the area, as in builder.scope.
func (b *builder) above(id model.ID) (*area, uint32, bool) {
	for !b.roots[id] {
		up, ok := b.dir.Parent(id)
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

// policies reads gPLink: "[LDAP://name;options]" for each link, the weakest first; options 1 disabled, 2 enforced (MS-GPOL 2.2.2).
func (b *builder) policies(id model.ID, a *area) {
	text, _ := b.dir.Text(id, "gPLink")
	for each := range strings.SplitSeq(text, "]") {
		name, options, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(each), "["), ";")
		if len(name) < 7 || !ok || !strings.EqualFold(name[:7], "LDAP://") {
			continue
		}
		policy, ok := b.dir.ByDN(name[7:])
		if !ok || options == "1" || options == "3" {
			continue
		}
		to := a.usual
		if options == "2" {
			to = a.enforced
		}
		a.links = append(a.links, linked{policy, options == "2"})
		b.out.Add(Node(policy), to, label(control.AppliesTo, -1))
	}
}

// sites puts the controllers of each site in the area of the site: of the other machines the site is not known.
func (b *builder) sites() {
	for id := range b.dir.OfClass("server") {
		var at uint32
		for up, ok := b.dir.Parent(id); ok && at == 0; up, ok = b.dir.Parent(up) {
			at = b.scope[up]
		}
		if at == 0 {
			continue
		}
		for account := range b.dir.Linked(id, "serverReference") {
			b.out.Add(b.areas[at-1].inside, Node(account), graph.Free)
		}
	}
}
