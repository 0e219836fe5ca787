package certificates

import (
	"slices"
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/pki"
	"hygie/directory/sid"
)

// authority is a certification authority and who may enrol there.
type authority struct {
	pki.Authority
	name      string
	believed  bool     // it is in NTAuthCertificates: what it signs opens sessions
	templates []string // that it issues, in lower case
	unlisted  bool     // who may enrol is not known: everybody is taken to
	enrol     []sid.SID
}

// readAuthorities reads the authorities of the forest.
func (p *infrastructure) readAuthorities(o *rule.Outcome) {
	trusted := make(map[string]bool)
	if id, ok := o.Setting("CN=NTAuthCertificates," + publicKeyService); ok {
		for v := range pki.Certificates(o.Dir, id) {
			trusted[string(v)] = true
		}
		if len(trusted) == 0 && !o.Dir.Collected(id, "cACertificate") {
			p.lack("certificationAuthority:cACertificate")
		}
	}
	for _, id := range o.Settings("pKIEnrollmentService") {
		if !o.Dir.Collected(id, "certificateTemplates") {
			p.lack("pKIEnrollmentService:certificateTemplates")
		}
		a := &authority{Authority: pki.ReadAuthority(o.Dir, id), name: o.Dir.Name(id), believed: pki.Believed(o.Dir, id, trusted)}
		for _, name := range o.Dir.Texts(id, "certificateTemplates") {
			a.templates = append(a.templates, strings.ToLower(name))
		}
		d, described := o.Dir.Descriptor(id)
		switch {
		case a.Security != nil:
			for e := range a.Holders(pki.Enrol, o.Holds) {
				if !o.Trusted(e.Trustee) && !slices.Contains(a.enrol, e.Trustee) {
					a.enrol = append(a.enrol, e.Trustee)
				}
			}
		case described:
			a.enrol = enrolling(d, "pKIEnrollmentService", o.View)
		default:
			a.unlisted = true
		}
		p.authorities = append(p.authorities, a)
	}
}

// open tells whether somebody without privilege may enrol at the authority.
func (a *authority) open() bool { return a.unlisted || len(a.enrol) > 0 }

// admits gives whom of a principal the authority lets enrol: the principal itself, the smaller groups in it that it lists, or nobody.
func (a *authority) admits(o *rule.Outcome, who sid.SID) []sid.SID {
	if a.unlisted || slices.ContainsFunc(a.enrol, func(listed sid.SID) bool { return o.Holds(who, listed) }) {
		return []sid.SID{who}
	}
	var out []sid.SID
	shared := false
	for _, listed := range a.enrol {
		if o.Holds(listed, who) {
			out = append(out, listed)
		} else {
			shared = shared || share(o, who, listed)
		}
	}
	if len(out) == 0 && shared {
		out = append(out, who)
	}
	return out
}

// share tells whether somebody without privilege belongs to two groups.
func share(o *rule.Outcome, one, other sid.SID) bool {
	first, known := o.Dir.BySID(one)
	second, found := o.Dir.BySID(other)
	if !known || !found {
		return false
	}
	inside := o.Dir.MembersOf(second)
	return slices.ContainsFunc(o.Dir.MembersOf(first), func(id model.ID) bool {
		_, both := slices.BinarySearch(inside, id)
		return both && !o.IsPrivileged(id) && !o.Dir.Is(id, "group")
	})
}

// admitted gives who of those that may enrol with a template may also do so at an authority that issues it.
func admitted(o *rule.Outcome, enrolling []sid.SID, by []*authority) []enroller {
	var out []enroller
	for _, a := range by {
		for _, each := range enrolling {
			for _, who := range a.admits(o, each) {
				at := slices.IndexFunc(out, func(e enroller) bool { return e.who == who })
				if at < 0 {
					at = len(out)
					out = append(out, enroller{who: who})
				}
				if !slices.Contains(out[at].authorities, a.name) {
					out[at].authorities = append(out[at].authorities, a.name)
				}
			}
		}
	}
	return out
}
