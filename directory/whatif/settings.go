package whatif

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/paths"
	"hygie/directory/pki"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// unseen tells whether a right comes from what no control point looks at: a setting in a file of a policy, the registry of a machine.
func unseen(r paths.Right) bool {
	if !r.Setting {
		return false
	}
	switch r.Kind {
	case control.WritePolicyFile, control.WriteScriptFile, control.PrimaryTrust, control.TrustDelegation, control.CertificateGroup:
		return false
	}
	return true
}

// setting takes away a right that a file of a policy, the registry of a machine or a trust gives.
func (e *editor) setting(r paths.Right) bool {
	if r.Object == model.None {
		return false
	}
	switch r.Kind {
	case control.PolicyAdmin, control.PolicyMember, control.PolicyPrivilege, control.PolicyLogon, control.PolicyDelegation:
		return e.policyLine(r.Object, r.Line)
	case control.WritePolicyFile, control.WriteScriptFile:
		return e.files(r)
	case control.PrimaryTrust:
		return e.filter(r.Object)
	case control.TrustDelegation:
		return e.clearBits(r.Object, "trustAttributes", trustHandsTickets)
	case control.AcceptsAnyName:
		e.put(r.Object, entry.AuthorityTakesNames, "FALSE")
		return true
	case control.RelaysToAuthority:
		return e.closeAuthority(r.Object)
	case control.ManageAuthority, control.ManageCertificates, control.Enroll:
		return e.demote(r.Object, r.Kind, r.Line)
	case control.ImpersonatesByName:
		return e.withdraw(r.Object)
	case control.CertificateGroup:
		e.drop(r.Object, "msDS-OIDToGroupLink", nil)
		return true
	}
	return false
}

// put gives an attribute one value, a text.
func (e *editor) put(id model.ID, attribute, value string) {
	e.patches = append(e.patches, model.Patch{ID: id, Attribute: attribute, Value: []byte(value)})
}

func (e *editor) clearBits(id model.ID, attribute string, bits int64) bool {
	v, ok := e.dir.Int(id, attribute)
	if ok {
		e.set(id, attribute, v&^bits)
	}
	return ok
}

// Bits of trustAttributes (MS-ADTS 6.1.6.7.9).
const (
	trustQuarantined      = 0x4
	trustForestTransitive = 0x8
	trustTreatAsExternal  = 0x40
	trustHandsTickets     = 0x800
)

// filter makes a trust filter the SIDs that it lets through: an external one is put in quarantine, that between forests gets its own filter
// back.
func (e *editor) filter(trust model.ID) bool {
	v, ok := e.dir.Int(trust, "trustAttributes")
	if !ok {
		return false
	}
	if v&trustForestTransitive != 0 {
		e.set(trust, "trustAttributes", v&^trustTreatAsExternal)
	} else {
		e.set(trust, "trustAttributes", v|trustQuarantined)
	}
	return true
}

// closeAuthority makes an authority take no relayed request: its addresses are closed, and its requests over RPC encrypted.
func (e *editor) closeAuthority(id model.ID) bool {
	const encryptionOnly = 0x200 // IF_ENFORCEENCRYPTICERTREQUEST
	a := pki.ReadAuthority(e.dir, id)
	for _, at := range a.Addresses {
		if at.Relayable == pki.Yes {
			e.put(id, entry.AuthorityWeb, "closed "+at.URL)
			break // one value says it: none of the others is relayable any more
		}
	}
	if a.TakesPlain == pki.Yes {
		flags, _ := e.dir.Int(id, entry.AuthorityInterfaceFlags)
		e.set(id, entry.AuthorityInterfaceFlags, flags|encryptionOnly)
	}
	_, relayed := a.Relayed()
	return relayed
}

// demote takes a role at an authority from the trustee of an entry of its own rights.
func (e *editor) demote(id model.ID, role control.Kind, line string) bool {
	mask := map[control.Kind]secdesc.Mask{control.ManageAuthority: pki.Administer, control.ManageCertificates: pki.ManageCertificates, control.Enroll: pki.Enrol}[role]
	raw, ok := e.dir.Value(id, entry.AuthoritySecurity)
	if !ok {
		return false
	}
	for _, p := range e.patches { // several roles of one authority may go
		if p.ID == id && p.Attribute == entry.AuthoritySecurity && p.Value != nil {
			raw = p.Value
		}
	}
	d, err := secdesc.Parse(raw)
	if err != nil {
		return false
	}
	var trustee sid.SID
	original, _ := e.dir.Value(id, entry.AuthoritySecurity)
	if first, err := secdesc.Parse(original); err == nil {
		for a := range first.Entries() {
			if a.SDDL() == line {
				trustee = a.Trustee
			}
		}
	}
	if trustee.IsZero() {
		return false
	}
	spec := specOf(&d)
	for i := range spec.Entries {
		if a := &spec.Entries[i]; a.Kind() == secdesc.Allow && a.Trustee == trustee {
			a.Mask &^= mask
		}
	}
	spec.Entries = slices.DeleteFunc(spec.Entries, func(a secdesc.ACE) bool { return a.Mask == 0 })
	built, err := secdesc.Build(*spec)
	if err != nil {
		return false
	}
	e.patches = append(e.patches, model.Patch{ID: id, Attribute: entry.AuthoritySecurity, Value: built})
	return true
}

