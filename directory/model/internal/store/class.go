package store

import (
	"strings"
)

// ClassList is one distinct list of objectClass values (MS-ADTS 3.1.1.2.4.8).
type ClassList struct {
	Tree     []string // as stored, from top to the most specific
	Lower    []string // the same in lower case
	Specific string   // the most specific class, in the usual spelling
}

// Is tells whether a class, in lower case, is in the list.
func (c *ClassList) Is(lower string) bool {
	for _, name := range c.Lower {
		if name == lower {
			return true
		}
	}
	return false
}

// NewClassList reads the values of objectClass (MS-ADTS 3.1.1.2.4.8).
func NewClassList(values []string) ClassList {
	c := ClassList{Tree: values}
	best := -1
	for _, name := range values {
		low := strings.ToLower(name)
		c.Lower = append(c.Lower, low)
		known := usualClasses[low]
		// Servers list classes from the top down; the depth settles the case of tools that do not. An unknown class is
		// taken to be as specific as its place says.
		rank := known.depth
		if rank == 0 {
			rank = max(best, 1)
		}
		if rank >= best {
			best = rank
			c.Specific = name
			if known.name != "" {
				c.Specific = known.name
			}
		}
	}
	return c
}

type usualClass struct {
	name  string
	depth int // length of the chain of superclasses, top is 1; auxiliary classes are kept low
}

// usualClasses gives the spelling and the depth of the classes that rules name (MS-ADSC).
var usualClasses = map[string]usualClass{
	"top":                                 {"top", 1},
	"person":                              {"person", 2},
	"organizationalperson":                {"organizationalPerson", 3},
	"user":                                {"user", 4},
	"inetorgperson":                       {"inetOrgPerson", 5},
	"computer":                            {"computer", 5},
	"msds-managedserviceaccount":          {"msDS-ManagedServiceAccount", 6},
	"msds-groupmanagedserviceaccount":     {"msDS-GroupManagedServiceAccount", 6},
	"msds-delegatedmanagedserviceaccount": {"msDS-DelegatedManagedServiceAccount", 6},
	"group":                               {"group", 2},
	"contact":                             {"contact", 4},
	"foreignsecurityprincipal":            {"foreignSecurityPrincipal", 2},
	"container":                           {"container", 2},
	"builtindomain":                       {"builtinDomain", 2},
	"organizationalunit":                  {"organizationalUnit", 2},
	"domain":                              {"domain", 2},
	"domaindns":                           {"domainDNS", 3},
	"configuration":                       {"configuration", 2},
	"dmd":                                 {"dMD", 2},
	"leaf":                                {"leaf", 2},
	"trusteddomain":                       {"trustedDomain", 3},
	"grouppolicycontainer":                {"groupPolicyContainer", 3},
	"msds-passwordsettings":               {"msDS-PasswordSettings", 2},
	"pkicertificatetemplate":              {"pKICertificateTemplate", 2},
	"pkienrollmentservice":                {"pKIEnrollmentService", 2},
	"certificationauthority":              {"certificationAuthority", 2},
	"attributeschema":                     {"attributeSchema", 2},
	"classschema":                         {"classSchema", 2},
	"controlaccessright":                  {"controlAccessRight", 2},
	"crossref":                            {"crossRef", 2},
	"crossrefcontainer":                   {"crossRefContainer", 2},
	"server":                              {"server", 2},
	"site":                                {"site", 2},
	"ntdsdsa":                             {"nTDSDSA", 3},
	"ntdsdsaro":                           {"nTDSDSARO", 4},
	"displayspecifier":                    {"displaySpecifier", 2},
	"dnszone":                             {"dnsZone", 2},
	"dnsnode":                             {"dnsNode", 2},
	"secret":                              {"secret", 3},
	"msds-authnpolicysilo":                {"msDS-AuthNPolicySilo", 2},
	"msds-authnpolicy":                    {"msDS-AuthNPolicy", 2},
	"mskds-provrootkey":                   {"msKds-ProvRootKey", 2},
	"securityprincipal":                   {"securityPrincipal", 1},
	"mailrecipient":                       {"mailRecipient", 1},
	"posixaccount":                        {"posixAccount", 1},
	"shadowaccount":                       {"shadowAccount", 1},
	"samdomain":                           {"samDomain", 1},
	"samdomainbase":                       {"samDomainBase", 1},
	"msds-cloudextensions":                {"msDS-CloudExtensions", 1},
	"domainrelatedobject":                 {"domainRelatedObject", 1},
	"msexchsoftwareconfiguration":         {"msExchSoftwareConfiguration", 1},
}
