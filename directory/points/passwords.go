package points

import (
	"strings"

	"hygie/directory/model"
)

func passwordRecords() []record {
	const family = "passwords"
	server := []need{{classComputer, "pwdLastSet"}, {classComputer, attrUserAccountControl}}
	serverReads := []need{{classComputer, "operatingSystem"}, {classComputer, "whenCreated"}}
	managed := func(attribute string) []need {
		return []need{
			{"msDS-ManagedServiceAccount", attribute}, {"msDS-GroupManagedServiceAccount", attribute},
			{"msDS-DelegatedManagedServiceAccount", attribute},
		}
	}
	return []record{
		// The list does not say whether the share is of all accounts or of enabled ones; the flag only acts on enabled ones.
		{Point: Point{ID: "vuln_dont_expire", Family: family, Levels: []int{2}, Limits: []Limit{{2, "share_percent", 10}}},
			needs: []need{{classUser, attrUserAccountControl}}, absence: true, anybody: true, decide: (*domain).neverExpires},
		{Point: Point{ID: "vuln_password_change_server_no_change_90", Family: family, Levels: []int{2}, Limits: []Limit{{2, "age_days", 90}}},
			needs: server, reads: serverReads, anybody: true, decide: func(d *domain, o *outcome) { d.passwordAges(o, o.limit(2, "age_days"), d.server) }},
		{Point: Point{ID: "vuln_password_change_cluster_no_change_3years", Family: family, Levels: []int{2}, Limits: []Limit{{2, "age_days", 3 * 365}}},
			needs:   []need{{classComputer, "pwdLastSet"}, {classUser, "pwdLastSet"}},
			reads:   []need{{classComputer, "servicePrincipalName"}, {classUser, "servicePrincipalName"}},
			anybody: true, decide: func(d *domain, o *outcome) { d.passwordAges(o, o.limit(2, "age_days"), d.cluster) }},
		{Point: Point{ID: "vuln_password_change_msa_no_change_90", Family: family, Levels: []int{2}, Limits: []Limit{{2, "age_days", 90}}},
			needs:   append(managed("pwdLastSet"), managed(attrUserAccountControl)...),
			anybody: true, decide: func(d *domain, o *outcome) {
				d.passwordAges(o, o.limit(2, "age_days"), func(a *account) bool { return a.kind == managedKind && a.enabled() })
			}},
		{Point: Point{ID: "vuln_password_change_server_no_change_45", Family: family, Levels: []int{3}, Limits: []Limit{{3, "age_days", 45}}},
			needs: server, reads: serverReads, anybody: true, decide: func(d *domain, o *outcome) { d.passwordAges(o, o.limit(3, "age_days"), d.server) }},
		{Point: Point{ID: "vuln_reversible_password_priv_uac", Family: family, Levels: []int{3}},
			reads:  []need{{classUser, attrUserAccountControl}},
			decide: func(d *domain, o *outcome) { d.privilegedFlag(o, uacReversible, "privileged_reversible") }},
		{Point: Point{ID: "vuln_reversible_password_priv_namingcontext", Family: family, Levels: []int{3}},
			anybody: true, decide: (*domain).clearTextPolicy},
		{Point: Point{ID: "vuln_smartcard_expire_passwords", Family: family, Levels: []int{4}}, anybody: true, decide: (*domain).smartcardExpiry},
	}
}

func (d *domain) neverExpires(o *outcome) {
	var enabled int64
	var found []*account
	for i := range d.accounts {
		a := &d.accounts[i]
		if a.kind != personKind || !a.enabled() || a.trustAccount() {
			continue
		}
		enabled++
		if a.has(uacDontExpire) {
			found = append(found, a)
		}
	}
	share := o.limit(2, "share_percent")
	if int64(len(found))*100 <= share*enabled {
		return
	}
	o.failDomain(because("never_expires_share", "count", len(found), "total", enabled, "percent", share))
	for _, a := range found {
		o.fail(a.id, because("never_expires"))
	}
}

// passwordAges fails the accounts of a selection whose password is older than a number of days.
func (d *domain) passwordAges(o *outcome, days int64, selected func(*account) bool) {
	for i := range d.accounts {
		a := &d.accounts[i]
		if !selected(a) {
			continue
		}
		if o.passwordOlder(a, days) {
			o.fail(a.id, d.forest.oldPassword(a, days))
		}
	}
}

// cluster tells whether an account serves a failover cluster, by its service names: MSServerCluster, MSServerClusterMgmtAPI,
// MSClusterVirtualServer.
func (d *domain) cluster(a *account) bool {
	for v := range d.forest.dir.Values(a.id, "servicePrincipalName") {
		class, _, _ := strings.Cut(strings.ToLower(string(v)), "/")
		if strings.HasPrefix(class, "msservercluster") || strings.HasPrefix(class, "mscluster") {
			return true
		}
	}
	return false
}

// passwordStoreClearText is DOMAIN_PASSWORD_STORE_CLEARTEXT of pwdProperties (MS-SAMR 2.2.1.12).
const passwordStoreClearText = 0x10

func (d *domain) clearTextPolicy(o *outcome) {
	properties, ok := int64(0), false
	if d.info.Root != model.None {
		properties, ok = d.forest.dir.Int(d.info.Root, "pwdProperties")
	}
	switch {
	case !ok:
		o.missing("domainDNS:pwdProperties")
	case properties&passwordStoreClearText != 0:
		o.failDomain(because("cleartext_policy"))
	}
}

// smartcardExpiry fails a domain that does not renew the secrets of the accounts that sign in by card. The attribute exists
// from functional level 2016 on: below, nothing renews them, whether or not it was read.
func (d *domain) smartcardExpiry(o *outcome) {
	const attribute = "msDS-ExpirePasswordsOnSmartCardOnlyAccounts"
	switch {
	case d.info.FunctionalLevel >= 0 && d.info.FunctionalLevel < level2016:
		o.failDomain(because("smartcard_level", "level", functionalName(d.info.FunctionalLevel)))
	case d.info.Root == model.None || !d.forest.dir.Collected(d.info.Root, attribute):
		o.missing("domainDNS:" + attribute)
	case !isTrue(d.forest.dir, d.info.Root, attribute):
		o.failDomain(because("smartcard_unset"))
	}
}
