package points

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
)

func rodcRecords() []record {
	const family = "rodc"
	return []record{
		{Point: Point{ID: "vuln_rodc_priv_revealed", Family: family, Levels: []int{2}}, decide: (*domain).rodcRevealed},
		{Point: Point{ID: "vuln_rodc_never_reveal", Family: family, Levels: []int{3}}, decide: (*domain).rodcNeverReveal},
		{Point: Point{ID: "vuln_rodc_reveal", Family: family, Levels: []int{3}, Limits: []Limit{{3, "rid", sid.RIDFirstOrdinaryAccount}}},
			decide: (*domain).rodcReveal},
		{Point: Point{ID: "vuln_rodc_allowed_group", Family: family, Levels: []int{3}}, reads: []need{{"group", "member"}},
			decide: (*domain).rodcAllowed},
		{Point: Point{ID: "vuln_rodc_denied_group", Family: family, Levels: []int{3}}, needs: []need{{"group", "member"}},
			absence: true, decide: (*domain).rodcDenied},
		{Point: Point{ID: "vuln_rodc_orphan_krbtgt", Family: family, Levels: []int{3}}, absence: true, decide: (*domain).rodcOrphans},
	}
}

// readOnlyControllers lists the read-only domain controllers, after checking that the attributes of a rule were read on them. None
// is legitimate: the rules about them then pass.
func (d *domain) readOnlyControllers(o *outcome, attribute string) []*account {
	var out []*account
	if !d.collects(classComputer, "primaryGroupID") && !d.collects(classComputer, attrUserAccountControl) {
		o.missing("computer:primaryGroupID")
	}
	for _, a := range d.controllers() {
		if !a.readOnlyDC() {
			continue
		}
		if !d.forest.dir.Collected(a.id, attribute) {
			o.missing("computer:" + attribute)
			return nil
		}
		out = append(out, a)
	}
	return out
}

// rodcRevealed fails the privileged accounts whose secrets a read-only domain controller holds (MS-ADA2 2.428).
func (d *domain) rodcRevealed(o *outcome) {
	const attribute = "msDS-RevealedUsers"
	o.lost()
	for _, rodc := range d.readOnlyControllers(o, attribute) {
		seen := make(map[model.ID]bool)
		for v := range d.forest.dir.Values(rodc.id, attribute) {
			id, ok := d.forest.dir.ByDN(binaryDN(string(v)))
			if !ok || seen[id] || !d.forest.privileged[id] || id == rodc.id {
				continue
			}
			seen[id] = true
			o.fail(id, because("rodc_revealed", "rodc", d.forest.accountName(rodc.id)))
		}
	}
}

// binaryDN gives the name in a value that joins it to binary data: "B:8:00000001:CN=a" (MS-ADTS 3.1.1.2.2.2.2).
func binaryDN(v string) string {
	if !strings.HasPrefix(v, "B:") && !strings.HasPrefix(v, "S:") {
		return v
	}
	part := strings.SplitN(v, ":", 4)
	if len(part) < 4 {
		return v
	}
	return part[3]
}

// rodcNeverReveal fails the read-only domain controllers that may keep the secrets of administrators and operators.
func (d *domain) rodcNeverReveal(o *outcome) {
	const attribute = "msDS-NeverRevealGroup"
	wanted := []sid.SID{
		sid.Administrators, sid.ServerOperators, sid.AccountOperators, sid.BackupOperators,
		d.info.SID.Append(sid.RIDDeniedRODCReplication),
	}
	for _, rodc := range d.readOnlyControllers(o, attribute) {
		linked := slices.Collect(d.forest.dir.Linked(rodc.id, attribute))
		for _, s := range wanted {
			group, ok := d.groups[s]
			switch {
			case !ok:
				o.missing("object:" + s.String())
			case !slices.Contains(linked, group):
				text, name := d.forest.trustee(s)
				o.fail(rodc.id, because("rodc_never_reveal", "trustee", text, "trustee_name", name))
			}
		}
	}
}

