package model

import (
	"bytes"
	"errors"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/sid"
)

// syntax tells how the values of an attribute are stored.
type syntax uint8

const (
	syntaxPlain syntax = iota
	syntaxLink         // names of objects
	syntaxSID          // one binary SID: objectSid
	syntaxSIDs         // binary SIDs kept as they are
	syntaxGUID         // binary GUID
	syntaxDesc         // nTSecurityDescriptor
	syntaxClass        // objectClass
)

// syntaxOf gives the storage of an attribute by its lower-case name. The link attributes are those whose values are many
// (MS-ADA1 to MS-ADA3, syntax 2.5.5.1); any other name-valued attribute is kept as text, which is merely larger.
func syntaxOf(name string) syntax {
	switch name {
	case "member", "memberof", "managedby", "managedobjects", "manager", "directreports", "objectcategory",
		"msds-revealedusers", "msds-revealedlist", "msds-neverrevealgroup", "msds-revealondemandgroup",
		"msds-krbtgtlink", "msds-psoappliesto", "msds-psoapplied", "msds-resultantpso",
		"msds-assignedauthnpolicysilo", "msds-authnpolicysilomembers", "msds-assignedauthnpolicy",
		"msds-memberstransitive", "serverreference", "serverreferencebl", "hasmasterncs", "msds-hasmasterncs":
		return syntaxLink
	case "objectsid":
		return syntaxSID
	case "sidhistory", "securityidentifier", "tokengroups", "msds-creatorsid", "msds-quotatrustee",
		"creatorsid", "trustedobjectsid", "msds-shadowprincipalsid":
		return syntaxSIDs
	case "objectguid", "schemaidguid", "attributesecurityguid", "msds-consistencyguid", "ms-ds-consistencyguid",
		"invocationid", "msdfsr-contentsetguid", "msdfsr-replicationgroupguid":
		return syntaxGUID
	case "ntsecuritydescriptor":
		return syntaxDesc
	case "objectclass":
		return syntaxClass
	}
	return syntaxPlain
}

// attrCache finds the number of a name without hashing all of it: names that differ mostly differ in length, or in their first,
// middle or last letter. A name that is pushed out by another is found in the map behind the cache.
type attrCache [512]struct {
	name string
	attr uint16
}

// place gives where a name, not empty, goes.
func (*attrCache) place(name string) int {
	return (len(name) + 31*int(name[0]) + 5*int(name[len(name)/2]) + 17*int(name[len(name)-1])) % len(attrCache{})
}

func (c *attrCache) get(name string) (uint16, bool) {
	if name == "" {
		return 0, false
	}
	at := &c[c.place(name)]
	return at.attr, at.name == name
}

func (c *attrCache) put(name string, attr uint16) {
	if name != "" {
		at := &c[c.place(name)]
		at.name, at.attr = name, attr
	}
}

// hotAttributes are asked for on every object: their numbers are the smallest, so that their values stand first in a record and in
// the list of a shape.
func hotAttributes() []string {
	return []string{
		"objectclass", "useraccountcontrol", "objectsid", "ntsecuritydescriptor", "primarygroupid", "pwdlastset", "lastlogontimestamp",
		"whencreated", "samaccountname", "objectguid", "admincount", "serviceprincipalname", "memberof", "member", "operatingsystem",
	}
}

// baseName drops the options of an attribute: "member;range=0-1499" gives "member" and true.
func baseName(name string) (base string, ranged bool) {
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

var errAttributeName = errors.New("attribute without a name")

// binarySID accepts the binary form and the text form that some tools print.
func binarySID(v []byte) (sid.SID, error) {
	if bytes.HasPrefix(v, []byte("S-1-")) || bytes.HasPrefix(v, []byte("s-1-")) {
		return sid.Parse(string(v))
	}
	return sid.FromBytes(v)
}

// binaryGUID gives the packet form of a GUID in packet or text form; other values are left as they are.
func binaryGUID(v []byte) []byte {
	if len(v) == 36 || len(v) == 38 {
		if g, err := guid.Parse(string(v)); err == nil {
			return g[:]
		}
	}
	return v
}

// linkTarget drops the prefixes of an extended name: "<GUID=…>;<SID=…>;CN=a" gives "CN=a" (MS-ADTS 3.1.1.3.4.1.5).
func linkTarget(v []byte) []byte {
	for len(v) > 0 && v[0] == '<' {
		end := bytes.Index(v, []byte(">;"))
		if end < 0 {
			return v
		}
		v = v[end+2:]
	}
	return v
}
