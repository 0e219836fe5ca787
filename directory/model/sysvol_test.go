package model

import (
	"testing"

	"hygie/directory/sysvol"
)

func TestSysvolOfADomain(t *testing.T) {
	bare := &sysvol.Share{Domain: "hop.test", Source: "copy", Policies: []sysvol.Policy{{GUID: "{B}"}, {GUID: "{A}"}}}
	live := &sysvol.Share{Domain: "HOP.test", Source: "live", Permissions: true}
	nameless := &sysvol.Share{Source: "nameless"}
	first, second := &sysvol.Share{Folder: "Hop.test", Source: "first"}, &sysvol.Share{Folder: "autre.test", Source: "second"}
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
		{"folders named after their domains, the first", []*sysvol.Share{first, second}, 2, hop, "first"},
		{"folders named after their domains, the second", []*sysvol.Share{first, second}, 2, other, "second"},
		{"a folder named otherwise, one domain", []*sysvol.Share{second}, 1, hop, "second"},
		{"a folder named otherwise, two domains", []*sysvol.Share{second}, 2, hop, ""},
		{"what the share says wins", []*sysvol.Share{first, bare}, 2, hop, "copy"},
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
