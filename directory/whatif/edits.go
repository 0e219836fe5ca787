package whatif

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/paths"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// editor gathers what changes to a directory come to, in its copy.
type editor struct {
	dir     *model.Directory
	network *paths.Network
	patches []model.Patch
	lists   map[model.ID]*secdesc.Spec // descriptors that change, one for each object
	shares  map[*sysvol.Share]*sysvol.Share
}

func newEditor(a Audited) *editor {
	return &editor{dir: a.Directory, network: a.Network, lists: make(map[model.ID]*secdesc.Spec), shares: make(map[*sysvol.Share]*sysvol.Share)}
}

// effect is what came of taking rights away in the copy.
type effect struct {
	made bool // false: the sources do not hold them in a way that is known here
	seen bool // some control point reads what was changed: the directory, or the permissions of files
}

// undo takes rights away in the copy.
func (e *editor) undo(rights []paths.Right) effect {
	out := effect{made: len(rights) > 0}
	for _, r := range rights {
		if !e.one(r) {
			return effect{}
		}
		out.seen = out.seen || !unseen(r)
	}
	return out
}

func (e *editor) one(r paths.Right) bool {
	from, isObject := e.network.Object(r.From)
	switch {
	case r.Setting:
		return e.setting(r)
	case r.Entry != nil:
		return r.Object != model.None && e.dropEntry(r.Object, *r.Entry)
	case r.Owner:
		return r.Object != model.None && e.disown(r.Object)
	case !isObject:
		return false
	}
	switch r.Kind {
	case control.MemberOf:
		return e.leave(from, r.Object)
	case control.UnconstrainedDelegation:
		return e.clearFlag(from, trustedForDelegation)
	case control.AllowedToDelegate:
		e.drop(from, "msDS-AllowedToDelegateTo", nil)
	case control.SIDHistory:
		to, ok := e.network.Object(r.To)
		if !ok {
			return false
		}
		held := e.dir.SID(to).Bytes()
		e.drop(from, "sIDHistory", func(v []byte) bool { return slices.Equal(v, held) })
	case control.AllowedToAct:
		return e.refuse(r.Object, "msDS-AllowedToActOnBehalfOfOtherIdentity", e.dir.SID(from))
	case control.ReadGMSAPassword:
		return e.refuse(r.Object, "msDS-GroupMSAMembership", e.dir.SID(from))
	case control.ManagedBy:
		e.drop(r.Object, "managedBy", e.names(from))
	case control.IssuesCertificates, control.EnrollsForOthers, control.AddsUsage, control.CertificateGroup:
		return e.withdraw(r.Object)
	default:
		return false
	}
	return true
}

// trustedForDelegation is the flag of unconstrained delegation (MS-ADTS 2.2.16).
const trustedForDelegation = 0x80000

func (e *editor) drop(id model.ID, attribute string, which func([]byte) bool) {
	e.patches = append(e.patches, model.Patch{ID: id, Attribute: attribute, Drop: which})
}

func (e *editor) set(id model.ID, attribute string, value int64) {
	e.patches = append(e.patches, model.Patch{ID: id, Attribute: attribute, Set: &value})
}

// names tells whether a value is the name of an object.
func (e *editor) names(id model.ID) func([]byte) bool {
	return func(v []byte) bool {
		found, ok := e.dir.ByDN(string(v))
		return ok && found == id
	}
}

// leave takes an account or a group out of a group, wherever the membership is written.
func (e *editor) leave(member, group model.ID) bool {
	if group == model.None {
		return false
	}
	own := e.dir.SID(member)
	e.drop(group, "member", func(v []byte) bool {
		found, ok := e.dir.ByDN(string(v))
		if !ok {
			return false
		}
		return found == member || !own.IsZero() && e.dir.Is(found, "foreignSecurityPrincipal") && strings.EqualFold(e.dir.Name(found), own.String())
	})
	e.drop(member, "memberOf", e.names(group))
	domain, rid, ok := e.dir.SID(group).Split()
	primary, has := e.dir.Int(member, "primaryGroupID")
	if ok && has && primary == int64(rid) && own.InDomain(domain) {
		if rid == sid.RIDDomainUsers || rid == sid.RIDDomainComputers {
			return false // the primary group by default: nobody is taken out of it
		}
		usual := int64(sid.RIDDomainUsers)
		if e.dir.Is(member, "computer") {
			usual = sid.RIDDomainComputers
		}
		e.set(member, "primaryGroupID", usual)
	}
	return true
}

