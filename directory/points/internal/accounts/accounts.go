// Package accounts holds the points about who there is and how they sign in: accounts, privileged ones, passwords, Kerberos, delegation, groups.
package accounts

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// Accounts lists the points about accounts (ANSSI, vuln_user_accounts_*).
func Accounts() []rule.Record {
	const family = "accounts"
	flags := []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}, {Class: estate.ClassComputer, Attribute: estate.AttrUserAccountControl}}
	activity := slices.Concat(flags, []rule.Need{
		{Class: estate.ClassUser, Attribute: "pwdLastSet"}, {Class: estate.ClassComputer, Attribute: "pwdLastSet"},
		{Class: estate.ClassUser, Attribute: "lastLogonTimestamp"}, {Class: estate.ClassComputer, Attribute: "lastLogonTimestamp"},
		{Class: estate.ClassUser, Attribute: "whenCreated"}, {Class: estate.ClassComputer, Attribute: "whenCreated"},
	})
	primary := []rule.Need{{Class: estate.ClassUser, Attribute: "primaryGroupID"}, {Class: estate.ClassComputer, Attribute: "primaryGroupID"}}
	history := []rule.Need{{Class: estate.ClassUser, Attribute: "sIDHistory"}, {Class: estate.ClassComputer, Attribute: "sIDHistory"}, {Class: "group", Attribute: "sIDHistory"}}
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_user_accounts_dormant", Family: family, Levels: []int{1}, Limits: []rule.Limit{
			{Level: 1, Name: "password_days", Value: 3 * 365}, {Level: 1, Name: "logon_days", Value: 365}, {Level: 1, Name: "share_percent", Value: 25}}},
			Needs: activity, Absence: true, Anybody: true, Decide: dormant},
		{Point: rule.Point{ID: "vuln_primary_group_id_1000", Family: family, Levels: []int{1}, Limits: []rule.Limit{{Level: 1, Name: "rid", Value: 1000}}},
			Needs: flags, Reads: primary, Decide: func(d *estate.Domain, o *rule.Outcome) { primaryGroups(d, o, o.Limit(1, "rid")) }},
		{Point: rule.Point{ID: "vuln_guest", Family: family, Levels: []int{2}}, Needs: flags[:1], Decide: guest},
		{Point: rule.Point{ID: "vuln_sidhistory_dangerous", Family: family, Levels: []int{2}}, Reads: history,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { sidHistory(d, o, true) }},
		{Point: rule.Point{ID: "vuln_sidhistory_present", Family: family, Levels: []int{3}}, Reads: history,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { sidHistory(d, o, false) }},
		{Point: rule.Point{ID: "vuln_primary_group_id_nochange", Family: family, Levels: []int{3}},
			Needs: flags, Reads: primary, Decide: func(d *estate.Domain, o *rule.Outcome) { primaryGroups(d, o, 0) }},
		{Point: rule.Point{ID: "vuln_password_change_inactive_servers", Family: family, Levels: []int{3}, Limits: []rule.Limit{{Level: 3, Name: "logon_days", Value: 90}}},
			Needs:   []rule.Need{{Class: estate.ClassComputer, Attribute: "lastLogonTimestamp"}, flags[1]},
			Reads:   []rule.Need{{Class: estate.ClassComputer, Attribute: "operatingSystem"}, {Class: estate.ClassComputer, Attribute: "whenCreated"}},
			Anybody: true, Decide: inactiveServers},
		{Point: rule.Point{ID: "vuln_user_accounts_machineaccountquota", Family: family, Levels: []int{4}, Limits: []rule.Limit{{Level: 4, Name: "machines", Value: 0}}},
			Anybody: true, Decide: machineQuota},
	}
}

// dormant fails the domain when too many enabled accounts sleep: an old password, and no recent logon, or none at all on an
// account old enough to have had one.
func dormant(d *estate.Domain, o *rule.Outcome) {
	password, logon := o.Limit(1, "password_days"), o.Limit(1, "logon_days")
	var enabled int64
	var asleep []*estate.Account
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if !a.Enabled() || a.TrustAccount() {
			continue
		}
		enabled++
		last := a.LastLogon
		if last == 0 {
			last = a.Created
		}
		if last > 0 && PasswordOlder(d.Forest, a, password) && d.Forest.Older(last, logon) {
			asleep = append(asleep, a)
		}
	}
	share := o.Limit(1, "share_percent")
	if count := int64(len(asleep)); count*100 <= share*enabled {
		return
	}
	o.FailDomain(reasons.Because("dormant_share", "count", len(asleep), "total", enabled, "percent", share))
	for _, a := range asleep {
		o.Fail(a.ID, reasons.Because("dormant", "password", estate.Date(a.PasswordSet), "logon", estate.Date(a.LastLogon), "created", estate.Date(a.Created)))
	}
}

// primaryGroups fails the accounts whose primary group is not that of their kind; below a relative identifier when one is given.
func primaryGroups(d *estate.Domain, o *rule.Outcome, below int64) {
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if a.PrimaryGroup == 0 || slices.Contains(usualPrimaryGroups(a), a.PrimaryGroup) ||
			(below > 0 && int64(a.PrimaryGroup) >= below) {
			continue
		}
		group := d.Info.SID.Append(a.PrimaryGroup)
		name := group.String()
		if id, ok := d.Groups[group]; ok {
			name = d.Forest.AccountName(id)
		}
		o.Fail(a.ID, reasons.Because("primary_group", "rid", a.PrimaryGroup, "group", name, "state", state(a)))
	}
}

