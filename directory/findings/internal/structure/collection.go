// Package structure holds the rules about the directory itself: how it was collected, its zones, trusts, schema, containers and
// security descriptors. Package findings lists them.
package structure

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
)

// ReadingErrors tells what the sources say went wrong (ANSSI, warning_dump_error_rp).
func ReadingErrors(o *rule.Outcome) {
	for _, s := range o.Dir.Sources() {
		for _, w := range s.Warnings {
			o.FoundName(s.Name, rule.Told(w))
		}
	}
	stats := o.Dir.Stats()
	if stats.BadDescriptors+stats.BadSIDs > 0 {
		o.FoundDomain(rule.Because("unreadable_values", "descriptors", stats.BadDescriptors, "sids", stats.BadSIDs))
	}
}

// PointsUndecided lists the control points that lack data (ANSSI, warning_dump_error_vuln_rp).
func PointsUndecided(o *rule.Outcome) {
	for _, v := range o.Points {
		if len(v.Undecided) > 0 {
			o.FoundName(v.Point.ID, rule.Because("point_undecided", "count", len(v.Missing)))
		}
	}
}

// OldTool compares the program that collected with this one (ANSSI, warning_tool_version). Another tool is judged by what it collected: the points
// say so.
func OldTool(o *rule.Outcome) {
	own, current, _ := strings.Cut(o.Tool, " ")
	if current == "" {
		o.Missing("tool:version")
		return
	}
	for _, s := range o.Dir.Sources() {
		name, version, ok := strings.Cut(s.Tool, " ")
		if ok && name == own && version != current && strings.ContainsAny(version, "0123456789") && !strings.Contains(version, " ") {
			o.FoundName(s.Name, rule.Because("tool_differs", "version", version, "current", current))
		}
	}
}

// DuplicatedZones finds the zones that the directory holds more than once, and the copies that a conflict of replication left
// (MS-ADTS 3.1.1.5.1.5: "CNF:" in the name).
func DuplicatedZones(o *rule.Outcome) {
	o.RequireObjects("dnsZone")
	byName := make(map[string][]model.ID)
	var order []string
	for id := range o.Dir.OfClass("dnsZone") {
		if !o.OwnsZone(id) {
			continue
		}
		name := o.Dir.Name(id)
		if strings.Contains(strings.ToUpper(name), "CNF:") || strings.HasPrefix(strings.ToLower(name), "..inprogress-") {
			o.Found(id, rule.Because("zone_conflict"))
			continue
		}
		low := strings.ToLower(name)
		if low == "rootdnsservers" || strings.HasPrefix(low, "..") {
			continue // hints and trust anchors, which each partition may have
		}
		if byName[low] == nil {
			order = append(order, low)
		}
		byName[low] = append(byName[low], id)
	}
	for _, name := range order {
		if list := byName[name]; len(list) > 1 {
			for _, id := range list {
				o.Found(id, rule.Because("zone_duplicated", "zone", name, "count", len(list)))
			}
		}
	}
}

// Bits of trustDirection and trustAttributes (MS-ADTS 6.1.6.7.12, 6.1.6.7.9).
const (
	trustInbound         = 0x1
	trustForest          = 0x8
	trustWithinForest    = 0x20
	trustNoTGTDelegation = 0x200
	trustTGTDelegation   = 0x800
)

// OpenDelegation finds the inbound forest trusts whose delegation of tickets is neither closed nor opened on purpose; opened, the
// control point fails (ANSSI, warning_trusts_tgt_deleg).
func OpenDelegation(o *rule.Outcome) {
	o.RequireObjects("trustedDomain")
	for _, id := range o.OfClass("trustedDomain") {
		direction, _ := o.Dir.Int(id, "trustDirection")
		attributes, _ := o.Dir.Int(id, "trustAttributes")
		if direction&trustInbound != 0 && attributes&trustForest != 0 &&
			attributes&(trustWithinForest|trustNoTGTDelegation|trustTGTDelegation) == 0 {
			name, _ := o.Dir.Text(id, "trustPartner")
			o.Found(id, rule.Because("trust_open", "partner", name))
		}
	}
}
