package controllers

import (
	"slices"
	"strings"

	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// Functional lists the points about functional levels and settings of the forest (MS-ADTS 6.1.4.4).
func Functional() []rule.Record {
	const family = "functional"
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_functional_level", Family: family, Levels: []int{1, 3, 4}, Limits: []rule.Limit{
			{Level: 1, Name: "level", Value: estate.Level2008R2}, {Level: 3, Name: "level", Value: estate.Level2012R2}, {Level: 4, Name: "level", Value: estate.Level2016}}}, Anybody: true, Decide: functional},
		{Point: rule.Point{ID: "vuln_dsheuristics_bad", Family: family, Levels: []int{1, 2, 4}, Forest: true}, Anybody: true, Decide: heuristics},
		{Point: rule.Point{ID: "vuln_display_specifier", Family: family, Levels: []int{1}, Forest: true}, Anybody: true, Decide: displaySpecifiers},
		// A later revision mends the grant of revision 15; an earlier one never made it.
		{Point: rule.Point{ID: "vuln_adupdate_bad", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "revision", Value: 15}}}, Anybody: true, Decide: updateRevision},
	}
}

// functional fails the levels above what the domain or its forest has reached. A domain is never below its forest: an old
// domain alone condemns, a recent one needs the forest to be known.
func functional(d *estate.Domain, o *rule.Outcome) {
	forest, domain := d.Forest.Info.FunctionalLevel, d.Info.FunctionalLevel
	for _, l := range o.Point.Limits {
		switch {
		case domain >= 0 && domain < l.Value:
			o.FailDomain(reasons.Because("functional_domain", "level", estate.FunctionalName(domain), "limit", estate.FunctionalName(l.Value)), l.Level)
		case forest >= 0 && forest < l.Value:
			reason := reasons.Because("functional_forest", "level", estate.FunctionalName(forest), "limit", estate.FunctionalName(l.Value))
			if id, ok := d.Forest.Setting("CN=Partitions,"); ok {
				o.Fail(id, reason, l.Level)
			} else {
				o.FailDomain(reason, l.Level)
			}
		case forest < 0:
			o.Missing("crossRefContainer:msDS-Behavior-Version", l.Level)
		case domain < 0:
			o.Missing("domainDNS:msDS-Behavior-Version", l.Level)
		}
	}
}

// heuristicRule is a rule about one character of dSHeuristics, counted from 1 (MS-ADTS 6.1.1.2.4.1.2).
type heuristicRule struct {
	level, position int
	name            string
	bad             func(c byte) bool
}

func heuristicRules() []heuristicRule {
	set := func(c byte) bool { return c != '0' }
	off := func(c byte) bool { return c == '2' }
	notOn := func(c byte) bool { return c != '1' }
	return []heuristicRule{
		{1, 8, "fAllowAnonNSPI", set},
		{1, 16, "dwAdminSDExMask", set},
		{2, 7, "fLDAPBlockAnonOps", off},
		{2, 21, "DoNotVerifyUPNAndOrSPNUniqueness", set},
		{2, 28, "AttributeAuthorizationOnLDAPAdd", off},
		{2, 29, "BlockOwnerImplicitRights", off},
		{2, 31, "DisableConfidentialAttributeEncryptionRequirements", set},
		{4, 28, "AttributeAuthorizationOnLDAPAdd", notOn},
		{4, 29, "BlockOwnerImplicitRights", notOn},
	}
}

// heuristics fails the levels whose characters of dSHeuristics are dangerous. A character beyond the end of the value is 0.
func heuristics(d *estate.Domain, o *rule.Outcome) {
	if !o.NeedConfiguration() {
		return
	}
	id, ok := d.Forest.Setting(estate.CNDirectoryService)
	switch {
	case !ok:
		o.Missing("object:" + estate.CNDirectoryService + d.Forest.Info.ConfigurationDN)
		return
	case !d.Forest.Dir.Collected(id, "dSHeuristics"):
		o.Missing("nTDSService:dSHeuristics")
		return
	}
	value, _ := d.Forest.Dir.Text(id, "dSHeuristics")
	for _, rule := range heuristicRules() {
		c := byte('0')
		if rule.position <= len(value) {
			c = value[rule.position-1]
		}
		if rule.bad(c) {
			o.Fail(id, reasons.Because("dsheuristics", "position", rule.position, "name", rule.name, "value", string(rune(c))), rule.level)
		}
	}
}

// displaySpecifiers fails the menus of the administration console that run a program from a share which is not SYSVOL. Only
// the last part of a value names a program: "order,label,path" (MS-ADTS 6.1.1.2.4.2).
func displaySpecifiers(d *estate.Domain, o *rule.Outcome) {
	if !o.NeedConfiguration() {
		return
	}
	dir := d.Forest.Dir
	menus := []string{"adminContextMenu", "contextMenu", "shellContextMenu"}
	found := false
	for _, id := range d.Forest.OfClass("displaySpecifier") {
		found = true
		for _, attribute := range menus {
			if attribute == menus[0] && !dir.Collected(id, attribute) {
				o.Missing("displaySpecifier:" + attribute)
			}
			for v := range dir.Values(id, attribute) {
				if path := programOf(string(v)); strangeShare(d.Forest, path) {
					o.Fail(id, reasons.Because("display_specifier", "attribute", attribute, "path", path))
				}
			}
		}
	}
	if !found {
		o.Missing("object:CN=DisplaySpecifiers," + d.Forest.Info.ConfigurationDN)
	}
}

func programOf(menu string) string {
	if i := strings.LastIndexByte(menu, ','); i >= 0 {
		menu = menu[i+1:]
	}
	return strings.Trim(menu, ` "`)
}

// strangeShare tells whether a path is on a share other than the SYSVOL of the forest.
func strangeShare(f *estate.Forest, path string) bool {
	path = strings.ToLower(strings.ReplaceAll(path, "/", `\`))
	unc, ok := strings.CutPrefix(path, `\\`)
	if !ok {
		return false
	}
	unc = strings.TrimPrefix(unc, `?\unc\`)
	host, rest, _ := strings.Cut(unc, `\`)
	share, inside, _ := strings.Cut(rest, `\`)
	if share != "sysvol" || slices.Contains(strings.Split(inside, `\`), "..") {
		return true
	}
	if accounts.ControllerHosts(f).Hosts[host] {
		return false
	}
	return !slices.ContainsFunc(f.Domains, func(d *estate.Domain) bool {
		return host == strings.ToLower(d.Info.DNSName) || (d.Info.NetBIOS != "" && host == strings.ToLower(d.Info.NetBIOS))
	})
}

// updateRevision fails a domain prepared for Windows Server 2016 by the version that gave Enterprise Key Admins too much. A
// domain without the object was never prepared by a version that has it.
func updateRevision(d *estate.Domain, o *rule.Outcome) {
	if _, ok := d.Child("CN=System,"); !ok {
		o.Missing("object:CN=System," + d.Info.DN)
		return
	}
	id, ok := d.Child(estate.CNDomainUpdates)
	if !ok {
		o.Covers("container")
		return
	}
	revision, ok := d.Forest.Dir.Int(id, "revision")
	switch {
	case !ok && !d.Forest.Dir.Collected(id, "revision"):
		o.Missing("container:revision")
	case ok && revision == o.Limit(2, "revision"):
		o.Fail(id, reasons.Because("update_revision", "revision", revision))
	}
}
