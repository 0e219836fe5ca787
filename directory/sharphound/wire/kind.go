// Package wire reads the files of SharpHound into what they say, property by property, before anything is made of it.
package wire

import (
	"bytes"
	"path"
	"strings"
)

// Class of the objects of a file (docs/formats/directory-inputs.md, SharpHound).
type Class uint8

// The classes (docs/formats/directory-inputs.md, SharpHound).
const (
	UnknownClass Class = iota
	Users
	Groups
	Computers
	Domains
	GPOs
	OUs
	Containers
	RootCAs
	AIACAs
	EnterpriseCAs
	NTAuthStores
	CertTemplates
	IssuancePolicies
	OtherClass // a kind of file that holds nothing for the directory: sessions, azure
)

// ClassOf finds the class of a file by the type that it gives itself, or that its name ends with (docs/formats/directory-inputs.md, SharpHound).
func ClassOf(name string) Class {
	switch strings.ToLower(name) {
	case "users":
		return Users
	case "groups":
		return Groups
	case "computers":
		return Computers
	case "domains":
		return Domains
	case "gpos":
		return GPOs
	case "ous":
		return OUs
	case "containers":
		return Containers
	case "rootcas":
		return RootCAs
	case "aiacas":
		return AIACAs
	case "enterprisecas":
		return EnterpriseCAs
	case "ntauthstores":
		return NTAuthStores
	case "certtemplates":
		return CertTemplates
	case "issuancepolicies":
		return IssuancePolicies
	case "":
		return UnknownClass
	}
	return OtherClass
}

// ClassOfName guesses the class from a file name such as 20260301080000_users.json (docs/formats/directory-inputs.md, SharpHound).
func ClassOfName(name string) Class {
	base := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/"))), ".json")
	if i := strings.LastIndexAny(base, "_-"); i >= 0 {
		base = base[i+1:]
	}
	if c := ClassOf(base); c != OtherClass {
		return c
	}
	return UnknownClass
}

// ClassOfShape tells the class of an object by what it holds, for a file whose description comes last and whose name says
// nothing.
func (o *Object) ClassOfShape() Class {
	switch {
	case o.Has&HasMembers != 0:
		return Groups
	case o.Has&(HasSessions|HasAllowedToAct|HasIsDC) != 0:
		return Computers
	case o.Has&HasTrusts != 0:
		return Domains
	case o.Has&(HasSPNTargets|HasPrimaryGroup) != 0:
		return Users
	case o.Has&HasTemplates != 0:
		return EnterpriseCAs
	case o.Has&(HasGPOChanges|HasLinks) != 0:
		return OUs
	case o.Has&HasChildren != 0:
		return Containers
	case o.Got(PropCertificateNameFlag), o.Got(PropEnrollmentFlag), o.Got(PropEKUs), o.Got(PropEnrolleeSuppliesSubject):
		return CertTemplates
	case o.Got(PropGPCPath):
		return GPOs
	case o.Has&HasGroupLink != 0:
		return IssuancePolicies
	}
	dn := bytes.ToUpper(o.Text(PropDistinguishedName))
	switch {
	case bytes.HasPrefix(dn, []byte("CN=NTAUTHCERTIFICATES,")):
		return NTAuthStores
	case bytes.Contains(dn, []byte(",CN=AIA,")):
		return AIACAs
	case bytes.Contains(dn, []byte(",CN=CERTIFICATION AUTHORITIES,")):
		return RootCAs
	}
	return UnknownClass
}

// LDAPClasses gives the values of objectClass of a class, from top down; the last one names it.
func (c Class) LDAPClasses() []string {
	switch c {
	case Users:
		return []string{"top", "person", "organizationalPerson", "user"}
	case Groups:
		return []string{"top", "group"}
	case Computers:
		return []string{"top", "person", "organizationalPerson", "user", "computer"}
	case Domains:
		return []string{"top", "domain", "domainDNS"}
	case GPOs:
		return []string{"top", "container", "groupPolicyContainer"}
	case OUs:
		return []string{"top", "organizationalUnit"}
	case Containers:
		return []string{"top", "container"}
	case RootCAs, AIACAs, NTAuthStores:
		return []string{"top", "certificationAuthority"}
	case EnterpriseCAs:
		return []string{"top", "pKIEnrollmentService"}
	case CertTemplates:
		return []string{"top", "pKICertificateTemplate"}
	case IssuancePolicies:
		return []string{"top", "msPKI-Enterprise-Oid"}
	}
	return nil
}
