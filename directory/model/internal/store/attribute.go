package store

import (
	"bytes"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/model/distname"
	"hygie/directory/reading"
	"hygie/directory/sid"
)

// Syntax tells how the values of an attribute are stored (MS-ADTS 3.1.1.2.2.2).
type Syntax uint8

// The ways to store values, by the syntax of their attribute (MS-ADTS 3.1.1.2.2.2).
const (
	syntaxPlain Syntax = iota
	SyntaxLink         // names of objects
	SyntaxSID          // one binary SID: objectSid
	SyntaxSIDs         // binary SIDs kept as they are
	SyntaxGUID         // binary GUID
	SyntaxDesc         // nTSecurityDescriptor
	SyntaxClass        // objectClass
)

// SyntaxOf gives the storage of an attribute by its lower-case name. The link attributes are those whose values are many
// (MS-ADA1 to MS-ADA3, syntax 2.5.5.1); any other name-valued attribute is kept as text, which is merely larger.
func SyntaxOf(name string) Syntax {
	switch name {
	case "member", "memberof", "managedby", "managedobjects", "manager", "directreports", "objectcategory",
		"msds-revealedusers", "msds-revealedlist", "msds-neverrevealgroup", "msds-revealondemandgroup",
		"msds-krbtgtlink", "msds-psoappliesto", "msds-psoapplied", "msds-resultantpso",
		"msds-assignedauthnpolicysilo", "msds-authnpolicysilomembers", "msds-assignedauthnpolicy",
		"msds-memberstransitive", "serverreference", "serverreferencebl", "hasmasterncs", "msds-hasmasterncs":
		return SyntaxLink
	case "objectsid":
		return SyntaxSID
	case "sidhistory", "securityidentifier", "tokengroups", "msds-creatorsid", "msds-quotatrustee",
		"creatorsid", "trustedobjectsid", "msds-shadowprincipalsid":
		return SyntaxSIDs
	case "objectguid", "schemaidguid", "attributesecurityguid", "msds-consistencyguid", "ms-ds-consistencyguid",
		"invocationid", "msdfsr-contentsetguid", "msdfsr-replicationgroupguid":
		return SyntaxGUID
	case "ntsecuritydescriptor":
		return SyntaxDesc
	case "objectclass":
		return SyntaxClass
	}
	return syntaxPlain
}

// AttrCache finds the number of a name without hashing all of it: names that differ mostly differ in length, or in their first,
// middle or last letter (MS-ADTS 3.1.1.2.3). A name that is pushed out by another is found in the map behind the cache.
type AttrCache [512]struct {
	name string
	attr uint16
}

// place gives where a name, not empty, goes.
func (*AttrCache) place(name string) int {
	return (len(name) + 31*int(name[0]) + 5*int(name[len(name)/2]) + 17*int(name[len(name)-1])) % len(AttrCache{})
}

// Get gives the number of a name; false when it is not in the cache.
func (c *AttrCache) Get(name string) (uint16, bool) {
	if name == "" {
		return 0, false
	}
	at := &c[c.place(name)]
	return at.attr, at.name == name
}

// Put remembers the number of a name, in the place of another if need be.
func (c *AttrCache) Put(name string, attr uint16) {
	if name != "" {
		at := &c[c.place(name)]
		at.name, at.attr = name, attr
	}
}

// HotAttributes are asked for on every object: their numbers are the smallest, so that their values stand first in a record and in
// the list of a shape (MS-ADTS 3.1.1.2.3).
func HotAttributes() []string {
	return []string{
		"objectclass", "useraccountcontrol", "objectsid", "ntsecuritydescriptor", "primarygroupid", "pwdlastset", "lastlogontimestamp",
		"whencreated", "samaccountname", "objectguid", "admincount", "serviceprincipalname", "memberof", "member", "operatingsystem",
	}
}

// BaseName drops the options of an attribute: "member;range=0-1499" gives "member" and true (RFC 4512 2.5).
func BaseName(name string) (base string, ranged bool) {
	base, options, found := strings.Cut(name, ";")
	if !found {
		return name, false
	}
	for option := range strings.SplitSeq(options, ";") {
		if len(option) > 6 && strings.EqualFold(option[:6], "range=") {
			ranged = true
		}
	}
	return base, ranged
}

// ErrAttributeName refuses an attribute whose name is empty (RFC 4512 2.5).
var ErrAttributeName = reading.Cause("attribute_name")

// BinarySID accepts the binary form and the text form that some tools print (MS-DTYP 2.4.2.2).
func BinarySID(v []byte) (sid.SID, error) {
	if bytes.HasPrefix(v, []byte("S-1-")) || bytes.HasPrefix(v, []byte("s-1-")) {
		return sid.Parse(string(v))
	}
	return sid.FromBytes(v)
}

// BinaryGUID gives the packet form of a GUID in packet or text form; other values are left as they are (MS-DTYP 2.3.4.2).
func BinaryGUID(v []byte) []byte {
	if len(v) == 36 || len(v) == 38 {
		if g, err := guid.Parse(string(v)); err == nil {
			return g[:]
		}
	}
	return v
}

// LinkTarget drops the prefixes of an extended name: "<GUID=…>;<SID=…>;CN=a" gives "CN=a" (MS-ADTS 3.1.1.3.4.1.5).
func LinkTarget(v []byte) []byte {
	for len(v) > 0 && v[0] == '<' {
		end := bytes.Index(v, []byte(">;"))
		if end < 0 {
			return v
		}
		v = v[end+2:]
	}
	return v
}

// LowerName gives the name of an attribute in lower case, ASCII letters only (RFC 4512 2.5).
func LowerName(attr string) string {
	b := []byte(attr)
	for i, c := range b {
		b[i] = distname.Lower(c)
	}
	return string(b)
}
