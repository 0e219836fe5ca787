// Package ties finds what a domain has in common with others: trusts, members and identifiers from elsewhere, privileged accounts.
package ties

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/sid"
)

// Ties are what a domain has in common with others, as far as its own directory tells: whom it trusts, who of elsewhere is in its groups, which
// accounts came from elsewhere, and the names of its privileged accounts (docs/schema/directory-audit.schema.json, ties). Reports of several domains
// are laid side by side with it.
type Ties struct {
	Trusts          []Trust         `json:"trusts"`
	ForeignMembers  []ForeignMember `json:"foreign_members"` // the first ones of ForeignCount
	ForeignCount    int             `json:"foreign_count"`
	SIDHistory      []PastSID       `json:"sid_history"` // the first ones of HistoryCount
	HistoryCount    int             `json:"history_count"`
	Privileged      []Privileged    `json:"privileged"` // controllers left out; the first ones of PrivilegedCount
	PrivilegedCount int             `json:"privileged_count"`
	Missing         []string        `json:"missing"` // what was lacking, as in Point.Missing
}

// Trust is a trust of the domain with another (MS-ADTS 6.1.6.7).
type Trust struct {
	Partner   string `json:"partner"` // DNS name, or the name of a realm
	SID       string `json:"sid,omitempty"`
	Direction string `json:"direction"` // inbound: the partner believes this domain; outbound: this domain believes the partner; both; disabled
	Kind      string `json:"kind"`      // within_forest, forest, external, realm
	// Filtered tells that SIDs of other domains are filtered from the partner's tokens; it says something for outbound trusts outside of the forest.
	Filtered bool `json:"sid_filtering"`
	// Selective tells that the partner's accounts may only authenticate where they are allowed to.
	Selective bool `json:"selective_authentication"`
	// Delegates tells that tickets of the partner's accounts may be handed to servers here.
	Delegates bool `json:"tgt_delegation"`
}

// ForeignMember is a member of a group that belongs to another domain (docs/schema/directory-audit.schema.json, foreignMember).
type ForeignMember struct {
	Group      string `json:"group"` // distinguished name
	GroupSID   string `json:"group_sid,omitempty"`
	Privileged bool   `json:"group_is_privileged"`
	MemberSID  string `json:"member_sid"`
	Member     string `json:"member,omitempty"` // distinguished name, when this audit read that domain too
}

// PastSID is an identifier that an account of the domain keeps from elsewhere (sIDHistory, MS-ADA3).
type PastSID struct {
	DN   string `json:"dn"`
	SID  string `json:"sid,omitempty"`
	Past string `json:"past_sid"`
}

// Privileged is an account with privileges by a group (docs/schema/directory-audit.schema.json, privileged).
type Privileged struct {
	Name        string     `json:"name"` // sAMAccountName
	DN          string     `json:"dn"`
	SID         string     `json:"sid,omitempty"`
	Via         string     `json:"via"` // name of the privileged group; empty for the account 500
	Enabled     bool       `json:"enabled"`
	PasswordSet *time.Time `json:"password_set,omitempty"`
}

// mostTies bounds each list of ties.
const mostTies = 2000

// Of gives the ties of a domain whose objects were collected (docs/schema/directory-audit.schema.json, ties).
func Of(v points.View) *Ties {
	t := &Ties{Trusts: []Trust{}, ForeignMembers: []ForeignMember{}, SIDHistory: []PastSID{}, Privileged: []Privileged{}, Missing: []string{}}
	need := func(class, attribute string) {
		if !v.Collects(class, attribute) {
			t.Missing = append(t.Missing, class+":"+attribute)
		}
	}
	need("group", "member")
	need("user", "sIDHistory")
	if !v.Covers("trustedDomain") {
		t.Missing = append(t.Missing, "objects:trustedDomain")
	}
	dir := v.Directory()
	for _, id := range v.OfClass("trustedDomain") {
		t.Trusts = append(t.Trusts, trustOf(dir, id))
	}
	slices.SortFunc(t.Trusts, func(a, b Trust) int { return cmp.Compare(a.Partner, b.Partner) })
	t.foreign(v)
	t.past(v)
	t.privileged(v)
	return t
}

