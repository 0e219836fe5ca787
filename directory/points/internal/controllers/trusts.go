package controllers

import (
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// Bits of trustDirection and trustAttributes, and a value of trustType (MS-ADTS 6.1.6.7.9, 6.1.6.7.12, 6.1.6.7.15).
const (
	trustInbound          = 0x1
	trustOutbound         = 0x2
	trustQuarantined      = 0x4
	trustForestTransitive = 0x8
	trustTreatAsExternal  = 0x40
	trustTGTDelegation    = 0x800
	trustTypeMIT          = 3
)

// Trusts lists the points about trusts (ANSSI, vuln_trusts_*).
func Trusts() []rule.Record {
	const family = "trusts"
	attributes := []rule.Need{{Class: "trustedDomain", Attribute: "trustDirection"}, {Class: "trustedDomain", Attribute: "trustAttributes"}}
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_trusts_domain_notfiltered", Family: family, Levels: []int{1}}, Needs: attributes,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { trusts(d, o, "trust_unfiltered", unfilteredTrust) }},
		{Point: rule.Point{ID: "vuln_trusts_forest_sidhistory", Family: family, Levels: []int{1}}, Needs: attributes,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { trusts(d, o, "trust_sidhistory", sidHistoryTrust) }},
		{Point: rule.Point{ID: "vuln_trusts_accounts", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "age_days", Value: 365}}},
			Needs:   []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}, {Class: estate.ClassUser, Attribute: "pwdLastSet"}},
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) {
				if len(d.OfClass("trustedDomain")) > 0 || !o.Covers("trustedDomain") {
					o.Covers(entry.TrustAccounts)
				}
				accounts.PasswordAges(d, o, o.Limit(2, "age_days"), func(a *estate.Account) bool { return a.TrustAccount() })
			}},
		{Point: rule.Point{ID: "vuln_trusts_tgt_deleg", Family: family, Levels: []int{3}}, Needs: attributes,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { trusts(d, o, "trust_tgt_delegation", tgtDelegationTrust) }},
	}
}

// trust is what the rules ask of a trust relationship.
type trust struct{ direction, attributes, kind int64 }

// unfilteredTrust: this domain believes whatever SIDs the other one presents. A trust with a Kerberos realm that is not Windows
// carries none.
func unfilteredTrust(t trust) bool {
	return t.direction&trustOutbound != 0 && t.kind != trustTypeMIT &&
		t.attributes&(trustQuarantined|trustForestTransitive|estate.TrustWithinForest) == 0
}

// sidHistoryTrust: a forest trust whose filtering was relaxed to that of an external trust.
func sidHistoryTrust(t trust) bool {
	return t.direction&trustOutbound != 0 && t.attributes&trustForestTransitive != 0 && t.attributes&trustTreatAsExternal != 0
}

// tgtDelegationTrust: users of this domain leave their ticket to unconstrained services of the other one.
func tgtDelegationTrust(t trust) bool {
	return t.direction&trustInbound != 0 && t.attributes&trustTGTDelegation != 0
}

func trusts(d *estate.Domain, o *rule.Outcome, code string, bad func(trust) bool) {
	dir := d.Forest.Dir
	for _, id := range d.OfClass("trustedDomain") {
		t := trust{}
		direction, known := dir.Int(id, "trustDirection")
		t.direction = direction
		t.attributes, _ = dir.Int(id, "trustAttributes")
		t.kind, _ = dir.Int(id, "trustType")
		if !known {
			o.Missing("trustedDomain:trustDirection")
			continue
		}
		if bad(t) {
			o.Fail(id, reasons.Because(code, "partner", partner(dir, id)))
		}
	}
}

// partner names the other side of a trust.
func partner(dir *model.Directory, id model.ID) string {
	if name, ok := dir.Text(id, "trustPartner"); ok {
		return name
	}
	return dir.Name(id)
}