// usualPrimaryGroups gives the primary groups that Windows itself sets (MS-SAMR 3.1.1.8.1), by the flags of the account.
func usualPrimaryGroups(a *estate.Account) []uint32 {
	switch {
	case a.Kind == estate.PersonKind:
		return []uint32{sid.RIDDomainUsers, sid.RIDDomainGuests}
	case a.Has(estate.UACPartialSecrets), a.Known&estate.UACPartialSecrets == 0 && a.PrimaryGroup == estate.PrimaryReadOnly:
		return []uint32{sid.RIDReadOnlyDCs}
	case a.Has(estate.UACServerTrust), a.Known&estate.UACServerTrust == 0 && a.PrimaryGroup == estate.PrimaryController:
		return []uint32{sid.RIDDomainControllers}
	}
	return []uint32{sid.RIDDomainComputers}
}

func guest(d *estate.Domain, o *rule.Outcome) {
	s := d.Info.SID.Append(sid.RIDGuest)
	id, ok := d.Forest.Dir.BySID(s)
	if !ok {
		o.Missing("object:" + s.String())
		return
	}
	switch a := d.Forest.AccountOf(id); {
	case a == nil:
	case a.Known&estate.UACDisabled == 0:
		o.Missing(estate.ClassUser + ":" + estate.AttrUserAccountControl)
	case a.Enabled():
		o.Fail(id, reasons.Because("guest_enabled"))
	}
}

// sidHistory fails the accounts and groups with a SID history; with dangerous, when it holds the identity of a privileged or
// reserved principal.
func sidHistory(d *estate.Domain, o *rule.Outcome, dangerous bool) {
	dir := d.Forest.Dir
	check := func(id model.ID) {
		var shown []string
		for v := range dir.Values(id, "sIDHistory") {
			s, err := sid.FromBytes(v)
			if err == nil && (!dangerous || reservedSID(s)) {
				shown = append(shown, s.String())
			}
		}
		switch {
		case len(shown) == 0:
		case dangerous:
			o.Fail(id, reasons.Because("sidhistory_privileged", "sids", shown))
		default:
			o.Fail(id, reasons.Because("sidhistory", "sids", shown))
		}
	}
	for i := range d.Accounts {
		check(d.Accounts[i].ID)
	}
	for _, id := range d.OfClass("group") {
		check(id)
	}
}

// reservedSID tells whether a SID is that of the system, of a built-in group with power, or of a privileged principal of
// whatever domain.
func reservedSID(s sid.SID) bool {
	rid, ok := s.RID()
	switch {
	case !ok:
		return false
	case s.IsBuiltin():
		return rid == sid.RIDBuiltinAdministrators || (rid >= sid.RIDBuiltinAccountOperators && rid <= sid.RIDBuiltinReplicators)
	case s.IsAccount():
		switch rid {
		case sid.RIDAdministrator, sid.RIDKrbtgt, sid.RIDDomainAdmins, sid.RIDDomainControllers, sid.RIDSchemaAdmins,
			sid.RIDEnterpriseAdmins, sid.RIDReadOnlyDCs:
			return true
		}
		return false
	}
	return s == sid.LocalSystem || s == sid.LocalService || s == sid.NetworkService
}

// isServer tells whether a computer runs a server edition of Windows, domain controllers left out: "Server" stands in the
// name of the system in every language.
func isServer(d *estate.Domain, a *estate.Account) bool {
	if a.Kind != estate.ComputerKind || a.Controller() || !a.Enabled() {
		return false
	}
	system, _ := d.Forest.Dir.Text(a.ID, "operatingSystem")
	return strings.Contains(strings.ToLower(system), "server")
}

func inactiveServers(d *estate.Domain, o *rule.Outcome) {
	days := o.Limit(3, "logon_days")
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if !isServer(d, a) {
			continue
		}
		switch {
		case a.LastLogon > 0 && d.Forest.Older(a.LastLogon, days):
			o.Fail(a.ID, reasons.Because("inactive", "days", d.Forest.AgeDays(a.LastLogon), "date", estate.Date(a.LastLogon), "limit", days))
		case a.LastLogon == 0 && a.Created == 0:
			o.Missing("computer:whenCreated")
		case a.LastLogon == 0 && d.Forest.Older(a.Created, days):
			o.Fail(a.ID, reasons.Because("never_logged_on", "date", estate.Date(a.Created), "limit", days))
		}
	}
}

func machineQuota(d *estate.Domain, o *rule.Outcome) {
	const attribute = "ms-DS-MachineAccountQuota"
	quota, ok := int64(0), false
	if d.Info.Root != model.None {
		quota, ok = d.Forest.Dir.Int(d.Info.Root, attribute)
	}
	switch {
	case !ok:
		o.Missing("domainDNS:" + attribute)
	case quota > o.Limit(4, "machines"):
		o.FailDomain(reasons.Because("machine_quota", "count", quota))
	}
}
