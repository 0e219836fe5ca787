package finess

import (
	"cmp"
	"strings"
)

// group keeps a group until its members are known: the published file has the groups first.
func (p *plusReader) group() error {
	var raw plusGroup
	if ok, err := p.decode(&raw); !ok {
		return err
	}
	kind := strings.TrimSpace(raw.Kind)
	if kind != "001" && kind != "002" && !strings.EqualFold(kind, "ght") {
		return nil // another sort of agreement
	}
	p.groups = append(p.groups, raw)
	p.places = append(p.places, p.path)
	return nil
}

// resolve turns the technical identifiers of members into FINESS numbers.
func (p *plusReader) resolve() {
	numbers := make(map[string]bool)
	for i, raw := range p.groups {
		p.path = p.places[i]
		g := Group{
			Number: cmp.Or(clean(raw.External), clean(raw.Number)), Name: clean(raw.Name), Kind: strings.TrimSpace(raw.Kind),
			Active: active(raw.State, ""),
		}
		if g.Number == "" && raw.ID != "" {
			g.Number = "gcc-" + clean(raw.ID)
		}
		if g.Number == "" || g.Name == "" || numbers[g.Number] {
			p.wrong(true, BadGroup, cmp.Or(g.Name, g.Number), "")
			continue
		}
		numbers[g.Number] = true
		g.Members = append(p.members(raw.Persons, "pmejDuGcc"), p.members(raw.Sites, "egeDuGcc")...)
		if len(g.Members) == 0 && g.Active {
			p.wrong(true, BadGroup, g.Name, "")
			continue
		}
		p.file.Groups = append(p.file.Groups, g)
	}
	p.path = ""
}

func (p *plusReader) members(raw []plusMember, list string) []Member {
	var members []Member
	for _, one := range raw {
		role, known := roleOf(one.Role)
		if !known {
			p.wrong(false, BadRole, one.Role, list)
			continue
		}
		m := Member{Finess: p.persons[one.person()], Role: role}
		if list == "egeDuGcc" {
			m = Member{Finess: p.sites[one.SiteID], Establishment: true, Role: role}
		}
		if m.Finess == "" {
			p.wrong(false, UnknownMember, cmp.Or(one.person(), one.SiteID), list)
			continue
		}
		members = append(members, m)
	}
	return members
}

// roleOf reads a role of the nomenclature TRE-R360, or its label.
func roleOf(code string) (Role, bool) {
	switch strings.ToLower(clean(code)) {
	case "s", "support", "entité support":
		return Support, true
	case "m", "membre", "membre simple", "partie":
		return Party, true
	case "associé":
		return Associate, true
	case "partenaire":
		return Partner, true
	}
	return "", false
}
