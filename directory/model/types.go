package model

import (
	"hygie/directory/model/entry"
	"hygie/directory/sid"
)

// What sources give, under the names that their readers use: see package entry (RFC 4511 4.5.2).
type (
	Entry      = entry.Entry
	Attribute  = entry.Attribute
	Kind       = entry.Kind
	Partition  = entry.Partition
	Source     = entry.Source
	Conclusion = entry.Conclusion
	Statistics = entry.Statistics
)

// Kinds of naming context (MS-ADTS 3.1.1.1.5).
const (
	Domain        = entry.Domain
	Configuration = entry.Configuration
	Schema        = entry.Schema
	DNSZones      = entry.DNSZones
	Application   = entry.Application
)

// ID is the number of an object in a Directory: 0 to Count-1 (MS-ADTS 3.1.1.1).
type ID uint32

// None is no object (MS-ADTS 3.1.1.1).
const None = ID(^uint32(0))

// DescriptorID is the number of a distinct security descriptor in a Directory: 0 to DescriptorCount-1 (docs/decisions/013-control-graph.md).
type DescriptorID uint32

// DomainInfo is one domain of the directory (MS-ADTS 6.1.1.1).
type DomainInfo struct {
	Root            ID // None when the root object was not collected
	DN              string
	DNSName         string
	NetBIOS         string  // empty when the crossRef was not collected
	SID             sid.SID // zero when the root object was not collected
	FunctionalLevel int64   // msDS-Behavior-Version of the root (MS-ADTS 6.1.4.3); -1 when unknown
	ForestRoot      bool
}

// ForestInfo is what the sources tell about the forest (MS-ADTS 6.1.1.2).
type ForestInfo struct {
	RootDN          string // domain DN of the forest root, empty when unknown
	ConfigurationDN string // empty when no configuration partition was collected
	SchemaDN        string // empty when no schema partition was collected
	FunctionalLevel int64  // msDS-Behavior-Version of CN=Partitions (MS-ADTS 6.1.4.4); -1 when unknown
}
