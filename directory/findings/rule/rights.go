package rule

import (
	"slices"

	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/access"
	"hygie/directory/sid"
)

// RequireMembers says which members of privileged groups no source gave: they may be anybody (MS-ADTS 3.1.1.4.3).
func RequireMembers(o *Outcome) {
	for i, dn := range o.LostMembers() {
		if i < 20 {
			o.Missing("object:" + dn)
		}
	}
}

// Broad tells whether a principal stands for about everybody (MS-DTYP 2.4.2.4).
func Broad(o *Outcome, s sid.SID) bool {
	switch s {
	case sid.Everyone, sid.AuthenticatedUsers, sid.Anonymous, sid.Users, sid.Guests, sid.PreWindows2000Access, sid.Interactive, sid.Network:
		return true
	}
	rid, ok := s.RID()
	return ok && s.IsAccount() && o.Ours(s.Domain()) &&
		slices.Contains([]uint32{sid.RIDDomainUsers, sid.RIDDomainGuests, sid.RIDDomainComputers, sid.RIDGuest}, rid)
}

// RightReason makes the reason for a right.
func (o *Outcome) RightReason(g access.Grant) Reason {
	text, name := o.Who(g.Trustee)
	return Because("right", "right", g.Right.Code, "trustee", text, "trustee_name", name, "origin", access.Origin(g))
}

// FindRights finds the dangerous rights on an object in the hands of somebody who is not privileged.
func (o *Outcome) FindRights(id model.ID, target access.Target, who access.Principals) {
	o.FindRightsOf(id, target, who, func(sid.SID) bool { return true })
}

// FindRightsOf is FindRights for those in whose hands the rights matter.
func (o *Outcome) FindRightsOf(id model.ID, target access.Target, who access.Principals, matters func(sid.SID) bool) {
	grants, ok := o.GrantsOf(id, target, who)
	if d, read := o.Dir.Descriptor(id); !ok || read && d.Partial() {
		o.Missing("nTSecurityDescriptor of " + o.Dir.DN(id))
	}
	for _, g := range grants {
		if matters(g.Trustee) {
			o.Found(id, o.RightReason(g))
		}
	}
}

// Holders gives who has one of the rights on an object, without the rights that give control of the object anyway.
func (o *Outcome) Holders(id model.ID, rights []access.Right, who access.Principals) ([]access.Grant, bool) {
	d, ok := o.Dir.Descriptor(id)
	if !ok {
		o.Missing("nTSecurityDescriptor of " + o.Dir.DN(id))
		return nil, false
	}
	if d.Partial() {
		o.Missing("nTSecurityDescriptor of " + o.Dir.DN(id))
	}
	return access.Evaluate(d, access.Class(o.Dir.Class(id)), rights, who), true
}

// Trusting extends the trust of the domain to one more principal (ANSSI, vuln_permissions_*).
type Trusting struct {
	points.View
	Also sid.SID
}

// Trusted tells whether a principal is privileged, or that one.
func (t Trusting) Trusted(s sid.SID) bool { return s == t.Also || t.View.Trusted(s) }

// SchemaRoot gives the root of the schema partition (MS-ADTS 6.1.1.2).
func SchemaRoot(o *Outcome) (model.ID, bool) {
	id, ok := o.Dir.ByDN(o.Forest().SchemaDN)
	if !ok || o.Forest().SchemaDN == "" {
		o.Missing("partition:schema")
		return model.None, false
	}
	if !o.Dir.Covers(o.Forest().SchemaDN, "classSchema") {
		o.Missing("objects:classSchema")
	}
	return id, true
}

// ClassName gives the name of a class of the schema in LDAP (MS-ADTS 3.1.1.2.4.8, lDAPDisplayName), "" when it was not read.
func ClassName(o *Outcome, id model.ID) string {
	name, _ := o.Dir.Text(id, "lDAPDisplayName")
	return name
}
