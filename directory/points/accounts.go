package points

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
)

func accountRecords() []record {
	const family = "accounts"
	flags := []need{{classUser, attrUserAccountControl}, {classComputer, attrUserAccountControl}}
	activity := slices.Concat(flags, []need{
		{classUser, "pwdLastSet"}, {classComputer, "pwdLastSet"},
		{classUser, "lastLogonTimestamp"}, {classComputer, "lastLogonTimestamp"},
		{classUser, "whenCreated"}, {classComputer, "whenCreated"},
	})
	primary := []need{{classUser, "primaryGroupID"}, {classComputer, "primaryGroupID"}}
	history := []need{{classUser, "sIDHistory"}, {classComputer, "sIDHistory"}, {"group", "sIDHistory"}}
	return []record{
		{Point: Point{ID: "vuln_user_accounts_dormant", Family: family, Levels: []int{1}, Limits: []Limit{
			{1, "password_days", 3 * 365}, {1, "logon_days", 365}, {1, "share_percent", 25}}}, needs: activity, absence: true, anybody: true, decide: (*domain).dormant},
		{Point: Point{ID: "vuln_primary_group_id_1000", Family: family, Levels: []int{1}, Limits: []Limit{{1, "rid", 1000}}},
			needs: flags, reads: primary, decide: func(d *domain, o *outcome) { d.primaryGroups(o, o.limit(1, "rid")) }},
		{Point: Point{ID: "vuln_guest", Family: family, Levels: []int{2}}, needs: flags[:1], decide: (*domain).guest},
		{Point: Point{ID: "vuln_sidhistory_dangerous", Family: family, Levels: []int{2}}, reads: history,
			anybody: true, decide: func(d *domain, o *outcome) { d.sidHistory(o, true) }},
		{Point: Point{ID: "vuln_sidhistory_present", Family: family, Levels: []int{3}}, reads: history,
			anybody: true, decide: func(d *domain, o *outcome) { d.sidHistory(o, false) }},
		{Point: Point{ID: "vuln_primary_group_id_nochange", Family: family, Levels: []int{3}},
			needs: flags, reads: primary, decide: func(d *domain, o *outcome) { d.primaryGroups(o, 0) }},
		{Point: Point{ID: "vuln_password_change_inactive_servers", Family: family, Levels: []int{3}, Limits: []Limit{{3, "logon_days", 90}}},
			needs:   []need{{classComputer, "lastLogonTimestamp"}, flags[1]},
			reads:   []need{{classComputer, "operatingSystem"}, {classComputer, "whenCreated"}},
			anybody: true, decide: (*domain).inactiveServers},
		{Point: Point{ID: "vuln_user_accounts_machineaccountquota", Family: family, Levels: []int{4}, Limits: []Limit{{4, "machines", 0}}},
			anybody: true, decide: (*domain).machineQuota},
	}
}

// dormant fails the domain when too many enabled accounts sleep: an old password, and no recent logon, or none at all on an
// account old enough to have had one.
func (d *domain) dormant(o *outcome) {
	password, logon := o.limit(1, "password_days"), o.limit(1, "logon_days")
	var enabled int64
	var asleep []*account
	for i := range d.accounts {
		a := &d.accounts[i]
		if !a.enabled() || a.trustAccount() {
			continue
		}
		enabled++
		last := a.lastLogon
		if last == 0 {
			last = a.created
		}
		if last > 0 && d.forest.passwordOlder(a, password) && d.forest.older(last, logon) {
			asleep = append(asleep, a)
		}
	}
	share := o.limit(1, "share_percent")
	if count := int64(len(asleep)); count*100 <= share*enabled {
		return
	}
	o.failDomain(because("dormant_share", "count", len(asleep), "total", enabled, "percent", share))
	for _, a := range asleep {
		o.fail(a.id, because("dormant", "password", date(a.passwordSet), "logon", date(a.lastLogon), "created", date(a.created)))
	}
}

