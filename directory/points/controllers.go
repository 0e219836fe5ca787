package points

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
)

func controllerRecords() []record {
	const family = "domaincontrollers"
	return []record{
		{Point: Point{ID: "vuln_dc_obsolete", Family: family, Levels: []int{1}}, needs: []need{{classComputer, "operatingSystem"}},
			decide: (*domain).obsoleteControllers},
		{Point: Point{ID: "vuln_dc_inconsistent_uac", Family: family, Levels: []int{1}},
			needs: []need{{classComputer, attrUserAccountControl}, {classComputer, "primaryGroupID"}}, configuration: true, absence: true, decide: (*domain).inconsistentControllers},
		{Point: Point{ID: "vuln_password_change_dc_no_change", Family: family, Levels: []int{1}, Limits: []Limit{{1, "age_days", 45}}},
			needs: []need{{classComputer, "pwdLastSet"}},
			decide: func(d *domain, o *outcome) {
				d.passwordAges(o, o.limit(1, "age_days"), (*account).controller)
			}},
		{Point: Point{ID: "vuln_password_change_inactive_dc", Family: family, Levels: []int{1}, Limits: []Limit{{1, "logon_days", 45}}},
			needs: []need{{classComputer, "lastLogonTimestamp"}}, decide: (*domain).inactiveControllers},
		{Point: Point{ID: "vuln_dc_crypto", Family: family, Levels: []int{2, 3, 4}},
			needs: []need{{classComputer, "msDS-SupportedEncryptionTypes"}}, decide: (*domain).controllerCrypto},
	}
}

// needControllers lists the controllers; a domain without any was not read well enough to say anything about them.
func (o *outcome) controllers() []*account {
	list := o.domain.controllers()
	if len(list) == 0 {
		o.missing("object:" + o.domain.info.SID.Append(ridPrimaryController).String())
	}
	return list
}

// support is the end of Microsoft's support of a server system, paid extensions left out.
type support struct {
	name    string // as it stands in operatingSystem
	version string // prefix of operatingSystemVersion
	end     string // last day
}

// supports lists the server systems, the most recent first so that "2012 R2" is tried before "2012". Dates: Microsoft's
// product lifecycle pages, end of extended support.
func supports() []support {
	return []support{
		{"2025", "10.0 (26100)", "2034-10-10"},
		{"2022", "10.0 (20348)", "2031-10-14"},
		{"2019", "10.0 (17763)", "2029-01-09"},
		{"2016", "10.0 (14393)", "2027-01-12"},
		{"2012 r2", "6.3", "2023-10-10"},
		{"2012", "6.2", "2023-10-10"},
		{"2008 r2", "6.1", "2020-01-14"},
		{"2008", "6.0", "2020-01-14"},
		{"2003", "5.2", "2015-07-14"},
		{"2000", "5.0", "2010-07-13"},
		{"nt", "4.0", "2004-12-31"},
	}
}

// supportOf finds when the support of a system ends, by its name then by its version; false for a system that is not in the
// list.
func supportOf(name, version string) (time.Time, bool) {
	lower := strings.ToLower(strings.NewReplacer("®", "", "™", "", "\u00a0", " ").Replace(name))
	if !strings.Contains(lower, "windows") {
		return time.Time{}, false
	}
	words := strings.Join(strings.Fields(lower), " ")
	for _, s := range supports() {
		if strings.Contains(words, "windows "+s.name) || strings.Contains(words, "server "+s.name) ||
			(s.name == "2000" && strings.Contains(words, "2000 server")) ||
			(version != "" && strings.HasPrefix(version, s.version) && !namesYear(words)) {
			end, err := time.Parse(time.DateOnly, s.end)
			return end, err == nil
		}
	}
	return time.Time{}, false
}

// namesYear tells whether a system name holds a year, which says more than the version.
func namesYear(words string) bool { return strings.Contains(words, " 20") }

// obsoleteControllers fails the controllers whose system is out of support. What is not Windows has no date here: the point
// cannot be decided for it.
func (d *domain) obsoleteControllers(o *outcome) {
	for _, a := range o.controllers() {
		name, ok := d.forest.dir.Text(a.id, "operatingSystem")
		version, _ := d.forest.dir.Text(a.id, "operatingSystemVersion")
		end, known := supportOf(name, version)
		switch {
		case !ok:
			o.missing("computer:operatingSystem")
		case !known:
			o.missing("support:" + strings.TrimSpace(name+" "+version))
		case d.forest.asOf.After(end.AddDate(0, 0, 1)):
			o.fail(a.id, because("os_obsolete", "system", name, "date", end))
		}
	}
}

