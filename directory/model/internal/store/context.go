package store

import (
	"slices"
	"strings"

	"hygie/directory/model/entry"
)

// NamingContext is a naming context of a frozen directory (MS-ADTS 3.1.1.1.5).
type NamingContext struct {
	entry.Partition
	Node    uint32                     // 0: nothing of it was collected
	Objects int                        // in it, partitions below left out
	asked   map[string]bool            // lower-case names; nil: unknown
	byClass map[string]map[string]bool // lower-case class -> lower-case names, for a source that reads some classes only
	Seen    map[string]map[string]bool // lower-case class -> lower-case attributes met on an object of that class
}

// NewNamingContext prepares what is asked of a partition, whose root is a node of the names, 0 when nothing of it came (MS-ADTS 3.1.1.1.5).
func NewNamingContext(p entry.Partition, node uint32) NamingContext {
	slices.Sort(p.Attributes)
	p.Attributes = slices.Compact(p.Attributes)
	out := NamingContext{Partition: p, Node: node, Seen: make(map[string]map[string]bool)}
	if len(p.Classes) > 0 {
		out.byClass = make(map[string]map[string]bool, len(p.Classes))
		for class, list := range p.Classes {
			names := make(map[string]bool, len(list))
			for _, name := range list {
				names[strings.ToLower(name)] = true
			}
			out.byClass[class] = names
		}
	}
	if len(p.Attributes) > 0 {
		out.asked = make(map[string]bool, len(p.Attributes))
		for _, name := range p.Attributes {
			base, _ := BaseName(name)
			out.asked[strings.ToLower(base)] = true
		}
	}
	return out
}

// Collected tells whether an attribute was asked for on objects of a class; an empty class stands for any.
func (p *NamingContext) Collected(class, attr string) bool {
	if p.Objects == 0 {
		return false
	}
	attr, _ = BaseName(strings.ToLower(attr))
	class = strings.ToLower(class)
	switch {
	case p.asked != nil:
		return p.asked[attr] || p.given(class, attr)
	case p.byClass != nil && class != "":
		return p.given(class, attr)
	case p.byClass != nil:
		for _, names := range p.byClass {
			if names[attr] {
				return true
			}
		}
		return false
	}
	if class != "" {
		return p.Seen[class][attr] || exhaustive(p.Seen[class], attr)
	}
	for _, names := range p.Seen {
		if names[attr] || exhaustive(names, attr) {
			return true
		}
	}
	return false
}

// exhaustive tells whether objects were exported with all their attributes: they carry housekeeping that a server gives
// with "*" and that nobody asks for by name. The operational and confidential attributes that "*" leaves out are excepted.
func exhaustive(names map[string]bool, attr string) bool {
	switch attr {
	case "ntsecuritydescriptor", "msds-resultantpso", "msds-user-account-control-computed", "tokengroups",
		"msds-revealedlist", "msds-principalname", "canonicalname", "msds-userpasswordexpirytimecomputed",
		"msds-isrodc", "msds-approx-immed-subordinates", "modifytimestamp", "createtimestamp", "parentguid",
		"ms-mcs-admpwd", "mslaps-password", "mslaps-encryptedpassword", "unicodepwd", "msds-managedpassword":
		return false
	}
	if strings.HasPrefix(attr, entry.OwnPrefix) {
		return false
	}
	return names["instancetype"] && names["usncreated"] && names["usnchanged"] && names["name"] && names["objectcategory"]
}

// Declared tells whether a source said what it read of the naming context.
func (p *NamingContext) Declared() bool { return p.asked != nil || len(p.Classes) > 0 }

// Covers tells whether the source reads objects of a class.
func (p *NamingContext) Covers(class string) bool {
	if p.Objects == 0 {
		return false
	}
	return len(p.Classes) == 0 || p.asked != nil || p.byClass[strings.ToLower(class)] != nil || p.byClass["top"] != nil
}

// given tells whether the record by class names an attribute.
func (p *NamingContext) given(class, attr string) bool {
	return p.byClass[class][attr] || p.byClass["top"][attr]
}