// Bits of trustAttributes (MS-ADTS 6.1.6.7.9) and of trustDirection (6.1.6.7.12).
const (
	trustQuarantined     = 0x4
	trustForest          = 0x8
	trustCrossOrg        = 0x10
	trustWithinForest    = 0x20
	trustTreatAsExternal = 0x40
	trustNoTGTDelegation = 0x200
	trustTGTDelegation   = 0x800

	trustInbound  = 1
	trustOutbound = 2

	trustTypeRealm = 3 // trustType (6.1.6.7.15)
)

func trustOf(dir *model.Directory, id model.ID) Trust {
	t := Trust{Kind: "external", Direction: "disabled"}
	t.Partner, _ = dir.Text(id, "trustPartner")
	t.Partner = cmp.Or(t.Partner, dir.Name(id))
	if v, ok := dir.Value(id, "securityIdentifier"); ok {
		if s, err := sid.FromBytes(v); err == nil {
			t.SID = s.String()
		}
	}
	attributes, _ := dir.Int(id, "trustAttributes")
	direction, _ := dir.Int(id, "trustDirection")
	kind, _ := dir.Int(id, "trustType")
	switch direction & (trustInbound | trustOutbound) {
	case trustInbound:
		t.Direction = "inbound"
	case trustOutbound:
		t.Direction = "outbound"
	case trustInbound | trustOutbound:
		t.Direction = "both"
	}
	switch {
	case kind == trustTypeRealm:
		t.Kind = "realm"
	case attributes&trustWithinForest != 0:
		t.Kind = "within_forest"
	case attributes&trustForest != 0:
		t.Kind = "forest"
	}
	t.Filtered = attributes&trustQuarantined != 0 || t.Kind == "forest" && attributes&trustTreatAsExternal == 0
	t.Selective = attributes&trustCrossOrg != 0
	t.Delegates = t.Kind == "within_forest" || t.Kind == "forest" && attributes&trustTGTDelegation != 0 && attributes&trustNoTGTDelegation == 0
	return t
}

// foreign fills the members of groups that belong to other domains. Well-known principals belong to none.
func (t *Ties) foreign(v points.View) {
	dir, own := v.Directory(), v.Domain().SID
	privileged := v.PrivilegedGroups()
	for _, group := range v.OfClass("group") {
		for member := range dir.Members(group) {
			s := dir.SID(member)
			if dir.Is(member, "foreignSecurityPrincipal") && s.IsZero() {
				s, _ = sid.Parse(dir.Name(member))
			}
			if !s.IsAccount() || own.IsZero() || s.InDomain(own) {
				continue
			}
			if t.ForeignCount++; t.ForeignCount > mostTies {
				continue
			}
			m := ForeignMember{Group: dir.DN(group), GroupSID: dir.SID(group).String(), Privileged: slices.Contains(privileged, group) || v.IsPrivileged(group), MemberSID: s.String()}
			if !dir.Is(member, "foreignSecurityPrincipal") {
				m.Member = dir.DN(member)
			}
			t.ForeignMembers = append(t.ForeignMembers, m)
		}
	}
}

// past fills the identifiers that accounts and groups keep from elsewhere.
func (t *Ties) past(v points.View) {
	dir := v.Directory()
	for _, class := range []string{"user", "group"} {
		for _, id := range v.OfClass(class) {
			for value := range dir.Values(id, "sIDHistory") {
				s, err := sid.FromBytes(value)
				if err != nil {
					continue
				}
				if t.HistoryCount++; t.HistoryCount <= mostTies {
					t.SIDHistory = append(t.SIDHistory, PastSID{DN: dir.DN(id), SID: dir.SID(id).String(), Past: s.String()})
				}
			}
		}
	}
}

// privileged fills the privileged accounts of the domain, by name.
func (t *Ties) privileged(v points.View) {
	dir := v.Directory()
	for _, m := range v.Privileged() {
		a, ok := v.Account(m.ID)
		if !ok || a.Controller() || !v.Contains(m.ID) {
			continue
		}
		p := Privileged{DN: dir.DN(m.ID), SID: dir.SID(m.ID).String(), Via: m.Via, Enabled: a.Enabled()}
		p.Name, _ = dir.Text(m.ID, "sAMAccountName")
		if when := a.PasswordSet(); !when.IsZero() {
			when = when.UTC().Truncate(time.Second)
			p.PasswordSet = &when
		}
		t.Privileged = append(t.Privileged, p)
	}
	t.PrivilegedCount = len(t.Privileged)
	slices.SortFunc(t.Privileged, func(a, b Privileged) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.DN, b.DN))
	})
	t.Privileged = t.Privileged[:min(len(t.Privileged), mostTies)]
}
