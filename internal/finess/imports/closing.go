package imports

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hygie/internal/finess"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
)

// willClose remembers that a structure ends; whether it can is decided when everything else is.
func (p *planner) willClose(s *territory.Structure, day string) {
	if s.Status == territory.Closed {
		p.out.Unchanged[s.Kind]++
		return
	}
	if !p.mayChange(s) {
		p.out.Outside++
		return
	}
	closed, err := time.Parse(time.DateOnly, cmp.Or(day, p.file.Date))
	if err != nil {
		closed = p.at
	}
	p.ending = append(p.ending, step{verb: Close, id: s.ID, closed: closed})
}

// closings orders what ends from below upwards, and keeps open what still holds something open.
func (p *planner) closings() {
	slices.SortStableFunc(p.ending, func(a, b step) int {
		return cmp.Compare(level(p.known.byID[b.id].Kind), level(p.known.byID[a.id].Kind))
	})
	for _, s := range p.ending {
		about := p.known.byID[s.id]
		if p.open[s.id] > 0 {
			p.out.Kept++
			continue
		}
		about.Status = territory.Closed
		p.open[about.Parent]--
		p.step(s, about, nil)
	}
}

func level(kind territory.Kind) int { return slices.Index(territory.Kinds(), kind) }

// placeGroups gives each GHT of the file its node, in the region of its support establishment.
func (p *planner) placeGroups() {
	regions := make(map[string]string, len(p.file.Entities)) // FINESS number → region code
	for i := range p.file.Entities {
		if region, found := official.RegionOf(p.file.Entities[i].Department); found && p.file.Entities[i].Active {
			regions[p.file.Entities[i].Finess] = region.Code
		}
	}
	for i := range p.file.Groups {
		p.placeGroup(&p.file.Groups[i], regions)
	}
}

func (p *planner) placeGroup(group *finess.Group, regions map[string]string) {
	old := p.known.byNumber[territory.Group][group.Number]
	if !group.Active {
		if old != nil {
			p.seen[old.ID] = true
			p.willClose(old, "")
		} else {
			p.out.Known++
		}
		return
	}
	g := &ght{group: group, region: seat(group, regions)}
	if g.region == "" || old == nil && !wanted(p.o.Regions, g.region) {
		p.out.Filtered++
		return
	}
	region := p.region(g.region)
	if region == nil || !p.mayChange(region) || old != nil && !p.mayChange(old) {
		p.out.Outside++
		return
	}
	name := group.Name
	if !strings.HasPrefix(territory.Fold(name), "ght") {
		name = "GHT " + name
	}
	p.settle(old, territory.Draft{Kind: territory.Group, GroupKind: territory.GHT, Code: group.Number, Name: name, NameSource: territory.NameFiness}, region)
	g.node = p.known.byNumber[territory.Group][group.Number]
	p.ghts = append(p.ghts, g)
	for _, m := range group.Members {
		if !m.Establishment && territory.MemberRole(m.Role).Full() {
			p.fullIn[m.Finess] = g
		}
	}
}

// seat is the region of the support establishment, else of the first member whose region is known.
func seat(group *finess.Group, regions map[string]string) string {
	first := ""
	for _, m := range group.Members {
		region := regions[m.Finess]
		if region != "" && m.Role == finess.Support {
			return region
		}
		first = cmp.Or(first, region)
	}
	return first
}

// memberships makes the members of each GHT be those of the file. Memberships that a person entered stay.
func (p *planner) memberships() {
	for _, g := range p.ghts {
		now := make(map[territory.ID]bool)
		for _, m := range g.group.Members {
			kind := territory.Entity
			if m.Establishment {
				kind = territory.Establishment
			}
			s := p.known.byNumber[kind][m.Finess]
			if s == nil { // left out by a filter
				continue
			}
			now[s.ID] = true
			role := territory.MemberRole(m.Role)
			if old, member := p.known.members[g.node.ID][s.ID]; !member || old.source == source && old.role != role {
				p.step(step{verb: Join, id: s.ID, group: g.node.ID, role: role}, s, []Difference{{"group", "", g.node.Name}, {"role", string(old.role), string(role)}})
			}
		}
		p.leave(g, now)
	}
}

func (p *planner) leave(g *ght, now map[territory.ID]bool) {
	var gone []territory.ID
	for id, m := range p.known.members[g.node.ID] {
		if m.source == source && !now[id] {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		p.step(step{verb: Leave, id: id, group: g.node.ID}, p.known.byID[id], []Difference{{"group", g.node.Name, ""}})
	}
}
