// Package entry holds what sources give to the builder of a directory: objects with their attributes, and what sources say of
// themselves and of what they read.
package entry

import (
	"time"

	"hygie/directory/points/reasons"
)

// Conclusion is what another tool found on a domain, for a source that holds conclusions and not the directory (docs/formats/directory-inputs.md,
// PingCastle).
type Conclusion struct {
	Domain string // DNS name
	Point  string // identifier of the control point that it fails
	Levels []int
	Tool   string
	Rule   string // in the terms of the tool
	Text   string // in the words of the tool
}

// Entry is one directory object as a source gives it (RFC 4511 4.5.2). The Builder copies what it keeps.
type Entry struct {
	DN         string
	Attributes []Attribute
}

// Attribute is a name and its values, as LDAP returns them: text for integers, times and names, binary for objectSid,
// objectGUID and nTSecurityDescriptor (RFC 4511 4.1.7).
type Attribute struct {
	Name   string
	Values [][]byte
}

// Kind is the kind of a naming context (MS-ADTS 3.1.1.1.5).
type Kind string

// Kinds of naming context (MS-ADTS 3.1.1.1.5).
const (
	Domain        Kind = "domain"
	Configuration Kind = "configuration"
	Schema        Kind = "schema"
	DNSZones      Kind = "dns"
	Application   Kind = "other"
)

// Partition is a naming context that a source covers (MS-ADTS 3.1.1.1.5).
type Partition struct {
	DN         string
	Kind       Kind     // empty: deduced from the name
	DNSName    string   // empty: deduced from the DC components
	Attributes []string // asked for; empty: the source has no record of it
	// Classes is for a source that reads some classes of objects only, and gives other attributes of each: the attributes it
	// gives, by class. A class that is not named was not read, unless "top" is named, which stands for every class. Empty: see
	// Attributes.
	Classes map[string][]string
	Partial bool // the source did not read it to its end
}

// Source tells where entries come from (docs/schema/directory-audit.schema.json, source).
type Source struct {
	Tool      string    // "hygie 1.0", "ldif"
	Name      string    // file name or address, for messages
	Collected time.Time // zero: unknown
	Server    string
	Account   string           // who read; what it could not see is missing
	Level     string           // level of detail, as the tool names it
	Partial   bool             // cut short; Warnings say how
	Warnings  []reasons.Reason // what its reader has to say, see package reading
}

// Statistics counts what the Builder met (docs/schema/directory-audit.schema.json, statistics).
type Statistics struct {
	Objects           int // distinct
	Duplicates        int // entries whose object was already known
	Conflicts         int // attributes whose second value set was not kept
	BadDescriptors    int // nTSecurityDescriptor values that could not be read
	BadSIDs           int // objectSid values that could not be read
	Descriptors       int // distinct security descriptors
	Values            int // attribute values kept
	UnresolvedMembers int // member links to objects that were not collected
}
