package sharphound

import (
	"bytes"
	"path"
	"strings"
)

// class of the objects of a file.
type class uint8

const (
	unknownClass class = iota
	users
	groups
	computers
	domains
	gpos
	ous
	containers
	rootCAs
	aiaCAs
	enterpriseCAs
	ntAuthStores
	certTemplates
	issuancePolicies
	otherClass // a kind of file that holds nothing for the directory: sessions, azure
)

// classOf finds the class of a file by the type that it gives itself, or that its name ends with.
func classOf(name string) class {
	switch strings.ToLower(name) {
	case "users":
		return users
	case "groups":
		return groups
	case "computers":
		return computers
	case "domains":
		return domains
	case "gpos":
		return gpos
	case "ous":
		return ous
	case "containers":
		return containers
	case "rootcas":
		return rootCAs
	case "aiacas":
		return aiaCAs
	case "enterprisecas":
		return enterpriseCAs
	case "ntauthstores":
		return ntAuthStores
	case "certtemplates":
		return certTemplates
	case "issuancepolicies":
		return issuancePolicies
	case "":
		return unknownClass
	}
	return otherClass
}

// classOfName guesses the class from a file name such as 20260301080000_users.json.
func classOfName(name string) class {
	base := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/"))), ".json")
	if i := strings.LastIndexAny(base, "_-"); i >= 0 {
		base = base[i+1:]
	}
	if c := classOf(base); c != otherClass {
		return c
	}
	return unknownClass
}

// classOfShape tells the class of an object by what it holds, for a file whose description comes last and whose name says
// nothing.
func (o *object) classOfShape() class {
	switch {
	case o.has&hasMembers != 0:
		return groups
	case o.has&(hasSessions|hasAllowedToAct|hasIsDC) != 0:
		return computers
	case o.has&hasTrusts != 0:
		return domains
	case o.has&(hasSPNTargets|hasPrimaryGroup) != 0:
		return users
	case o.has&hasTemplates != 0:
		return enterpriseCAs
	case o.has&(hasGPOChanges|hasLinks) != 0:
		return ous
	case o.has&hasChildren != 0:
		return containers
	case o.got(propCertificateNameFlag), o.got(propEnrollmentFlag), o.got(propEKUs), o.got(propEnrolleeSuppliesSubject):
		return certTemplates
	case o.got(propGPCPath):
		return gpos
	case o.has&hasGroupLink != 0:
		return issuancePolicies
	}
	dn := bytes.ToUpper(o.text(propDistinguishedName))
	switch {
	case bytes.HasPrefix(dn, []byte("CN=NTAUTHCERTIFICATES,")):
		return ntAuthStores
	case bytes.Contains(dn, []byte(",CN=AIA,")):
		return aiaCAs
	case bytes.Contains(dn, []byte(",CN=CERTIFICATION AUTHORITIES,")):
		return rootCAs
	}
	return unknownClass
}

// ldapClasses gives the values of objectClass of a class, from top down; the last one names it.
func (c class) ldapClasses() []string {
	switch c {
	case users:
		return []string{"top", "person", "organizationalPerson", "user"}
	case groups:
		return []string{"top", "group"}
	case computers:
		return []string{"top", "person", "organizationalPerson", "user", "computer"}
	case domains:
		return []string{"top", "domain", "domainDNS"}
	case gpos:
		return []string{"top", "container", "groupPolicyContainer"}
	case ous:
		return []string{"top", "organizationalUnit"}
	case containers:
		return []string{"top", "container"}
	case rootCAs, aiaCAs, ntAuthStores:
		return []string{"top", "certificationAuthority"}
	case enterpriseCAs:
		return []string{"top", "pKIEnrollmentService"}
	case certTemplates:
		return []string{"top", "pKICertificateTemplate"}
	case issuancePolicies:
		return []string{"top", "msPKI-Enterprise-Oid"}
	}
	return nil
}
