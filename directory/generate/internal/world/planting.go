package world

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/generate/planted"
	"hygie/directory/sid"
)

// reserveAccounts gives SIDs to the accounts that descriptors name before they are written.
func (w *World) reserveAccounts() {
	for _, name := range []string{
		"DnsAdmins", "DnsUpdateProxy", "DC1$", "DC2$", "DC3$", "SRV-PKI$", "GG-Support-SI", "GG-Sauvegarde", "GG-Teledistribution",
		"support01", "support02", "dpo", "svc-supervision", "svc-pacs", "svc-sql", "svc-sauvegarde", "svc-ris", "adm-ancien", "SRV-GTB$",
	} {
		w.Account(name)
	}
	for _, name := range []string{GroupOperations, GroupOperationsSouth, GroupKeys, GroupFirstHalf, GroupSecondHalf, ManagedAccount, "SRV00001$", "RODC1$", "krbtgt_21001"} {
		w.Account(name)
	}
	for _, name := range planted.Names() {
		w.Account("walker " + name)
	}
}

// SIDText gives the text of the SID of a reserved account.
func (w *World) SIDText(name string) string { return w.SIDs[name].String() }

// Groups of the ways above; their SIDs are given out with those of the accounts that descriptors name (docs/formats/directory-generated.md, Truth).
const (
	GroupOperations      = "GG-Exploitation"
	GroupOperationsSouth = "GG-Exploitation-Sud"
	GroupKeys            = "GG-Exploitants-AC"
)

// The groups of planted.TwoGroups (docs/formats/directory-generated.md, Truth).
const (
	GroupFirstHalf  = "GG-Synchronisation"
	GroupSecondHalf = "GG-Synchronisation-Secrets"
)

// ManagedAccount is the managed account of planted.ManagedPassword; the first server may read its password (docs/formats/directory-generated.md,
// Truth).
const ManagedAccount = "gmsa-app01$"

// Leads tells whether a way is to be planted: all of them in the whole demonstration, else those that are chosen.
func (w *World) Leads(name string) bool {
	return slices.Contains(w.Asked.Paths, name) || w.Demo() && len(w.Asked.Points) == 0 && len(w.Asked.Paths) == 0
}

// WholeDemo tells whether everything is planted.
func (w *World) WholeDemo() bool {
	return w.Demo() && len(w.Asked.Points) == 0 && len(w.Asked.Paths) == 0
}

// Find notes a weakness that no control point has.
func (w *World) Find(rule, what string, objects ...string) {
	w.Findings = append(w.Findings, planted.Weakness{Point: rule, Objects: objects, What: what})
}

// Way notes a way into tier 0.
func (w *World) Way(name, what, source, target string, kinds ...control.Kind) {
	p := planted.Path{Source: source, Target: target, Name: name, What: what}
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, k.String())
	}
	w.Paths = append(w.Paths, p)
}

// Walker gives the person with whom a way begins: each way has its own.
func (w *World) Walker(name string) int { return 10 + slices.Index(planted.Names(), name) }

// WalkerSID gives the SID reserved for the person with whom a way begins.
func (w *World) WalkerSID(name string) sid.SID { return w.SIDs["walker "+name] }

// WalkerOf gives the reserved SID of a person, zero for one with whom no way begins.
func (w *World) WalkerOf(person int) sid.SID {
	for _, name := range planted.Names() {
		if w.Walker(name) == person {
			return w.WalkerSID(name)
		}
	}
	return sid.SID{}
}