// rodcReveal fails the read-only domain controllers that may keep the secrets of reserved principals. The group made for that
// purpose (571) is what Windows puts there: its content is the subject of another point.
func (d *domain) rodcReveal(o *outcome) {
	const attribute = "msDS-RevealOnDemandGroup"
	limit := o.limit(3, "rid")
	for _, rodc := range d.readOnlyControllers(o, attribute) {
		for id := range d.forest.dir.Linked(rodc.id, attribute) {
			s := d.forest.dir.SID(id)
			rid, ok := s.RID()
			if ok && int64(rid) < limit && rid != sid.RIDAllowedRODCReplication {
				text, name := d.forest.trustee(s)
				o.fail(rodc.id, because("rodc_reveal", "trustee", text, "trustee_name", name))
			}
		}
	}
}

func (d *domain) rodcAllowed(o *outcome) {
	group, ok := d.group(sid.RIDAllowedRODCReplication)
	if !ok {
		return // the group comes with the first preparation for read-only controllers
	}
	for _, m := range d.forest.membersOf(group) {
		text, name := m.describe(d.forest)
		o.fail(group, because("rodc_allowed", "trustee", text, "trustee_name", name))
	}
}

// rodcDenied fails the group whose members no read-only domain controller keeps, for each of the principals that Windows puts
// there and that is missing. Those of the forest belong to the root domain.
func (d *domain) rodcDenied(o *outcome) {
	group, ok := d.group(sid.RIDDeniedRODCReplication)
	if !ok {
		if d.hasReadOnlyController() {
			o.missing("object:" + d.info.SID.Append(sid.RIDDeniedRODCReplication).String())
		}
		return
	}
	var present []sid.SID
	for _, m := range d.forest.membersOf(group) {
		present = append(present, m.sid)
	}
	wanted := []sid.SID{
		d.info.SID.Append(sid.RIDKrbtgt), d.info.SID.Append(sid.RIDDomainAdmins), d.info.SID.Append(sid.RIDDomainControllers),
		d.info.SID.Append(sid.RIDCertPublishers), d.info.SID.Append(sid.RIDGroupPolicyCreators), d.info.SID.Append(sid.RIDReadOnlyDCs),
	}
	if root := d.forest.root(); root != nil {
		wanted = append(wanted, root.info.SID.Append(sid.RIDSchemaAdmins), root.info.SID.Append(sid.RIDEnterpriseAdmins))
	} else {
		o.missing("partition:" + d.forest.info.RootDN)
	}
	for _, s := range wanted {
		if _, exists := d.forest.dir.BySID(s); exists && !slices.Contains(present, s) {
			text, name := d.forest.trustee(s)
			o.fail(group, because("rodc_denied", "trustee", text, "trustee_name", name))
		}
	}
}

func (d *domain) hasReadOnlyController() bool {
	return slices.ContainsFunc(d.controllers(), func(a *account) bool { return a.readOnlyDC() })
}

// rodcOrphans fails the krbtgt accounts of read-only domain controllers that no controller uses any more.
func (d *domain) rodcOrphans(o *outcome) {
	const number, link = "msDS-SecondaryKrbTgtNumber", "msDS-KrbTgtLink"
	dir := d.forest.dir
	if !d.collects(classUser, number) {
		o.missing("user:" + number)
		return
	}
	linked := make(map[model.ID]bool)
	for _, a := range d.controllers() {
		if a.readOnlyDC() && !dir.Collected(a.id, link) {
			o.missing("computer:" + link)
			return
		}
		for id := range dir.Linked(a.id, link) {
			linked[id] = true
		}
	}
	for i := range d.accounts {
		a := &d.accounts[i]
		name, _ := dir.Text(a.id, "sAMAccountName")
		if a.kind == personKind && strings.HasPrefix(strings.ToLower(name), "krbtgt_") && dir.Has(a.id, number) && !linked[a.id] {
			n, _ := dir.Text(a.id, number)
			o.fail(a.id, because("rodc_orphan", "number", n))
		}
	}
}
