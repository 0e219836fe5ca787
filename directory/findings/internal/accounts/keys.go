package accounts

import (
	"hygie/directory/findings/rule"
	"hygie/directory/model"
)

// keys counts the values of msDS-KeyCredentialLink (MS-ADTS 2.2.20).
func keys(o *rule.Outcome, id model.ID) int {
	n := 0
	for range o.Dir.Values(id, "msDS-KeyCredentialLink") {
		n++
	}
	return n
}

// KeyedControllers lists the controllers that have a key to log on with (ANSSI, info_keycredentiallink_dc).
func KeyedControllers(o *rule.Outcome) {
	for a := range o.Accounts() {
		if n := keys(o, a.ID()); a.Controller() && n > 0 {
			o.Found(a.ID(), rule.Because("keys", "count", n))
		}
	}
}

// KeyedPrivileged lists the privileged accounts, controllers left out, that have a key to log on with (ANSSI, info_keycredentiallink_priv).
func KeyedPrivileged(o *rule.Outcome) {
	rule.RequireMembers(o)
	for _, m := range o.Privileged() {
		if a, ok := o.Account(m.ID); ok && !a.Controller() && keys(o, m.ID) > 0 {
			o.Found(m.ID, rule.Because("keys", "count", keys(o, m.ID)))
		}
	}
}

// KeyedSilo lists the accounts in an authentication silo that have a key to log on with (ANSSI, info_keycredentiallink_silo).
func KeyedSilo(o *rule.Outcome) {
	for a := range o.Accounts() {
		if o.Dir.Has(a.ID(), "msDS-AssignedAuthNPolicySilo") && keys(o, a.ID()) > 0 {
			o.Found(a.ID(), rule.Because("keys", "count", keys(o, a.ID())))
		}
	}
}
