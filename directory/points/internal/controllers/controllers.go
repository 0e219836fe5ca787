// Package controllers holds the points about what serves the directory: domain controllers, read-only ones, functional levels, trusts, SYSVOL
// and whether what matters was read.
package controllers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// Controllers lists the points about domain controllers (ANSSI, points de contrôle Active Directory).
func Controllers() []rule.Record {
	const family = "domaincontrollers"
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_dc_obsolete", Family: family, Levels: []int{1}}, Needs: []rule.Need{{Class: estate.ClassComputer, Attribute: "operatingSystem"}},
			Decide: obsoleteControllers},
		{Point: rule.Point{ID: "vuln_dc_inconsistent_uac", Family: family, Levels: []int{1}},
			Needs: []rule.Need{{Class: estate.ClassComputer, Attribute: estate.AttrUserAccountControl}, {Class: estate.ClassComputer, Attribute: "primaryGroupID"}}, Configuration: true, Absence: true, Decide: inconsistentControllers},
		{Point: rule.Point{ID: "vuln_password_change_dc_no_change", Family: family, Levels: []int{1}, Limits: []rule.Limit{{Level: 1, Name: "age_days", Value: 45}}},
			Needs: []rule.Need{{Class: estate.ClassComputer, Attribute: "pwdLastSet"}},
			Decide: func(d *estate.Domain, o *rule.Outcome) {
				accounts.PasswordAges(d, o, o.Limit(1, "age_days"), (*estate.Account).Controller)
			}},
		{Point: rule.Point{ID: "vuln_password_change_inactive_dc", Family: family, Levels: []int{1}, Limits: []rule.Limit{{Level: 1, Name: "logon_days", Value: 45}}},
			Needs: []rule.Need{{Class: estate.ClassComputer, Attribute: "lastLogonTimestamp"}}, Decide: inactiveControllers},
		{Point: rule.Point{ID: "vuln_dc_crypto", Family: family, Levels: []int{2, 3, 4}},
			Needs: []rule.Need{{Class: estate.ClassComputer, Attribute: "msDS-SupportedEncryptionTypes"}}, Decide: controllerCrypto},
	}
}

