package wiring

import (
	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// DomainController is the account of a domain controller, writable or read-only (MS-ADTS 6.1.1.3).
type DomainController struct {
	ID       model.ID
	Writable bool
}

// Controller tells whether an account is that of a writable domain controller, or of a read-only one.
func (b *Builder) Controller(id model.ID) (writable, readOnly bool) {
	if b.Family(id) != control.Computer {
		return false, false
	}
	flags := b.Flags(id)
	group, _ := b.Dir.Int(id, "primaryGroupID")
	if group == sid.RIDReadOnlyDCs || flags&uacReadOnly != 0 {
		return false, true
	}
	return group == sid.RIDDomainControllers || flags&uacServerTrust != 0, false
}

// accounts sorts out the accounts of the directory; which of them are privileged is settled later.
func (b *Builder) accounts() {
	b.Kinds, b.uac = make([]Account, b.Objects), make([]uint32, b.Objects)
	b.Zone = make(map[graph.Node]bool)
	for id := range b.Dir.All() {
		switch b.Family(id) {
		case control.Account, control.Computer, control.ManagedAccount:
		default:
			continue
		}
		flags := readFlags(b.Dir, id)
		b.uac[id] = flags
		switch {
		case b.Dir.SID(id).IsZero() || flags&uacTrustAccount != 0:
		case flags&uacDisabled != 0:
			b.Kinds[id] = asleep
		default:
			b.Kinds[id] = Ordinary
		}
		if writable, readOnly := b.Controller(id); writable || readOnly {
			b.Controllers = append(b.Controllers, DomainController{id, writable})
		}
	}
}

// tierZero finds the objects of tier 0 and who is privileged by design.
func (b *Builder) tierZero() {
	add := func(id model.ID, ok bool, why string) {
		if ok && !b.Zone[graph.Node(id)] {
			b.Prized = append(b.Prized, Prized{graph.Node(id), why})
			b.Zone[graph.Node(id)] = true
		}
	}
	var groups []model.ID
	for i, h := range b.Homes {
		add(h.Info.Root, h.Info.Root != model.None, "domain")
		group := func(id model.ID, ok bool) {
			if add(id, ok, "group"); ok {
				groups = append(groups, id)
			}
		}
		for _, s := range []sid.SID{sid.Administrators, sid.AccountOperators, sid.ServerOperators, sid.PrintOperators, sid.BackupOperators} {
			id, ok := h.builtin[s]
			group(id, ok)
		}
		bySID := func(rid uint32) (model.ID, bool) { return b.Dir.BySID(h.Info.SID.Append(rid)) }
		if !h.Info.SID.IsZero() {
			for _, rid := range []uint32{sid.RIDDomainAdmins, sid.RIDDomainControllers, sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins,
				sid.RIDKeyAdmins, sid.RIDEnterpriseKeyAdmins} {
				group(bySID(rid))
			}
			id, ok := bySID(sid.RIDKrbtgt)
			add(id, ok, "krbtgt")
			id, ok = bySID(sid.RIDAdministrator)
			add(id, ok, "administrator")
		}
		id, ok := b.Dir.ByDN("CN=AdminSDHolder,CN=System," + h.Info.DN)
		add(id, ok, "adminsdholder")
		for _, s := range []sid.SID{sid.LocalSystem, sid.EnterpriseDCs} {
			b.Zone[b.Resolve(s, uint16(i))] = true
		}
	}
	for _, c := range b.Controllers {
		add(c.ID, c.Writable, "controller")
	}
	for _, id := range b.Dir.MembersOf(groups...) {
		b.Zone[graph.Node(id)] = true
	}
	for node := range b.Zone {
		if int(node) < b.Objects && b.Kinds[node] != NoAccount {
			b.Kinds[node] = Trusted
		}
	}
}

// settings reads what the directory as a whole decides.
func (b *Builder) settings() {
	for id := range b.Dir.OfClass("nTDSService") {
		text, _ := b.Dir.Text(id, "dSHeuristics")
		if len(text) >= 29 && text[28] == '1' { // BlockOwnerImplicitRights, MS-ADTS 6.1.1.2.4.1.2
			b.Rules.OwnersLimited = true
		}
	}
}