func (e *editor) clearFlag(id model.ID, bit int64) bool {
	known := false
	for _, attribute := range []string{"userAccountControl", entry.AccountFlags} {
		if v, ok := e.dir.Int(id, attribute); ok {
			known = true
			e.set(id, attribute, v&^bit)
		}
	}
	return known
}

// withdraw takes a certificate template from every authority that issues it.
func (e *editor) withdraw(template model.ID) bool {
	if template == model.None || !e.dir.Is(template, "pKICertificateTemplate") {
		return false
	}
	name, ok := e.dir.Text(template, "cn")
	if !ok {
		name = e.dir.Name(template)
	}
	for authority := range e.dir.OfClass("pKIEnrollmentService") {
		e.drop(authority, "certificateTemplates", func(v []byte) bool { return strings.EqualFold(string(v), name) })
	}
	return true
}

// refuse takes a trustee out of a descriptor that is the value of an attribute.
func (e *editor) refuse(id model.ID, attribute string, trustee sid.SID) bool {
	if id == model.None {
		return false
	}
	raw, ok := e.dir.Value(id, attribute)
	if !ok {
		return false
	}
	d, err := secdesc.Parse(raw)
	if err != nil {
		return false
	}
	spec := specOf(&d)
	spec.Entries = slices.DeleteFunc(spec.Entries, func(a secdesc.ACE) bool { return a.Trustee == trustee })
	if len(spec.Entries) == 0 {
		e.drop(id, attribute, nil)
		return true
	}
	built, err := secdesc.Build(*spec)
	if err != nil {
		return false
	}
	e.patches = append(e.patches, model.Patch{ID: id, Attribute: attribute, Value: built})
	return true
}

func specOf(d *secdesc.Descriptor) *secdesc.Spec {
	return &secdesc.Spec{Owner: d.Owner(), Group: d.Group(), Control: d.Control(), DACL: d.DACL(), Entries: slices.Collect(d.Entries()), Partial: d.Partial()}
}

// list gives the descriptor of an object as the changes so far leave it; nil when it was not read.
func (e *editor) list(id model.ID) *secdesc.Spec {
	if s := e.lists[id]; s != nil {
		return s
	}
	d, ok := e.dir.Descriptor(id)
	if !ok {
		return nil
	}
	return specOf(d)
}

// dropEntry takes an entry away where it stands: from the object that carries it, from those whose descriptor is the same, and from everything
// below that inherits it from there (MS-ADTS 6.1.3.2). An inherited entry stays while another container above carries it.
func (e *editor) dropEntry(origin model.ID, entry secdesc.ACE) bool {
	same := func(a secdesc.ACE) bool {
		return a.Kind() == entry.Kind() && a.Trustee == entry.Trustee && a.Mask.Map() == entry.Mask.Map() && a.ObjectType == entry.ObjectType
	}
	desc, ok := e.dir.DescriptorID(origin)
	if !ok {
		return false
	}
	explicit := func(a secdesc.ACE) bool { return same(a) && !a.Inherited() }
	own := e.list(origin)
	orphan := !slices.ContainsFunc(own.Entries, explicit) // nothing above carries it either: it goes from the object itself
	var carriers []model.ID
	for id := range e.dir.All() {
		if other, ok := e.dir.DescriptorID(id); ok && other == desc && e.dir.Class(id) == e.dir.Class(origin) {
			carriers = append(carriers, id)
		}
	}
	memo := make(map[any]*secdesc.Spec)
	for _, id := range carriers {
		e.without(id, memo, func(a secdesc.ACE) bool { return explicit(a) || orphan && same(a) })
	}
	if orphan {
		return true
	}
	clear(memo)
	inherits, passes := e.inheritors(same), e.passers(explicit)
	for _, carrier := range carriers {
		for id := range e.dir.Subtree(carrier) {
			if up, ok := e.dir.Parent(id); ok && id != carrier && inherits(id) && !passes(up) {
				e.without(id, memo, func(a secdesc.ACE) bool { return same(a) && a.Inherited() })
			}
		}
	}
	return true
}

