package points

import (
	"slices"
	"strconv"
	"strings"
)

// Functional levels (MS-ADTS 6.1.4.2).
const (
	level2008R2 = 4
	level2012R2 = 6
	level2016   = 7
)

func functionalRecords() []record {
	const family = "functional"
	return []record{
		{Point: Point{ID: "vuln_functional_level", Family: family, Levels: []int{1, 3, 4}, Limits: []Limit{
			{1, "level", level2008R2}, {3, "level", level2012R2}, {4, "level", level2016}}}, anybody: true, decide: (*domain).functional},
		{Point: Point{ID: "vuln_dsheuristics_bad", Family: family, Levels: []int{1, 2, 4}, Forest: true}, anybody: true, decide: (*domain).heuristics},
		{Point: Point{ID: "vuln_display_specifier", Family: family, Levels: []int{1}, Forest: true}, anybody: true, decide: (*domain).displaySpecifiers},
		// A later revision mends the grant of revision 15; an earlier one never made it.
		{Point: Point{ID: "vuln_adupdate_bad", Family: family, Levels: []int{2}, Limits: []Limit{{2, "revision", 15}}}, anybody: true, decide: (*domain).updateRevision},
	}
}

// functionalName names a functional level as Windows does.
func functionalName(level int64) string {
	names := []string{"2000", "2003 interim", "2003", "2008", "2008 R2", "2012", "2012 R2", "2016"}
	if level >= 0 && level < int64(len(names)) {
		return names[level]
	}
	if level == 10 {
		return "2025"
	}
	return strconv.FormatInt(level, 10)
}

// functional fails the levels above what the domain or its forest has reached. A domain is never below its forest: an old
// domain alone condemns, a recent one needs the forest to be known.
func (d *domain) functional(o *outcome) {
	forest, domain := d.forest.info.FunctionalLevel, d.info.FunctionalLevel
	for _, l := range o.point.Limits {
		switch {
		case domain >= 0 && domain < l.Value:
			o.failDomain(because("functional_domain", "level", functionalName(domain), "limit", functionalName(l.Value)), l.Level)
		case forest >= 0 && forest < l.Value:
			reason := because("functional_forest", "level", functionalName(forest), "limit", functionalName(l.Value))
			if id, ok := d.forest.setting("CN=Partitions,"); ok {
				o.fail(id, reason, l.Level)
			} else {
				o.failDomain(reason, l.Level)
			}
		case forest < 0:
			o.missing("crossRefContainer:msDS-Behavior-Version", l.Level)
		case domain < 0:
			o.missing("domainDNS:msDS-Behavior-Version", l.Level)
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
func (d *domain) heuristics(o *outcome) {
	if !o.needConfiguration() {
		return
	}
	id, ok := d.forest.setting(cnDirectoryService)
	switch {
	case !ok:
		o.missing("object:" + cnDirectoryService + d.forest.info.ConfigurationDN)
		return
	case !d.forest.dir.Collected(id, "dSHeuristics"):
		o.missing("nTDSService:dSHeuristics")
		return
	}
	value, _ := d.forest.dir.Text(id, "dSHeuristics")
	for _, rule := range heuristicRules() {
		c := byte('0')
		if rule.position <= len(value) {
			c = value[rule.position-1]
		}
		if rule.bad(c) {
			o.fail(id, because("dsheuristics", "position", rule.position, "name", rule.name, "value", string(rune(c))), rule.level)
		}
	}
}

// displaySpecifiers fails the menus of the administration console that run a program from a share which is not SYSVOL. Only
// the last part of a value names a program: "order,label,path" (MS-ADTS 6.1.1.2.4.2).
func (d *domain) displaySpecifiers(o *outcome) {
	if !o.needConfiguration() {
		return
	}
	dir := d.forest.dir
	menus := []string{"adminContextMenu", "contextMenu", "shellContextMenu"}
	found := false
	for _, id := range d.forest.ofClass("displaySpecifier") {
		found = true
		for _, attribute := range menus {
			if attribute == menus[0] && !dir.Collected(id, attribute) {
				o.missing("displaySpecifier:" + attribute)
			}
			for v := range dir.Values(id, attribute) {
				if path := programOf(string(v)); d.forest.strangeShare(path) {
					o.fail(id, because("display_specifier", "attribute", attribute, "path", path))
				}
			}
		}
	}
	if !found {
		o.missing("object:CN=DisplaySpecifiers," + d.forest.info.ConfigurationDN)
	}
}

func programOf(menu string) string {
	if i := strings.LastIndexByte(menu, ','); i >= 0 {
		menu = menu[i+1:]
	}
	return strings.Trim(menu, ` "`)
}

// strangeShare tells whether a path is on a share other than the SYSVOL of the forest.
func (f *forest) strangeShare(path string) bool {
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
	if f.controllerHosts().hosts[host] {
		return false
	}
	return !slices.ContainsFunc(f.domains, func(d *domain) bool {
		return host == strings.ToLower(d.info.DNSName) || (d.info.NetBIOS != "" && host == strings.ToLower(d.info.NetBIOS))
	})
}

// updateRevision fails a domain prepared for Windows Server 2016 by the version that gave Enterprise Key Admins too much. A
// domain without the object was never prepared by a version that has it.
func (d *domain) updateRevision(o *outcome) {
	if _, ok := d.child("CN=System,"); !ok {
		o.missing("object:CN=System," + d.info.DN)
		return
	}
	id, ok := d.child(cnDomainUpdates)
	if !ok {
		o.covers("container")
		return
	}
	revision, ok := d.forest.dir.Int(id, "revision")
	switch {
	case !ok && !d.forest.dir.Collected(id, "revision"):
		o.missing("container:revision")
	case ok && revision == o.limit(2, "revision"):
		o.fail(id, because("update_revision", "revision", revision))
	}
}
