package permissions

import (
	"slices"
	"strconv"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/points/internal/controllers"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/rule"
)

// holders lists the containers above the privileged accounts and groups of the domain, controllers included, from the object up
// to the root, which is left out; and the sites of the controllers.
func holders(d *estate.Domain) (containers, sites []model.ID) {
	dir := d.Forest.Dir
	for _, p := range d.PrivilegedMembers() {
		for id, ok := dir.Parent(p.ID); ok && id != d.Info.Root; id, ok = dir.Parent(id) {
			if d.Forest.DomainOf(id) == d {
				containers = append(containers, id)
			}
		}
	}
	servers := controllers.Servers(d.Forest)
	for _, a := range d.Controllers() {
		for _, server := range servers[a.ID] {
			for id, ok := dir.Parent(server); ok; id, ok = dir.Parent(id) {
				if dir.Is(id, "site") {
					sites = append(sites, id)
				}
			}
		}
	}
	return controllers.SortIDs(containers), controllers.SortIDs(sites)
}

// containerPermissions looks at the containers and sites that hold privileged accounts: linking a policy there is enough.
func containerPermissions(d *estate.Domain, o *rule.Outcome) {
	o.Lost()
	if o.NeedConfiguration() {
		o.CoversSettings("site")
	}
	containers, sites := holders(d)
	for _, id := range slices.Concat(containers, sites) {
		permissions(d, o, id, access.OrganizationalUnit, d.Forest)
	}
}

// Options of a link in gPLink (MS-GPOL 2.2.2).
const (
	linkDisabled = 1
	linkEnforced = 2
)

// policyLink is one link to a group policy.
type policyLink struct {
	dn       string
	enforced bool
}

// policyLinks reads gPLink, "[LDAP://cn={…},cn=policies,…;0][…]", disabled links left out (MS-GPOL 2.2.2).
func policyLinks(text string) []policyLink {
	var out []policyLink
	for part := range strings.SplitSeq(text, "[") {
		part = strings.TrimSpace(part)
		body, found := strings.CutSuffix(part, "]")
		at := strings.LastIndexByte(body, ';')
		if !found || at < 0 {
			continue
		}
		options, err := strconv.Atoi(strings.TrimSpace(body[at+1:]))
		if err != nil || options&linkDisabled != 0 {
			continue
		}
		dn := body[:at]
		if len(dn) >= 7 && strings.EqualFold(dn[:7], "LDAP://") {
			dn = dn[7:]
		}
		out = append(out, policyLink{dn, options&linkEnforced != 0})
	}
	return out
}

// policies lists the group policies that apply to privileged accounts: linked to a container above one, to the root or to a
// site of a controller. Above a container that blocks inheritance, only enforced links pass (MS-GPOL 3.2.5.1.6).
func policies(d *estate.Domain) (found []model.ID, lost []string) {
	dir := d.Forest.Dir
	take := func(holder model.ID, enforcedOnly bool) {
		text, _ := dir.Text(holder, "gPLink")
		for _, link := range policyLinks(text) {
			if enforcedOnly && !link.enforced {
				continue
			}
			if id, ok := dir.ByDN(link.dn); ok {
				found = append(found, id)
			} else {
				lost = append(lost, link.dn)
			}
		}
	}
	type visit struct {
		id      model.ID
		blocked bool
	}
	done := make(map[visit]bool)
	for _, p := range d.PrivilegedMembers() {
		if p.Account == nil || d.Forest.DomainOf(p.ID) != d {
			continue
		}
		blocked := false
		for id, ok := dir.Parent(p.ID); ok; id, ok = dir.Parent(id) {
			if v := (visit{id, blocked}); !done[v] {
				done[v] = true
				take(id, blocked)
			}
			if options, _ := dir.Int(id, "gPOptions"); options&1 != 0 {
				blocked = true
			}
			if id == d.Info.Root {
				break
			}
		}
	}
	_, sites := holders(d)
	for _, id := range sites {
		take(id, false)
	}
	return controllers.SortIDs(found), lost
}

// policyPermissions looks at the group policies that apply to privileged accounts. A policy is an object and a folder of SYSVOL: without
// the permissions of the folder, which the directory does not hold, the point cannot pass on the object alone.
func policyPermissions(d *estate.Domain, o *rule.Outcome) {
	o.Lost()
	if o.NeedConfiguration() {
		o.CoversSettings("site")
	}
	if !d.Collects("organizationalUnit", "gPLink") || !d.Collects("domain", "gPLink") {
		o.Missing("organizationalUnit:gPLink")
		return
	}
	found, lost := policies(d)
	for _, dn := range lost {
		o.Missing("object:" + dn)
	}
	for _, id := range found {
		permissions(d, o, id, access.Policy, d.Forest)
	}
	policyFiles(d, o, found)
}
