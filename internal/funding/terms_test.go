package funding_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/referential/call"
	"hygie/referential/packages/calls"
)

func TestTermsOfACall(t *testing.T) {
	file, err := os.ReadFile("../dossier/testdata/call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.NewReplacer("{to_fill: advance-share}", "30 %", "{to_fill: balance-share}", "70 %").Replace(string(file))
	known = known[:strings.Index(known, "fields:")] + known[strings.Index(known, "categories:"):]
	c, err := call.Read("call.yaml", []byte(known))
	if err != nil {
		t.Fatal(err)
	}
	zone := paris(t)
	got, err := funding.TermsOf(c, "ght", funding.Deposit, 1_000_01, start)
	want := funding.Terms{Opens: time.Date(2026, 1, 1, 0, 0, 0, 0, zone), Closes: time.Date(2026, 3, 31, 23, 59, 59, 0, zone), FourEyes: 150_000_00, Advance: 300_00}
	if err != nil || !got.Opens.Equal(want.Opens) || !got.Closes.Equal(want.Closes) || got.FourEyes != want.FourEyes || got.Advance != want.Advance || got.Undated {
		t.Errorf("deposit: %+v %v", got, err)
	}
	if got, err := funding.TermsOf(c, "ght", funding.Declare, 0, start); err != nil || !got.Closes.Equal(time.Date(2027, 1, 1, 23, 59, 59, 0, zone)) {
		t.Errorf("declaration: %+v %v", got, err)
	}
	shipped, err := calls.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range shipped { // whatever a call leaves open, its terms are told and nothing is paid in advance that nobody published
		for _, act := range funding.Acts() {
			terms, err := funding.TermsOf(c, "ght", act, 1_000_00, start)
			if err != nil || terms.Advance > 1_000_00 || terms.Undated && terms.Open(start) {
				t.Errorf("%s, %s: %+v %v", c.ID, act, terms, err)
			}
		}
	}
}
