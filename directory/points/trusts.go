package points

import "hygie/directory/model"

// Bits of trustDirection and trustAttributes, and a value of trustType (MS-ADTS 6.1.6.7.9, 6.1.6.7.12, 6.1.6.7.15).
const (
	trustInbound          = 0x1
	trustOutbound         = 0x2
	trustQuarantined      = 0x4
	trustForestTransitive = 0x8
	trustWithinForest     = 0x20
	trustTreatAsExternal  = 0x40
	trustTGTDelegation    = 0x800
	trustTypeMIT          = 3
)

func trustRecords() []record {
	const family = "trusts"
	attributes := []need{{"trustedDomain", "trustDirection"}, {"trustedDomain", "trustAttributes"}}
	return []record{
		{Point: Point{ID: "vuln_trusts_domain_notfiltered", Family: family, Levels: []int{1}}, needs: attributes,
			anybody: true, decide: func(d *domain, o *outcome) { d.trusts(o, "trust_unfiltered", unfilteredTrust) }},
		{Point: Point{ID: "vuln_trusts_forest_sidhistory", Family: family, Levels: []int{1}}, needs: attributes,
			anybody: true, decide: func(d *domain, o *outcome) { d.trusts(o, "trust_sidhistory", sidHistoryTrust) }},
		{Point: Point{ID: "vuln_trusts_accounts", Family: family, Levels: []int{2}, Limits: []Limit{{2, "age_days", 365}}},
			needs:   []need{{classUser, attrUserAccountControl}, {classUser, "pwdLastSet"}},
			anybody: true, decide: func(d *domain, o *outcome) {
				if len(d.ofClass("trustedDomain")) > 0 || !o.covers("trustedDomain") {
					o.covers(model.TrustAccounts)
				}
				d.passwordAges(o, o.limit(2, "age_days"), func(a *account) bool { return a.trustAccount() })
			}},
		{Point: Point{ID: "vuln_trusts_tgt_deleg", Family: family, Levels: []int{3}}, needs: attributes,
			anybody: true, decide: func(d *domain, o *outcome) { d.trusts(o, "trust_tgt_delegation", tgtDelegationTrust) }},
	}
}

// trust is what the rules ask of a trust relationship.
type trust struct{ direction, attributes, kind int64 }

// unfilteredTrust: this domain believes whatever SIDs the other one presents. A trust with a Kerberos realm that is not Windows
// carries none.
func unfilteredTrust(t trust) bool {
	return t.direction&trustOutbound != 0 && t.kind != trustTypeMIT &&
		t.attributes&(trustQuarantined|trustForestTransitive|trustWithinForest) == 0
}

// sidHistoryTrust: a forest trust whose filtering was relaxed to that of an external trust.
func sidHistoryTrust(t trust) bool {
	return t.direction&trustOutbound != 0 && t.attributes&trustForestTransitive != 0 && t.attributes&trustTreatAsExternal != 0
}

// tgtDelegationTrust: users of this domain leave their ticket to unconstrained services of the other one.
func tgtDelegationTrust(t trust) bool {
	return t.direction&trustInbound != 0 && t.attributes&trustTGTDelegation != 0
}

func (d *domain) trusts(o *outcome, code string, bad func(trust) bool) {
	dir := d.forest.dir
	for _, id := range d.ofClass("trustedDomain") {
		t := trust{}
		direction, known := dir.Int(id, "trustDirection")
		t.direction = direction
		t.attributes, _ = dir.Int(id, "trustAttributes")
		t.kind, _ = dir.Int(id, "trustType")
		if !known {
			o.missing("trustedDomain:trustDirection")
			continue
		}
		if bad(t) {
			o.fail(id, because(code, "partner", partner(dir, id)))
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