// share gives the copy of the share that holds the files of a domain; false when it was not read.
func (e *editor) share(of model.ID) (*sysvol.Share, bool) {
	depth := -1
	var home model.DomainInfo
	for _, d := range e.dir.Domains() {
		if d.Root != model.None && e.dir.Below(of, d.Root) && len(d.DN) > depth {
			home, depth = d, len(d.DN)
		}
	}
	original, ok := e.dir.Sysvol(home)
	if depth < 0 || !ok {
		return nil, false
	}
	s := e.shares[original]
	if s == nil {
		clone := *original
		clone.Files, clone.Descriptors, clone.Policies = slices.Clone(original.Files), slices.Clone(original.Descriptors), slices.Clone(original.Policies)
		s = &clone
		e.shares[original] = s
	}
	return s, true
}

// policyLine takes a principal out of the setting of a policy that a step quotes: "SeDebugPrivilege = *S-1-1-0", or
// "S-1-5-32-544__Members = *S-1-1-0". The condition behind it is no part of the setting.
func (e *editor) policyLine(policy model.ID, line string) bool {
	line, _, _ = strings.Cut(line, " [WMI: ")
	setting, name, ok := strings.Cut(line, " = *")
	who, err := sid.Parse(name)
	s, read := e.share(policy)
	if !ok || err != nil || !read {
		return false
	}
	i := slices.IndexFunc(s.Policies, func(p sysvol.Policy) bool { return strings.EqualFold(p.GUID, e.dir.Name(policy)) })
	if i < 0 {
		return false
	}
	p := &s.Policies[i]
	is := func(principal sid.SID) func(string) bool {
		return func(text string) bool { return e.isNamed(text, principal) }
	}
	without := func(list []string, principal sid.SID) []string {
		return slices.DeleteFunc(slices.Clone(list), is(principal))
	}
	if member, inGroup := strings.CutSuffix(setting, "__Members"); inGroup {
		group, err := sid.Parse(member)
		if err != nil {
			return false
		}
		p.Groups = slices.Clone(p.Groups)
		for at := range p.Groups {
			g := &p.Groups[at]
			switch {
			case e.isNamed(g.Group, group):
				g.Adds = without(g.Adds, who)
			case e.isNamed(g.Group, who):
				g.Joins = without(g.Joins, group)
			}
		}
		return true
	}
	p.Rights = slices.Clone(p.Rights)
	for at := range p.Rights {
		if r := &p.Rights[at]; strings.EqualFold(r.Name, setting) {
			r.Who = without(r.Who, who)
		}
	}
	return true
}

// isNamed tells whether a file of a policy means a principal by a text: its SID, its usual name, or the name of its account.
func (e *editor) isNamed(text string, who sid.SID) bool {
	text = strings.TrimPrefix(strings.TrimSpace(text), "*")
	if s, err := sid.Parse(text); err == nil {
		return s == who
	}
	name := text[strings.LastIndexByte(text, '\\')+1:]
	name = strings.TrimSuffix(strings.TrimSuffix(name, " (built-in)"), " (intégré)")
	if id, ok := e.dir.BySID(who); ok {
		if account, _ := e.dir.Text(id, "sAMAccountName"); strings.EqualFold(account, name) {
			return true
		}
	}
	return name != "" && (strings.EqualFold(who.Name("fr"), name) || strings.EqualFold(who.Name("en"), name))
}

// files takes from somebody the right to change the files of a policy, or a logon script: the entries for them go, and what they own goes to
// the administrators of the domain.
func (e *editor) files(r paths.Right) bool {
	s, ok := e.share(r.Object)
	_, who := e.network.Name(r.From, "en")
	admins := e.admins(r.Object)
	if !ok || who.IsZero() || admins.IsZero() {
		return false
	}
	below := func(path string) bool { return strings.HasSuffix(strings.ToLower(r.Line), " "+strings.ToLower(path)) }
	if r.Kind == control.WritePolicyFile {
		folder := strings.ToLower("Policies/" + e.dir.Name(r.Object))
		below = func(path string) bool {
			path = strings.ToLower(path)
			return path == folder || strings.HasPrefix(path, folder+"/")
		}
	}
	changed := make(map[int]int) // number of a descriptor to that of the one in its place
	for i := range s.Files {
		f := &s.Files[i]
		d, ok := s.Descriptor(*f)
		if !ok || !below(f.Path) {
			continue
		}
		at, known := changed[f.Descriptor]
		if !known {
			spec := specOf(d)
			if spec.Owner == who {
				spec.Owner = admins
			}
			spec.Entries = slices.DeleteFunc(spec.Entries, func(a secdesc.ACE) bool { return a.Kind() == secdesc.Allow && a.Trustee == who })
			built, err := secdesc.Build(*spec)
			if err != nil {
				return false
			}
			s.Descriptors = append(s.Descriptors, built)
			at = len(s.Descriptors)
			changed[f.Descriptor] = at
		}
		f.Descriptor = at
	}
	return len(changed) > 0
}