// inheritors tells whether an object has an entry by inheritance. Each distinct descriptor is read once.
func (e *editor) inheritors(same func(secdesc.ACE) bool) func(model.ID) bool {
	known := make(map[model.DescriptorID]bool)
	return func(id model.ID) bool {
		desc, ok := e.dir.DescriptorID(id)
		if !ok {
			return false
		}
		has, read := known[desc]
		if !read {
			for a := range e.dir.DescriptorAt(desc).Entries() {
				has = has || a.Inherited() && same(a)
			}
			known[desc] = has
		}
		return has
	}
}

// passers tells whether a container, or one above it, still carries an entry that passes down.
func (e *editor) passers(explicit func(secdesc.ACE) bool) func(model.ID) bool {
	known := make(map[model.ID]bool)
	var passes func(model.ID) bool
	passes = func(id model.ID) bool {
		out, ok := known[id]
		if ok {
			return out
		}
		s := e.list(id)
		out = s != nil && slices.ContainsFunc(s.Entries, func(a secdesc.ACE) bool { return explicit(a) && a.Flags&secdesc.ContainerInherit != 0 })
		if up, ok := e.dir.Parent(id); ok && !out {
			out = passes(up)
		}
		known[id] = out
		return out
	}
	return passes
}

// without drops entries of the descriptor of an object. Objects whose descriptors were the same share the new one, which the memo of one change keeps.
func (e *editor) without(id model.ID, memo map[any]*secdesc.Spec, gone func(secdesc.ACE) bool) {
	e.change(id, memo, func(s *secdesc.Spec) { s.Entries = slices.DeleteFunc(s.Entries, gone) })
}

func (e *editor) change(id model.ID, memo map[any]*secdesc.Spec, edit func(*secdesc.Spec)) {
	var key any = e.lists[id]
	if e.lists[id] == nil {
		desc, ok := e.dir.DescriptorID(id)
		if !ok {
			return
		}
		key = desc
	}
	s, ok := memo[key]
	if !ok {
		changed := *e.list(id)
		changed.Entries = slices.Clone(changed.Entries)
		edit(&changed)
		s = &changed
		memo[key] = s
	}
	e.lists[id] = s
}

// disown gives an object, and those whose descriptor is the same, to the administrators of its domain.
func (e *editor) disown(origin model.ID) bool {
	desc, ok := e.dir.DescriptorID(origin)
	if !ok {
		return false
	}
	for id := range e.dir.All() {
		other, has := e.dir.DescriptorID(id)
		if !has || other != desc || e.dir.Class(id) != e.dir.Class(origin) {
			continue
		}
		admins := e.admins(id)
		if admins.IsZero() {
			return false
		}
		e.change(id, make(map[any]*secdesc.Spec), func(s *secdesc.Spec) { s.Owner = admins })
	}
	return true
}

// admins gives the Domain Admins of the domain of an object.
func (e *editor) admins(id model.ID) sid.SID {
	var out sid.SID
	depth := -1
	for _, d := range e.dir.Domains() {
		if d.Root != model.None && !d.SID.IsZero() && e.dir.Below(id, d.Root) && len(d.DN) > depth {
			out, depth = d.SID.Append(sid.RIDDomainAdmins), len(d.DN)
		}
	}
	if depth < 0 { // outside of the domains: the configuration belongs to the forest root
		for _, d := range e.dir.Domains() {
			if d.ForestRoot && !d.SID.IsZero() {
				return d.SID.Append(sid.RIDDomainAdmins)
			}
		}
	}
	return out
}

// copy makes the copy of the directory with everything changed.
func (e *editor) copy() (*model.Directory, error) {
	all := slices.Clone(e.patches)
	written := make(map[*secdesc.Spec][]byte)
	for id := range e.dir.All() { // in order, so that the copy is the same each time
		s := e.lists[id]
		if s == nil {
			continue
		}
		if written[s] == nil {
			built, err := secdesc.Build(*s)
			if err != nil {
				return nil, err
			}
			written[s] = built
		}
		all = append(all, model.Patch{ID: id, Descriptor: written[s]})
	}
	shares := e.dir.Sysvols()
	for i, s := range shares {
		if changed := e.shares[s]; changed != nil {
			shares[i] = changed
		}
	}
	return e.dir.Patched(all, shares...)
}
