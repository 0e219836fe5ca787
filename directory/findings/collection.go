package findings

import (
	"slices"
	"strings"

	"hygie/directory/model"
)

// readingErrors tells what the sources say went wrong.
func readingErrors(o *outcome) {
	for _, s := range o.dir.Sources() {
		for _, w := range s.Warnings {
			o.foundName(s.Name, because("source_says", "text", w))
		}
	}
	stats := o.dir.Stats()
	if stats.BadDescriptors+stats.BadSIDs > 0 {
		o.foundDomain(because("unreadable_values", "descriptors", stats.BadDescriptors, "sids", stats.BadSIDs))
	}
}

// pointsUndecided lists the control points that lack data.
func pointsUndecided(o *outcome) {
	for _, v := range o.points {
		if len(v.Undecided) > 0 {
			o.foundName(v.Point.ID, because("point_undecided", "count", len(v.Missing)))
		}
	}
}

// oldTool compares the program that collected with this one. Another tool is judged by what it collected: the points say so.
func oldTool(o *outcome) {
	own, current, _ := strings.Cut(o.options.Tool, " ")
	if current == "" {
		o.missing("tool:version")
		return
	}
	for _, s := range o.dir.Sources() {
		name, version, ok := strings.Cut(s.Tool, " ")
		if ok && name == own && version != current && strings.ContainsAny(version, "0123456789") && !strings.Contains(version, " ") {
			o.foundName(s.Name, because("tool_differs", "version", version, "current", current))
		}
	}
}

