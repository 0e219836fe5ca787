package points

import (
	"slices"
	"strconv"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/access"
)

// holders lists the containers above the privileged accounts and groups of the domain, controllers included, from the object up
// to the root, which is left out; and the sites of the controllers.
func (d *domain) holders() (containers, sites []model.ID) {
	dir := d.forest.dir
	for _, p := range d.privilegedMembers() {
		for id, ok := dir.Parent(p.id); ok && id != d.info.Root; id, ok = dir.Parent(id) {
			if d.forest.domainOf(id) == d {
				containers = append(containers, id)
			}
		}
	}
	servers := d.forest.servers()
	for _, a := range d.controllers() {
		for _, server := range servers[a.id] {
			for id, ok := dir.Parent(server); ok; id, ok = dir.Parent(id) {
				if dir.Is(id, "site") {
					sites = append(sites, id)
				}
			}
		}
	}
	return sortIDs(containers), sortIDs(sites)
}

// containerPermissions looks at the containers and sites that hold privileged accounts: linking a policy there is enough.
func (d *domain) containerPermissions(o *outcome) {
	o.lost()
	if o.needConfiguration() {
		o.coversSettings("site")
	}
	containers, sites := d.holders()
	for _, id := range slices.Concat(containers, sites) {
		d.permissions(o, id, access.OrganizationalUnit, d.forest)
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
func (d *domain) policies() (found []model.ID, lost []string) {
	dir := d.forest.dir
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
	for _, p := range d.privilegedMembers() {
		if p.account == nil || d.forest.domainOf(p.id) != d {
			continue
		}
		blocked := false
		for id, ok := dir.Parent(p.id); ok; id, ok = dir.Parent(id) {
			if v := (visit{id, blocked}); !done[v] {
				done[v] = true
				take(id, blocked)
			}
			if options, _ := dir.Int(id, "gPOptions"); options&1 != 0 {
				blocked = true
			}
			if id == d.info.Root {
				break
			}
		}
	}
	_, sites := d.holders()
	for _, id := range sites {
		take(id, false)
	}
	return sortIDs(found), lost
}

// policyPermissions looks at the group policies that apply to privileged accounts. A policy is an object and a folder of SYSVOL: without
// the permissions of the folder, which the directory does not hold, the point cannot pass on the object alone.
func (d *domain) policyPermissions(o *outcome) {
	o.lost()
	if o.needConfiguration() {
		o.coversSettings("site")
	}
	if !d.collects("organizationalUnit", "gPLink") || !d.collects("domain", "gPLink") {
		o.missing("organizationalUnit:gPLink")
		return
	}
	found, lost := d.policies()
	for _, dn := range lost {
		o.missing("object:" + dn)
	}
	for _, id := range found {
		d.permissions(o, id, access.Policy, d.forest)
	}
	d.policyFiles(o, found)
}
