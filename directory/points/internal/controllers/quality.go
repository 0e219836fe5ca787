package controllers

import (
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// Quality lists the points about the quality of the collection (ANSSI, points de contrôle Active Directory).
func Quality() []rule.Record {
	const family = "quality"
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_critical_objects", Family: family, Levels: []int{1}}, Absence: true, Decide: criticalObjects},
		{Point: rule.Point{ID: "vuln_sd_failed_sd_read_on_priv", Family: family, Levels: []int{3}}, Decide: unreadPrivileged},
	}
}

// criticalObjects fails a collection that lacks an object without which nothing can be concluded. A partition that was cut
// short proves nothing about what it lacks.
func criticalObjects(d *estate.Domain, o *rule.Outcome) {
	absent := func(what string) {
		o.FailAbsent(what, reasons.Because("critical_absent"))
	}
	absentSID := func(s sid.SID) { absent("<SID=" + s.String() + ">") }
	if _, ok := d.Child(estate.CNAdminSDHolder); !ok {
		if d.Forest.Dir.Covers(d.Info.DN, "container") {
			absent(estate.CNAdminSDHolder + d.Info.DN)
		} else {
			o.Missing("object:" + estate.CNAdminSDHolder + d.Info.DN)
		}
	}
	rids := []uint32{sid.RIDAdministrator, sid.RIDKrbtgt, sid.RIDDomainAdmins}
	forestRIDs := []uint32{sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins}
	switch _, known := d.Group(sid.RIDEnterpriseAdmins); {
	case d.Forest.Configured && d.Info.ForestRoot, known:
		rids = append(rids, forestRIDs...)
	case !d.Forest.Configured: // which domain is the root of the forest is not known
		o.Missing("partition:configuration")
	}
	if d.Info.SID.IsZero() {
		absent(d.Info.DN)
		return
	}
	for _, rid := range rids {
		s := d.Info.SID.Append(rid)
		if _, ok := d.Forest.Dir.BySID(s); !ok {
			absentSID(s)
		}
	}
}

// unreadPrivileged fails the privileged accounts, controllers included, whose descriptor or essential attributes were asked for
// and not given: somebody hides them from the reader.
func unreadPrivileged(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	o.Lost()
	for _, p := range d.PrivilegedMembers() {
		if p.Account == nil {
			continue
		}
		if !dir.Collected(p.ID, estate.AttrDescriptor) {
			o.Missing("user:" + estate.AttrDescriptor)
		} else if _, ok := dir.Descriptor(p.ID); !ok {
			o.Fail(p.ID, reasons.Because("unread_attribute", "attribute", estate.AttrDescriptor))
		}
		for _, attribute := range []string{estate.AttrUserAccountControl, "pwdLastSet", "primaryGroupID"} {
			if !dir.Collected(p.ID, attribute) {
				o.Missing("user:" + attribute)
			} else if !dir.Has(p.ID, attribute) {
				o.Fail(p.ID, reasons.Because("unread_attribute", "attribute", attribute))
			}
		}
	}
}
