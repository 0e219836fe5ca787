package structure

import (
	"hygie/directory/findings/rule"
	"hygie/directory/model"
)

// CountDescriptors counts the security descriptors of the domain, and the objects that share them (ANSSI, info_sd).
func CountDescriptors(o *rule.Outcome) {
	objects := 0
	distinct := make(map[model.DescriptorID]bool)
	rule.EachObject(o, func(id model.ID, _ *rule.Note) {
		if n, ok := o.Dir.DescriptorID(id); ok {
			objects++
			distinct[n] = true
		}
	})
	if objects > 0 {
		o.FoundDomain(rule.Because("sd_count", "objects", objects, "distinct", len(distinct)))
	}
}

// Unlisted finds the organizational units and containers whose content authenticated users may not list (ANSSI, info_sd_missing_au_lc).
func Unlisted(o *rule.Outcome) {
	rule.EachObject(o, func(id model.ID, n *rule.Note) {
		class := o.Dir.Class(id)
		if n.Bits&(rule.BitNoList|rule.BitPartial) == rule.BitNoList && (class == "organizationalUnit" || class == "container") {
			o.Found(id, rule.Because("sd_no_list"))
		}
	})
}

// ProtectedUnits finds the organizational units that are closed to inheritance (ANSSI, info_sd_protected_ou).
func ProtectedUnits(o *rule.Outcome) {
	rule.EachObject(o, func(id model.ID, n *rule.Note) {
		if n.Bits&rule.BitProtected != 0 && o.Dir.Class(id) == "organizationalUnit" {
			o.Found(id, rule.Because("sd_protected"))
		}
	})
}
