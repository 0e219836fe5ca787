package accounts

import (
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// Passwords lists the points about passwords (ANSSI, vuln_password_*).
func Passwords() []rule.Record {
	const family = "passwords"
	server := []rule.Need{{Class: estate.ClassComputer, Attribute: "pwdLastSet"}, {Class: estate.ClassComputer, Attribute: estate.AttrUserAccountControl}}
	serverReads := []rule.Need{{Class: estate.ClassComputer, Attribute: "operatingSystem"}, {Class: estate.ClassComputer, Attribute: "whenCreated"}}
	managed := func(attribute string) []rule.Need {
		return []rule.Need{
			{Class: "msDS-ManagedServiceAccount", Attribute: attribute}, {Class: "msDS-GroupManagedServiceAccount", Attribute: attribute},
			{Class: "msDS-DelegatedManagedServiceAccount", Attribute: attribute},
		}
	}
	return []rule.Record{
		// The list does not say whether the share is of all accounts or of enabled ones; the flag only acts on enabled ones.
		{Point: rule.Point{ID: "vuln_dont_expire", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "share_percent", Value: 10}}},
			Needs: []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}}, Absence: true, Anybody: true, Decide: neverExpires},
		{Point: rule.Point{ID: "vuln_password_change_server_no_change_90", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "age_days", Value: 90}}},
			Needs: server, Reads: serverReads, Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) {
				PasswordAges(d, o, o.Limit(2, "age_days"), func(a *estate.Account) bool { return isServer(d, a) })
			}},
		{Point: rule.Point{ID: "vuln_password_change_cluster_no_change_3years", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "age_days", Value: 3 * 365}}},
			Needs:   []rule.Need{{Class: estate.ClassComputer, Attribute: "pwdLastSet"}, {Class: estate.ClassUser, Attribute: "pwdLastSet"}},
			Reads:   []rule.Need{{Class: estate.ClassComputer, Attribute: "servicePrincipalName"}, {Class: estate.ClassUser, Attribute: "servicePrincipalName"}},
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) {
				PasswordAges(d, o, o.Limit(2, "age_days"), func(a *estate.Account) bool { return isCluster(d, a) })
			}},
		{Point: rule.Point{ID: "vuln_password_change_msa_no_change_90", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "age_days", Value: 90}}},
			Needs:   append(managed("pwdLastSet"), managed(estate.AttrUserAccountControl)...),
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) {
				PasswordAges(d, o, o.Limit(2, "age_days"), func(a *estate.Account) bool { return a.Kind == estate.ManagedKind && a.Enabled() })
			}},
		{Point: rule.Point{ID: "vuln_password_change_server_no_change_45", Family: family, Levels: []int{3}, Limits: []rule.Limit{{Level: 3, Name: "age_days", Value: 45}}},
			Needs: server, Reads: serverReads, Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) {
				PasswordAges(d, o, o.Limit(3, "age_days"), func(a *estate.Account) bool { return isServer(d, a) })
			}},
		{Point: rule.Point{ID: "vuln_reversible_password_priv_uac", Family: family, Levels: []int{3}},
			Reads: []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}},
			Decide: func(d *estate.Domain, o *rule.Outcome) {
				privilegedFlag(d, o, estate.UACReversible, "privileged_reversible")
			}},
		{Point: rule.Point{ID: "vuln_reversible_password_priv_namingcontext", Family: family, Levels: []int{3}},
			Anybody: true, Decide: clearTextPolicy},
		{Point: rule.Point{ID: "vuln_smartcard_expire_passwords", Family: family, Levels: []int{4}}, Anybody: true, Decide: smartcardExpiry},
	}
}

func neverExpires(d *estate.Domain, o *rule.Outcome) {
	var enabled int64
	var found []*estate.Account
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if a.Kind != estate.PersonKind || !a.Enabled() || a.TrustAccount() {
			continue
		}
		enabled++
		if a.Has(estate.UACDontExpire) {
			found = append(found, a)
		}
	}
	share := o.Limit(2, "share_percent")
	if int64(len(found))*100 <= share*enabled {
		return
	}
	o.FailDomain(reasons.Because("never_expires_share", "count", len(found), "total", enabled, "percent", share))
	for _, a := range found {
		o.Fail(a.ID, reasons.Because("never_expires"))
	}
}

// PasswordAges fails the accounts of a selection whose password is older than a number of days (ANSSI, vuln_password_*).
func PasswordAges(d *estate.Domain, o *rule.Outcome, days int64, selected func(*estate.Account) bool) {
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if !selected(a) {
			continue
		}
		if passwordOlder(o, a, days) {
			o.Fail(a.ID, oldPassword(d.Forest, a, days))
		}
	}
}

// isCluster tells whether an account serves a failover cluster, by its service names: MSServerCluster, MSServerClusterMgmtAPI,
// MSClusterVirtualServer.
func isCluster(d *estate.Domain, a *estate.Account) bool {
	for v := range d.Forest.Dir.Values(a.ID, "servicePrincipalName") {
		class, _, _ := strings.Cut(strings.ToLower(string(v)), "/")
		if strings.HasPrefix(class, "msservercluster") || strings.HasPrefix(class, "mscluster") {
			return true
		}
	}
	return false
}

// passwordStoreClearText is DOMAIN_PASSWORD_STORE_CLEARTEXT of pwdProperties (MS-SAMR 2.2.1.12).
const passwordStoreClearText = 0x10

func clearTextPolicy(d *estate.Domain, o *rule.Outcome) {
	properties, ok := int64(0), false
	if d.Info.Root != model.None {
		properties, ok = d.Forest.Dir.Int(d.Info.Root, "pwdProperties")
	}
	switch {
	case !ok:
		o.Missing("domainDNS:pwdProperties")
	case properties&passwordStoreClearText != 0:
		o.FailDomain(reasons.Because("cleartext_policy"))
	}
}

// smartcardExpiry fails a domain that does not renew the secrets of the accounts that sign in by card. The attribute exists
// from functional level 2016 on: below, nothing renews them, whether or not it was read.
func smartcardExpiry(d *estate.Domain, o *rule.Outcome) {
	const attribute = "msDS-ExpirePasswordsOnSmartCardOnlyAccounts"
	switch {
	case d.Info.FunctionalLevel >= 0 && d.Info.FunctionalLevel < estate.Level2016:
		o.FailDomain(reasons.Because("smartcard_level", "level", estate.FunctionalName(d.Info.FunctionalLevel)))
	case d.Info.Root == model.None || !d.Forest.Dir.Collected(d.Info.Root, attribute):
		o.Missing("domainDNS:" + attribute)
	case !isTrue(d.Forest.Dir, d.Info.Root, attribute):
		o.FailDomain(reasons.Because("smartcard_unset"))
	}
}
