package controllers

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// RODC lists the points about read-only domain controllers (ANSSI, vuln_rodc_*).
func RODC() []rule.Record {
	const family = "rodc"
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_rodc_priv_revealed", Family: family, Levels: []int{2}}, Decide: rodcRevealed},
		{Point: rule.Point{ID: "vuln_rodc_never_reveal", Family: family, Levels: []int{3}}, Decide: rodcNeverReveal},
		{Point: rule.Point{ID: "vuln_rodc_reveal", Family: family, Levels: []int{3}, Limits: []rule.Limit{{Level: 3, Name: "rid", Value: sid.RIDFirstOrdinaryAccount}}},
			Decide: rodcReveal},
		{Point: rule.Point{ID: "vuln_rodc_allowed_group", Family: family, Levels: []int{3}}, Reads: []rule.Need{{Class: "group", Attribute: "member"}},
			Decide: rodcAllowed},
		{Point: rule.Point{ID: "vuln_rodc_denied_group", Family: family, Levels: []int{3}}, Needs: []rule.Need{{Class: "group", Attribute: "member"}},
			Absence: true, Decide: rodcDenied},
		{Point: rule.Point{ID: "vuln_rodc_orphan_krbtgt", Family: family, Levels: []int{3}}, Absence: true, Decide: rodcOrphans},
	}
}

// readOnlyControllers lists the read-only domain controllers, after checking that the attributes of a rule were read on them. None
// is legitimate: the rules about them then pass.
func readOnlyControllers(d *estate.Domain, o *rule.Outcome, attribute string) []*estate.Account {
	var out []*estate.Account
	if !d.Collects(estate.ClassComputer, "primaryGroupID") && !d.Collects(estate.ClassComputer, estate.AttrUserAccountControl) {
		o.Missing("computer:primaryGroupID")
	}
	for _, a := range d.Controllers() {
		if !a.ReadOnlyDC() {
			continue
		}
		if !d.Forest.Dir.Collected(a.ID, attribute) {
			o.Missing("computer:" + attribute)
			return nil
		}
		out = append(out, a)
	}
	return out
}