// inconsistentControllers fails the controllers whose account, or whose registration in the sites, is not that of a controller
// in service.
func (d *domain) inconsistentControllers(o *outcome) {
	const (
		writable = uacServerTrust | uacTrustedForDeleg
		readOnly = uacPartialSecrets | uacTrustedToAuth | uacWorkstation
	)
	hasConfiguration := o.needConfiguration()
	servers := d.forest.servers()
	for _, a := range o.controllers() {
		wanted, group := uint32(writable), uint32(ridPrimaryController)
		if a.readOnlyDC() {
			wanted, group = readOnly, ridPrimaryReadOnly
		}
		switch {
		case a.known&wanted != wanted:
			o.missing(classComputer + ":" + attrUserAccountControl)
		case a.uac&wanted != wanted:
			o.fail(a.id, because("dc_uac", "value", a.uac, "wanted", wanted))
		}
		if a.primaryGroup != group {
			o.fail(a.id, because("dc_primary_group", "rid", a.primaryGroup, "wanted", group))
		}
		if hasConfiguration {
			d.registration(o, a, servers[a.id])
		}
	}
}

// servers maps the account of each controller to its server objects in the sites (MS-ADTS 6.1.1.2.2.1.2.1).
func (f *forest) servers() map[model.ID][]model.ID {
	out := make(map[model.ID][]model.ID)
	for _, id := range f.ofClass("server") {
		for account := range f.dir.Linked(id, "serverReference") {
			out[account] = append(out[account], id)
		}
	}
	return out
}

// registration checks the settings object below the server object of a controller: present, of the right kind, with the
// version of the controller on it.
func (d *domain) registration(o *outcome, a *account, servers []model.ID) {
	dir := d.forest.dir
	if len(servers) == 0 {
		if !o.coversSettings("server") {
			return
		}
		if known := d.forest.ofClass("server"); len(known) > 0 && !dir.Collected(known[0], "serverReference") {
			o.missing("server:serverReference")
			return
		}
		o.fail(a.id, because("dc_no_server"))
		return
	}
	class := "nTDSDSA"
	if a.readOnlyDC() {
		class = "nTDSDSARO"
	}
	for _, server := range servers {
		for child := range dir.Children(server) {
			if !strings.EqualFold(dir.Class(child), class) {
				continue
			}
			switch {
			case dir.Has(child, "msDS-Behavior-Version"):
			case !dir.Collected(child, "msDS-Behavior-Version"):
				o.missing(class + ":msDS-Behavior-Version")
			default:
				o.fail(a.id, because("dc_no_version", "settings", dir.DN(child)))
			}
			return
		}
	}
	o.fail(a.id, because("dc_no_settings", "class", class, "server", dir.DN(servers[0])))
}

func (d *domain) inactiveControllers(o *outcome) {
	days := o.limit(1, "logon_days")
	for _, a := range o.controllers() {
		last, code := a.lastLogon, "inactive"
		if last == 0 {
			last, code = a.created, "never_logged_on"
		}
		switch {
		case last == 0:
			o.missing("computer:lastLogonTimestamp")
		case d.forest.older(last, days):
			o.fail(a.id, because(code, "days", d.forest.ageDays(last), "date", date(last), "limit", days))
		}
	}
}

// controllerCrypto fails the controllers by the Kerberos encryption types that they announce. Without the attribute a
// controller announces no AES, and RC4 remains the default (MS-KILE 3.1.1.5).
func (d *domain) controllerCrypto(o *outcome) {
	for _, a := range o.controllers() {
		types, ok := d.forest.dir.Int(a.id, "msDS-SupportedEncryptionTypes")
		if !ok || types == 0 {
			o.fail(a.id, because("dc_crypto_unset"), 3, 4)
			continue
		}
		var weak []string
		var levels []int
		add := func(bad bool, level int, word string) {
			if bad {
				weak, levels = append(weak, word), append(levels, level)
			}
		}
		add(types&encDES != 0, 2, "crypto_des")
		add(types&encAES == 0, 3, "crypto_no_aes")
		add(types&encRC4 != 0, 4, "crypto_rc4")
		if len(levels) > 0 {
			o.fail(a.id, because("dc_crypto", "weak", weak, "types", types), levels...)
		}
	}
}

// sortIDs sorts a copy of ids without repetition.
func sortIDs(ids []model.ID) []model.ID {
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b model.ID) int { return cmp.Compare(a, b) })
	return slices.Compact(out)
}