// duplicatedZones finds the zones that the directory holds more than once, and the copies that a conflict of replication left
// (MS-ADTS 3.1.1.5.1.5: "CNF:" in the name).
func duplicatedZones(o *outcome) {
	o.covers("dnsZone")
	byName := make(map[string][]model.ID)
	var order []string
	for id := range o.dir.OfClass("dnsZone") {
		if !o.OwnsZone(id) {
			continue
		}
		name := o.dir.Name(id)
		if strings.Contains(strings.ToUpper(name), "CNF:") || strings.HasPrefix(strings.ToLower(name), "..inprogress-") {
			o.found(id, because("zone_conflict"))
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
				o.found(id, because("zone_duplicated", "zone", name, "count", len(list)))
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

// openDelegation finds the inbound forest trusts whose delegation of tickets is neither closed nor opened on purpose; opened, the
// control point fails.
func openDelegation(o *outcome) {
	o.covers("trustedDomain")
	for _, id := range o.OfClass("trustedDomain") {
		direction, _ := o.dir.Int(id, "trustDirection")
		attributes, _ := o.dir.Int(id, "trustAttributes")
		if direction&trustInbound != 0 && attributes&trustForest != 0 &&
			attributes&(trustWithinForest|trustNoTGTDelegation|trustTGTDelegation) == 0 {
			name, _ := o.dir.Text(id, "trustPartner")
			o.found(id, because("trust_open", "partner", name))
		}
	}
}

func information(id string, decide func(*outcome), needs ...need) record {
	return record{Rule{ID: "info_" + id, Kind: Information, Severity: Info, Source: anssi}, needs, decide}
}

func informationRecords() []record {
	members, keys := need{"group", "member"}, need{"user", "msDS-KeyCredentialLink"}
	rights := need{"user", "nTSecurityDescriptor"}
	return []record{
		information("gpo", listPolicies),
		information("gpo_sysvol", policyFolders),
		information("keycredentiallink_dc", keyedControllers, need{"computer", "msDS-KeyCredentialLink"}),
		information("keycredentiallink_priv", keyedPrivileged, keys, members),
		information("keycredentiallink_silo", keyedSilo, keys, need{"user", "msDS-AssignedAuthNPolicySilo"}),
		information("laps", lapsUse, need{"computer", "ms-Mcs-AdmPwdExpirationTime"}, need{"computer", "msLAPS-PasswordExpirationTime"}),
		information("laps_missing", lapsMissing, need{"computer", "ms-Mcs-AdmPwdExpirationTime"}, need{"computer", "msLAPS-PasswordExpirationTime"}),
		information("password_policy_pso", listFinePolicies),
		information("privileged_members_recent_changes", recentChanges, need{"group", "msDS-ReplValueMetaData"}),
		information("sd", countDescriptors, rights),
		information("sd_missing_au_lc", unlisted, rights),
		information("sd_protected_ou", protectedUnits, need{"organizationalUnit", "nTSecurityDescriptor"}),
		information("user_accounts_dormant", listDormant, need{"user", "pwdLastSet"}, need{"user", "lastLogonTimestamp"}, need{"user", "whenCreated"}),
	}
}

// listPolicies lists the group policies with the number of their links and their state (MS-GPOL 2.2.4: flags).
func listPolicies(o *outcome) {
	if !o.Covers("groupPolicyContainer") {
		o.missing("objects:groupPolicyContainer")
	}
	links := make(map[model.ID]int)
	count := func(id model.ID) {
		text, _ := o.dir.Text(id, "gPLink")
		for part := range strings.SplitSeq(text, "[") {
			dn, _, ok := strings.Cut(part, ";")
			if len(dn) < 7 || !ok || !strings.EqualFold(dn[:7], "LDAP://") {
				continue
			}
			if to, ok := o.dir.ByDN(dn[7:]); ok {
				links[to]++
			}
		}
	}
	if o.Domain().Root != model.None {
		count(o.Domain().Root)
	}
	for _, id := range slices.Concat(o.OfClass("organizationalUnit"), o.Settings("site")) {
		count(id)
	}
	for _, id := range o.OfClass("groupPolicyContainer") {
		name, _ := o.dir.Text(id, "displayName")
		flags, _ := o.dir.Int(id, "flags")
		state := [4]string{"gpo_on", "gpo_user_off", "gpo_machine_off", "gpo_off"}[flags&3]
		o.found(id, because("gpo_listed", "name", name, "count", links[id], "state", state))
	}
}

// keys counts the values of msDS-KeyCredentialLink (MS-ADTS 2.2.20).
func keys(o *outcome, id model.ID) int {
	n := 0
	for range o.dir.Values(id, "msDS-KeyCredentialLink") {
		n++
	}
	return n
}

func keyedControllers(o *outcome) {
	for a := range o.Accounts() {
		if n := keys(o, a.ID()); a.Controller() && n > 0 {
			o.found(a.ID(), because("keys", "count", n))
		}
	}
}

func keyedPrivileged(o *outcome) {
	lost(o)
	for _, m := range o.Privileged() {
		if a, ok := o.Account(m.ID); ok && !a.Controller() && keys(o, m.ID) > 0 {
			o.found(m.ID, because("keys", "count", keys(o, m.ID)))
		}
	}
}

func keyedSilo(o *outcome) {
	for a := range o.Accounts() {
		if o.dir.Has(a.ID(), "msDS-AssignedAuthNPolicySilo") && keys(o, a.ID()) > 0 {
			o.found(a.ID(), because("keys", "count", keys(o, a.ID())))
		}
	}
}

// machines lists the enabled computers that LAPS is for.
func machines(o *outcome) []model.ID {
	var out []model.ID
	for a := range o.Accounts() {
		if a.Computer() && a.Enabled() && !a.Controller() {
			out = append(out, a.ID())
		}
	}
	return out
}

func lapsUse(o *outcome) {
	list := machines(o)
	old, new := 0, 0
	for _, id := range list {
		switch {
		case o.dir.Has(id, "msLAPS-PasswordExpirationTime"):
			new++
		case o.dir.Has(id, "ms-Mcs-AdmPwdExpirationTime"):
			old++
		}
	}
	if len(list) > 0 {
		o.foundDomain(because("laps_count", "total", len(list), "new", new, "old", old))
	}
}

func lapsMissing(o *outcome) {
	for _, id := range machines(o) {
		if !o.dir.Has(id, "msLAPS-PasswordExpirationTime") && !o.dir.Has(id, "ms-Mcs-AdmPwdExpirationTime") {
			system, _ := o.dir.Text(id, "operatingSystem")
			o.found(id, because("laps_none", "system", system))
		}
	}
}

func countDescriptors(o *outcome) {
	objects := 0
	distinct := make(map[model.DescriptorID]bool)
	eachObject(o, func(id model.ID, _ *note) {
		if n, ok := o.dir.DescriptorID(id); ok {
			objects++
			distinct[n] = true
		}
	})
	if objects > 0 {
		o.foundDomain(because("sd_count", "objects", objects, "distinct", len(distinct)))
	}
}

func unlisted(o *outcome) {
	eachObject(o, func(id model.ID, n *note) {
		class := o.dir.Class(id)
		if n.bits&(bitNoList|bitPartial) == bitNoList && (class == "organizationalUnit" || class == "container") {
			o.found(id, because("sd_no_list"))
		}
	})
}

func protectedUnits(o *outcome) {
	eachObject(o, func(id model.ID, n *note) {
		if n.bits&bitProtected != 0 && o.dir.Class(id) == "organizationalUnit" {
			o.found(id, because("sd_protected"))
		}
	})
}
