package points

import (
	"hygie/directory/model"
	"hygie/directory/sid"
)

func qualityRecords() []record {
	const family = "quality"
	return []record{
		{Point: Point{ID: "vuln_critical_objects", Family: family, Levels: []int{1}}, absence: true, decide: (*domain).criticalObjects},
		{Point: Point{ID: "vuln_sd_failed_sd_read_on_priv", Family: family, Levels: []int{3}}, decide: (*domain).unreadPrivileged},
	}
}

// criticalObjects fails a collection that lacks an object without which nothing can be concluded. A partition that was cut
// short proves nothing about what it lacks.
func (d *domain) criticalObjects(o *outcome) {
	absent := func(what string) {
		o.failAbsent(what, because("critical_absent"))
	}
	absentSID := func(s sid.SID) { absent("<SID=" + s.String() + ">") }
	if _, ok := d.child(cnAdminSDHolder); !ok {
		if d.forest.dir.Covers(d.info.DN, "container") {
			absent(cnAdminSDHolder + d.info.DN)
		} else {
			o.missing("object:" + cnAdminSDHolder + d.info.DN)
		}
	}
	rids := []uint32{sid.RIDAdministrator, sid.RIDKrbtgt, sid.RIDDomainAdmins}
	forestRIDs := []uint32{sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins}
	switch _, known := d.group(sid.RIDEnterpriseAdmins); {
	case d.forest.configured && d.info.ForestRoot, known:
		rids = append(rids, forestRIDs...)
	case !d.forest.configured: // which domain is the root of the forest is not known
		o.missing("partition:configuration")
	}
	if d.info.SID.IsZero() {
		absent(d.info.DN)
		return
	}
	for _, rid := range rids {
		s := d.info.SID.Append(rid)
		if _, ok := d.forest.dir.BySID(s); !ok {
			absentSID(s)
		}
	}
}

// unreadPrivileged fails the privileged accounts, controllers included, whose descriptor or essential attributes were asked for
// and not given: somebody hides them from the reader.
func (d *domain) unreadPrivileged(o *outcome) {
	dir := d.forest.dir
	o.lost()
	for _, p := range d.privilegedMembers() {
		if p.account == nil {
			continue
		}
		if !dir.Collected(p.id, attrDescriptor) {
			o.missing("user:" + attrDescriptor)
		} else if _, ok := dir.Descriptor(p.id); !ok {
			o.fail(p.id, because("unread_attribute", "attribute", attrDescriptor))
		}
		for _, attribute := range []string{attrUserAccountControl, "pwdLastSet", "primaryGroupID"} {
			if !dir.Collected(p.id, attribute) {
				o.missing("user:" + attribute)
			} else if !dir.Has(p.id, attribute) {
				o.fail(p.id, because("unread_attribute", "attribute", attribute))
			}
		}
	}
}

// unread says that the descriptor of an object is lacking, in whole or in part: for its whole class when that is how the source
// gives it, else for the object.
// The list stops growing at some length: what is said then is enough to know that the point is not decided.
func (o *outcome) unread(id model.ID, levels ...int) {
	const shown = 50
	dir := o.domain.forest.dir
	own, ok := dir.Descriptor(id)
	if !dir.Collected(id, attrDescriptor) || ok && own.Partial() {
		o.missing(dir.Class(id)+":"+attrDescriptor, levels...)
		return
	}
	if len(o.lacks) < shown {
		o.missing(attrDescriptor+" of "+dir.DN(id), levels...)
	}
}