// DomainControllers lists the controllers; a domain without any was not read well enough to say anything about them (MS-ADTS 6.1.1.3).
func DomainControllers(o *rule.Outcome) []*estate.Account {
	list := o.Domain.Controllers()
	if len(list) == 0 {
		o.Missing("object:" + o.Domain.Info.SID.Append(estate.PrimaryController).String())
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
func obsoleteControllers(d *estate.Domain, o *rule.Outcome) {
	for _, a := range DomainControllers(o) {
		name, ok := d.Forest.Dir.Text(a.ID, "operatingSystem")
		version, _ := d.Forest.Dir.Text(a.ID, "operatingSystemVersion")
		end, known := supportOf(name, version)
		switch {
		case !ok:
			o.Missing("computer:operatingSystem")
		case !known:
			o.Missing("support:" + strings.TrimSpace(name+" "+version))
		case d.Forest.AsOf.After(end.AddDate(0, 0, 1)):
			o.Fail(a.ID, reasons.Because("os_obsolete", "system", name, "date", end))
		}
	}
}

// inconsistentControllers fails the controllers whose account, or whose registration in the sites, is not that of a controller
// in service.
func inconsistentControllers(d *estate.Domain, o *rule.Outcome) {
	const (
		writable = estate.UACServerTrust | estate.UACTrustedForDelegation
		readOnly = estate.UACPartialSecrets | estate.UACTrustedToAuthenticate | estate.UACWorkstation
	)
	hasConfiguration := o.NeedConfiguration()
	servers := Servers(d.Forest)
	for _, a := range DomainControllers(o) {
		wanted, group := uint32(writable), uint32(estate.PrimaryController)
		if a.ReadOnlyDC() {
			wanted, group = readOnly, estate.PrimaryReadOnly
		}
		switch {
		case a.Known&wanted != wanted:
			o.Missing(estate.ClassComputer + ":" + estate.AttrUserAccountControl)
		case a.Flags&wanted != wanted:
			o.Fail(a.ID, reasons.Because("dc_uac", "value", a.Flags, "wanted", wanted))
		}
		if a.PrimaryGroup != group {
			o.Fail(a.ID, reasons.Because("dc_primary_group", "rid", a.PrimaryGroup, "wanted", group))
		}
		if hasConfiguration {
			registration(d, o, a, servers[a.ID])
		}
	}
}

// Servers maps the account of each controller to its server objects in the sites (MS-ADTS 6.1.1.2.2.1.2.1).
func Servers(f *estate.Forest) map[model.ID][]model.ID {
	out := make(map[model.ID][]model.ID)
	for _, id := range f.OfClass("server") {
		for account := range f.Dir.Linked(id, "serverReference") {
			out[account] = append(out[account], id)
		}
	}
	return out
}

// registration checks the settings object below the server object of a controller: present, of the right kind, with the
// version of the controller on it.
func registration(d *estate.Domain, o *rule.Outcome, a *estate.Account, servers []model.ID) {
	dir := d.Forest.Dir
	if len(servers) == 0 {
		if !o.CoversSettings("server") {
			return
		}
		if known := d.Forest.OfClass("server"); len(known) > 0 && !dir.Collected(known[0], "serverReference") {
			o.Missing("server:serverReference")
			return
		}
		o.Fail(a.ID, reasons.Because("dc_no_server"))
		return
	}
	class := "nTDSDSA"
	if a.ReadOnlyDC() {
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
				o.Missing(class + ":msDS-Behavior-Version")
			default:
				o.Fail(a.ID, reasons.Because("dc_no_version", "settings", dir.DN(child)))
			}
			return
		}
	}
	o.Fail(a.ID, reasons.Because("dc_no_settings", "class", class, "server", dir.DN(servers[0])))
}

func inactiveControllers(d *estate.Domain, o *rule.Outcome) {
	days := o.Limit(1, "logon_days")
	for _, a := range DomainControllers(o) {
		last, code := a.LastLogon, "inactive"
		if last == 0 {
			last, code = a.Created, "never_logged_on"
		}
		switch {
		case last == 0:
			o.Missing("computer:lastLogonTimestamp")
		case d.Forest.Older(last, days):
			o.Fail(a.ID, reasons.Because(code, "days", d.Forest.AgeDays(last), "date", estate.Date(last), "limit", days))
		}
	}
}

// controllerCrypto fails the controllers by the Kerberos encryption types that they announce. Without the attribute a
// controller announces no AES, and RC4 remains the default (MS-KILE 3.1.1.5).
func controllerCrypto(d *estate.Domain, o *rule.Outcome) {
	for _, a := range DomainControllers(o) {
		types, ok := d.Forest.Dir.Int(a.ID, "msDS-SupportedEncryptionTypes")
		if !ok || types == 0 {
			o.Fail(a.ID, reasons.Because("dc_crypto_unset"), 3, 4)
			continue
		}
		var weak []string
		var levels []int
		add := func(bad bool, level int, word string) {
			if bad {
				weak, levels = append(weak, word), append(levels, level)
			}
		}
		add(types&accounts.EncDES != 0, 2, "crypto_des")
		add(types&accounts.EncAES == 0, 3, "crypto_no_aes")
		add(types&accounts.EncRC4 != 0, 4, "crypto_rc4")
		if len(levels) > 0 {
			o.Fail(a.ID, reasons.Because("dc_crypto", "weak", weak, "types", types), levels...)
		}
	}
}

// SortIDs sorts a copy of ids without repetition (docs/schema/directory-audit.schema.json, object).
func SortIDs(ids []model.ID) []model.ID {
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b model.ID) int { return cmp.Compare(a, b) })
	return slices.Compact(out)
}
