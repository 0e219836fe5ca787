package model

import (
	"testing"

	"hygie/directory/sysvol"
)

func TestSysvolOfADomain(t *testing.T) {
	bare := &sysvol.Share{Domain: "hop.test", Source: "copy", Policies: []sysvol.Policy{{GUID: "{B}"}, {GUID: "{A}"}}}
	live := &sysvol.Share{Domain: "HOP.test", Source: "live", Permissions: true}
	nameless := &sysvol.Share{Source: "nameless"}
	hop, other := DomainInfo{DNSName: "hop.test"}, DomainInfo{DNSName: "autre.test"}
	for _, row := range []struct {
		name    string
		shares  []*sysvol.Share
		domains int
		of      DomainInfo
		want    string
	}{
		{"its own", []*sysvol.Share{bare}, 1, hop, "copy"},
		{"of another domain", []*sysvol.Share{bare}, 2, other, ""},
		{"permissions win", []*sysvol.Share{bare, live}, 1, hop, "live"},
		{"permissions stay", []*sysvol.Share{live, bare}, 1, hop, "live"},
		{"nameless, one domain", []*sysvol.Share{nameless}, 1, hop, "nameless"},
		{"nameless, two domains", []*sysvol.Share{nameless}, 2, hop, ""},
		{"none", nil, 1, hop, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := NewBuilder()
			for _, s := range row.shares {
				b.Sysvol(s)
			}
			d := freeze(t, b)
			d.domains = make([]DomainInfo, row.domains)
			got := ""
			if s, ok := d.Sysvol(row.of); ok {
				got = s.Source
			}
			if got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
	b := NewBuilder()
	b.Sysvol(bare)
	if _, ok := freeze(t, b).Sysvols()[0].Policy("{A}"); !ok || bare.Policies[0].GUID != "{B}" {
		t.Error("policies are sorted in the copy")
	}
}
