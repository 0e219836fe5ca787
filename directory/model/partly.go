package model

import (
	"bytes"
	"slices"
	"strings"

	"hygie/directory/secdesc"
)

// Attributes that no directory has. Readers give them for formats that hold a part of what the real attribute says.
const (
	// AccountFlags holds the flags of userAccountControl (MS-ADTS 2.2.16) that the source knows, for an account whose
	// userAccountControl it does not give: a decimal number, the mask of the flags that are known in the high 32 bits, the
	// flags themselves in the low ones.
	AccountFlags = "hygie-accountFlags"
	// CertificateThumbprint holds the SHA-1 of the values of cACertificate, in upper-case hexadecimal, when the source gives
	// no certificate.
	CertificateThumbprint = "hygie-certificateThumbprint"
	// TransitionTargets stands in [Partition.Classes] for msDS-AllowedToDelegateTo given on the accounts with protocol
	// transition and on no others.
	TransitionTargets = "hygie-transitionTargets"
	// TrustAccounts stands in the same place for a class: the accounts behind trusts, of class user, for a source that leaves
	// them out of the users.
	TrustAccounts = "hygie-trustAccounts"
	// AuthoritySecurity holds the security descriptor of a certification authority itself, from its registry (MS-CSRA 3.1.1.7):
	// administer 0x1, issue and manage certificates 0x2, enrol 0x200. It stands on the object of class pKIEnrollmentService.
	AuthoritySecurity = "hygie-authoritySecurity"
	// AuthorityTakesNames tells, TRUE or FALSE, whether the authority takes the subject name that a request adds
	// (EDITF_ATTRIBUTESUBJECTALTNAME2, from its registry).
	AuthorityTakesNames = "hygie-authorityTakesNames"
	// StrongMapping holds StrongCertificateBindingEnforcement of a controller, from its registry: 2 refuses certificates without
	// the SID of their holder (KB5014754). It stands on the account of the controller.
	StrongMapping = "hygie-strongMapping"
	// MappingMethods holds CertificateMappingMethods of a controller, from its registry: the bit 0x4 matches certificates by name.
	MappingMethods = "hygie-mappingMethods"
)

// ownPrefix begins the names above, in lower case.
const ownPrefix = "hygie-"

// joinClasses adds the lists of attributes by class of b to a; names of classes in lower case.
func joinClasses(a, b map[string][]string) map[string][]string {
	if len(b) == 0 {
		return a
	}
	out := make(map[string][]string, len(a)+len(b))
	for class, names := range a {
		out[class] = names
	}
	for class, names := range b {
		low := strings.ToLower(class)
		out[low] = slices.Concat(out[low], names)
	}
	return out
}

func hasAttribute(list []Attribute, name string) bool {
	return slices.ContainsFunc(list, func(a Attribute) bool { return strings.EqualFold(a.Name, name) })
}

func partialDescriptor(raw []byte) bool {
	d, err := secdesc.Parse(raw)
	return err == nil && d.Partial()
}

// Covers tells whether objects of a class of the naming context named dn would have been collected, so that there are none
// when none is known. A source that reads some classes only says so in [Partition.Classes]. A source that says nothing (LDIF) may
// be the answer to a search for some objects only: it covers a naming context when it holds objects that every one has and that
// few searches find, of several classes.
func (d *Directory) Covers(dn, class string) bool {
	node, ok := d.names.find(dn)
	if !ok {
		return false
	}
	for i := range d.partitions {
		if p := &d.partitions[i]; p.node == node {
			return p.covers(class) && (p.declared() || d.looksWhole(p))
		}
	}
	return false
}

// declared tells whether a source said what it read of the naming context.
func (p *partition) declared() bool { return p.asked != nil || len(p.Classes) > 0 }

// looksWhole tells whether the root of a naming context and its standing containers were collected (MS-ADTS 6.1.1.2, 6.1.1.4).
func (d *Directory) looksWhole(p *partition) bool {
	names := []string{p.DN}
	switch p.Kind {
	case Domain:
		names = append(names, "CN=Builtin,"+p.DN, "CN=System,"+p.DN)
	case Configuration:
		names = append(names, "CN=Partitions,"+p.DN, "CN=Services,"+p.DN)
	}
	return !slices.ContainsFunc(names, func(dn string) bool {
		_, found := d.ByDN(dn)
		return !found
	})
}

func (p *partition) covers(class string) bool {
	if p.objects == 0 {
		return false
	}
	return len(p.Classes) == 0 || p.asked != nil || p.byClass[strings.ToLower(class)] != nil || p.byClass["top"] != nil
}

// given tells whether the record by class names an attribute.
func (p *partition) given(class, attr string) bool {
	return p.byClass[class][attr] || p.byClass["top"][attr]
}

// Complete is [Builder.Add] for a source that gives an object in several places: that it is known already is not worth
// counting.
func (b *Builder) Complete(e Entry) error {
	before := b.stats.Duplicates
	err := b.Add(e)
	b.stats.Duplicates = before
	return err
}

// Object gives the number of the object with a name, in the order in which objects were added; false when there is none.
func (b *Builder) Object(dn string) (int, bool) {
	node, ok := b.names.find(dn)
	if !ok || int(node) >= len(b.object) || b.object[node] == 0 {
		return 0, false
	}
	return int(b.object[node] - 1), true
}

// AppendDN appends the name of an object, given by its number.
func (b *Builder) AppendDN(dst []byte, object int) []byte {
	return b.names.appendDN(dst, b.nodes[object])
}

// Declared tells whether a naming context was declared with [Builder.Partition].
func (b *Builder) Declared(dn string) bool {
	key, err := NormalizeDN(dn)
	return err == nil && slices.ContainsFunc(b.partitions, func(p Partition) bool {
		known, _ := NormalizeDN(p.DN)
		return known == key
	})
}

// isDeleted marks what remains of a deleted object (MS-ADTS 3.1.1.5.5).
const isDeleted = "isDeleted"

func isTrue(values [][]byte) bool {
	return len(values) > 0 && bytes.EqualFold(values[0], []byte("TRUE"))
}