// rodcRevealed fails the privileged accounts whose secrets a read-only domain controller holds (MS-ADA2 2.428).
func rodcRevealed(d *estate.Domain, o *rule.Outcome) {
	const attribute = "msDS-RevealedUsers"
	o.Lost()
	for _, rodc := range readOnlyControllers(d, o, attribute) {
		seen := make(map[model.ID]bool)
		for v := range d.Forest.Dir.Values(rodc.ID, attribute) {
			id, ok := d.Forest.Dir.ByDN(binaryDN(string(v)))
			if !ok || seen[id] || !d.Forest.Privileged[id] || id == rodc.ID {
				continue
			}
			seen[id] = true
			o.Fail(id, reasons.Because("rodc_revealed", "rodc", d.Forest.AccountName(rodc.ID)))
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
func rodcNeverReveal(d *estate.Domain, o *rule.Outcome) {
	const attribute = "msDS-NeverRevealGroup"
	wanted := []sid.SID{
		sid.Administrators, sid.ServerOperators, sid.AccountOperators, sid.BackupOperators,
		d.Info.SID.Append(sid.RIDDeniedRODCReplication),
	}
	for _, rodc := range readOnlyControllers(d, o, attribute) {
		linked := slices.Collect(d.Forest.Dir.Linked(rodc.ID, attribute))
		for _, s := range wanted {
			group, ok := d.Groups[s]
			switch {
			case !ok:
				o.Missing("object:" + s.String())
			case !slices.Contains(linked, group):
				text, name := d.Forest.Trustee(s)
				o.Fail(rodc.ID, reasons.Because("rodc_never_reveal", "trustee", text, "trustee_name", name))
			}
		}
	}
}

// rodcReveal fails the read-only domain controllers that may keep the secrets of reserved principals. The group made for that
// purpose (571) is what Windows puts there: its content is the subject of another point.
func rodcReveal(d *estate.Domain, o *rule.Outcome) {
	const attribute = "msDS-RevealOnDemandGroup"
	limit := o.Limit(3, "rid")
	for _, rodc := range readOnlyControllers(d, o, attribute) {
		for id := range d.Forest.Dir.Linked(rodc.ID, attribute) {
			s := d.Forest.Dir.SID(id)
			rid, ok := s.RID()
			if ok && int64(rid) < limit && rid != sid.RIDAllowedRODCReplication {
				text, name := d.Forest.Trustee(s)
				o.Fail(rodc.ID, reasons.Because("rodc_reveal", "trustee", text, "trustee_name", name))
			}
		}
	}
}

func rodcAllowed(d *estate.Domain, o *rule.Outcome) {
	group, ok := d.Group(sid.RIDAllowedRODCReplication)
	if !ok {
		return // the group comes with the first preparation for read-only controllers
	}
	for _, m := range accounts.MembersOf(d.Forest, group) {
		text, name := m.Describe(d.Forest)
		o.Fail(group, reasons.Because("rodc_allowed", "trustee", text, "trustee_name", name))
	}
}

// rodcDenied fails the group whose members no read-only domain controller keeps, for each of the principals that Windows puts
// there and that is missing. Those of the forest belong to the root domain.
func rodcDenied(d *estate.Domain, o *rule.Outcome) {
	group, ok := d.Group(sid.RIDDeniedRODCReplication)
	if !ok {
		if hasReadOnlyController(d) {
			o.Missing("object:" + d.Info.SID.Append(sid.RIDDeniedRODCReplication).String())
		}
		return
	}
	var present []sid.SID
	for _, m := range accounts.MembersOf(d.Forest, group) {
		present = append(present, m.SID)
	}
	wanted := []sid.SID{
		d.Info.SID.Append(sid.RIDKrbtgt), d.Info.SID.Append(sid.RIDDomainAdmins), d.Info.SID.Append(sid.RIDDomainControllers),
		d.Info.SID.Append(sid.RIDCertPublishers), d.Info.SID.Append(sid.RIDGroupPolicyCreators), d.Info.SID.Append(sid.RIDReadOnlyDCs),
	}
	if root := d.Forest.Root(); root != nil {
		wanted = append(wanted, root.Info.SID.Append(sid.RIDSchemaAdmins), root.Info.SID.Append(sid.RIDEnterpriseAdmins))
	} else {
		o.Missing("partition:" + d.Forest.Info.RootDN)
	}
	for _, s := range wanted {
		if _, exists := d.Forest.Dir.BySID(s); exists && !slices.Contains(present, s) {
			text, name := d.Forest.Trustee(s)
			o.Fail(group, reasons.Because("rodc_denied", "trustee", text, "trustee_name", name))
		}
	}
}

func hasReadOnlyController(d *estate.Domain) bool {
	return slices.ContainsFunc(d.Controllers(), func(a *estate.Account) bool { return a.ReadOnlyDC() })
}

// rodcOrphans fails the krbtgt accounts of read-only domain controllers that no controller uses any more.
func rodcOrphans(d *estate.Domain, o *rule.Outcome) {
	const number, link = "msDS-SecondaryKrbTgtNumber", "msDS-KrbTgtLink"
	dir := d.Forest.Dir
	if !d.Collects(estate.ClassUser, number) {
		o.Missing("user:" + number)
		return
	}
	linked := make(map[model.ID]bool)
	for _, a := range d.Controllers() {
		if a.ReadOnlyDC() && !dir.Collected(a.ID, link) {
			o.Missing("computer:" + link)
			return
		}
		for id := range dir.Linked(a.ID, link) {
			linked[id] = true
		}
	}
	for i := range d.Accounts {
		a := &d.Accounts[i]
		name, _ := dir.Text(a.ID, "sAMAccountName")
		if a.Kind == estate.PersonKind && strings.HasPrefix(strings.ToLower(name), "krbtgt_") && dir.Has(a.ID, number) && !linked[a.ID] {
			n, _ := dir.Text(a.ID, number)
			o.Fail(a.ID, reasons.Because("rodc_orphan", "number", n))
		}
	}
}