// primaryGroups fails the accounts whose primary group is not that of their kind; below a relative identifier when one is given.
func (d *domain) primaryGroups(o *outcome, below int64) {
	for i := range d.accounts {
		a := &d.accounts[i]
		if a.primaryGroup == 0 || slices.Contains(a.usualPrimaryGroups(), a.primaryGroup) ||
			(below > 0 && int64(a.primaryGroup) >= below) {
			continue
		}
		group := d.info.SID.Append(a.primaryGroup)
		name := group.String()
		if id, ok := d.groups[group]; ok {
			name = d.forest.accountName(id)
		}
		o.fail(a.id, because("primary_group", "rid", a.primaryGroup, "group", name, "state", a.state()))
	}
}

// usualPrimaryGroups gives the primary groups that Windows itself sets (MS-SAMR 3.1.1.8.1), by the flags of the account.
func (a *account) usualPrimaryGroups() []uint32 {
	switch {
	case a.kind == personKind:
		return []uint32{sid.RIDDomainUsers, sid.RIDDomainGuests}
	case a.has(uacPartialSecrets), a.known&uacPartialSecrets == 0 && a.primaryGroup == ridPrimaryReadOnly:
		return []uint32{sid.RIDReadOnlyDCs}
	case a.has(uacServerTrust), a.known&uacServerTrust == 0 && a.primaryGroup == ridPrimaryController:
		return []uint32{sid.RIDDomainControllers}
	}
	return []uint32{sid.RIDDomainComputers}
}

func (d *domain) guest(o *outcome) {
	s := d.info.SID.Append(sid.RIDGuest)
	id, ok := d.forest.dir.BySID(s)
	if !ok {
		o.missing("object:" + s.String())
		return
	}
	switch a := d.forest.accountOf(id); {
	case a == nil:
	case a.known&uacDisabled == 0:
		o.missing(classUser + ":" + attrUserAccountControl)
	case a.enabled():
		o.fail(id, because("guest_enabled"))
	}
}

// sidHistory fails the accounts and groups with a SID history; with dangerous, when it holds the identity of a privileged or
// reserved principal.
func (d *domain) sidHistory(o *outcome, dangerous bool) {
	dir := d.forest.dir
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
			o.fail(id, because("sidhistory_privileged", "sids", shown))
		default:
			o.fail(id, because("sidhistory", "sids", shown))
		}
	}
	for i := range d.accounts {
		check(d.accounts[i].id)
	}
	for _, id := range d.ofClass("group") {
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

// server tells whether a computer runs a server edition of Windows, domain controllers left out: "Server" stands in the
// name of the system in every language.
func (d *domain) server(a *account) bool {
	if a.kind != computerKind || a.controller() || !a.enabled() {
		return false
	}
	system, _ := d.forest.dir.Text(a.id, "operatingSystem")
	return strings.Contains(strings.ToLower(system), "server")
}

func (d *domain) inactiveServers(o *outcome) {
	days := o.limit(3, "logon_days")
	for i := range d.accounts {
		a := &d.accounts[i]
		if !d.server(a) {
			continue
		}
		switch {
		case a.lastLogon > 0 && d.forest.older(a.lastLogon, days):
			o.fail(a.id, because("inactive", "days", d.forest.ageDays(a.lastLogon), "date", date(a.lastLogon), "limit", days))
		case a.lastLogon == 0 && a.created == 0:
			o.missing("computer:whenCreated")
		case a.lastLogon == 0 && d.forest.older(a.created, days):
			o.fail(a.id, because("never_logged_on", "date", date(a.created), "limit", days))
		}
	}
}

func (d *domain) machineQuota(o *outcome) {
	const attribute = "ms-DS-MachineAccountQuota"
	quota, ok := int64(0), false
	if d.info.Root != model.None {
		quota, ok = d.forest.dir.Int(d.info.Root, attribute)
	}
	switch {
	case !ok:
		o.missing("domainDNS:" + attribute)
	case quota > o.limit(4, "machines"):
		o.failDomain(because("machine_quota", "count", quota))
	}
}
