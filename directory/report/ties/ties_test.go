package ties_test

import (
	"fmt"
	"testing"

	"hygie/directory/report/reporttest"
)

func TestTies(t *testing.T) {
	const trust = "trustedDomain autre.test at=@System trustType=2 trustPartner=autre.test trustDirection=%d trustAttributes=%d"
	for _, row := range []struct {
		name                 string
		direction, attribute int
		want                 string // direction, kind, filtered, selective, delegates
	}{
		{"external, filtered", 2, 0x4, "outbound external true false false"},
		{"external, not filtered", 3, 0, "both external false false false"},
		{"forest filters by itself", 2, 0x8, "outbound forest true false false"},
		{"forest taken for external", 2, 0x48, "outbound forest false false false"},
		{"forest that hands tickets on", 1, 0x808, "inbound forest true false true"},
		{"selective", 2, 0x18, "outbound forest true true false"},
		{"within the forest", 3, 0x20, "both within_forest false false true"},
		{"disabled", 0, 0, "disabled external false false false"},
	} {
		t.Run(row.name, func(t *testing.T) {
			ties := reporttest.Audit(t, "fr", fmt.Sprintf(trust, row.direction, row.attribute)).Domains[0].Ties
			if len(ties.Trusts) != 1 {
				t.Fatalf("%d trusts", len(ties.Trusts))
			}
			x := ties.Trusts[0]
			if got := fmt.Sprintln(x.Direction, x.Kind, x.Filtered, x.Selective, x.Delegates); got != row.want+"\n" || x.Partner != "autre.test" {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
	const other = "S-1-5-21-7-7-7-1512"
	r := reporttest.Audit(t, "fr", "foreignSecurityPrincipal "+other+" at=@Users", `"Domain Admins" member=@Administrator member=@`+other, "alice sIDHistory="+other, "Infirmiers sIDHistory=S-1-5-21-7-7-7-1600")
	ties := r.Domains[0].Ties
	if ties.ForeignCount != 1 || ties.ForeignMembers[0].MemberSID != other || !ties.ForeignMembers[0].Privileged || ties.ForeignMembers[0].Member != "" {
		t.Errorf("foreign members %+v", ties.ForeignMembers)
	}
	if ties.HistoryCount != 2 || ties.SIDHistory[0].Past != other {
		t.Errorf("SID history %+v", ties.SIDHistory)
	}
	if len(ties.Missing) > 0 {
		t.Errorf("missing %v", ties.Missing)
	}
	if lacks := reporttest.Audit(t, "fr", "unread sIDHistory").Domains[0].Ties.Missing; len(lacks) != 1 || lacks[0] != "user:sIDHistory" {
		t.Errorf("missing %v, want the attribute that was not read", lacks)
	}
}
