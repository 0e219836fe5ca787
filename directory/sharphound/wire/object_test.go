package wire

import (
	"fmt"
	"strings"
	"testing"

	"hygie/directory/internal/jsonscan"
	"hygie/directory/sharphound/rights"
)

func unknown([]byte) *rights.List { return nil }

// Names are found whatever their order, and whatever stood there in the object before.
func TestPropertiesInAnyOrder(t *testing.T) {
	names := []string{"samaccountname", "enabled", "nobodyknowsthis", "pwdlastset", "useraccountcontrol", "admincount", "description"}
	var o Object
	for turn := range 200 {
		var b strings.Builder
		kept := 0
		for i := range names {
			name := names[(i*(turn%5+1)+turn)%len(names)]
			if (turn>>(i%7))&1 == 1 {
				continue // left out
			}
			kept++
			sep := ":"
			if turn%3 == 0 {
				sep = " : "
			}
			fmt.Fprintf(&b, `,"%s"%s"%s-%d"`, name, sep, name, turn)
		}
		text := `{"Properties":{` + strings.TrimPrefix(b.String(), ",") + `},"ObjectIdentifier":"X","Aces":[]} `
		s := jsonscan.New([]byte(text))
		o.Read(s, unknown)
		if s.Err != nil || string(o.ID) != "X" {
			t.Fatalf("%s: %v", text, s.Err)
		}
		for _, name := range names {
			p := propOf([]byte(name))
			if p == PropNone {
				continue
			}
			want := ""
			if strings.Contains(text, `"`+name+`"`) {
				want = fmt.Sprintf("%s-%d", name, turn)
			}
			if got := string(o.Text(p)); got != want || o.Got(p) != (want != "") {
				t.Fatalf("turn %d, %s: %q, want %q", turn, name, got, want)
			}
		}
	}
}

func TestNamesOfProperties(t *testing.T) {
	for p := PropNone + 1; p < PropCount; p++ {
		if name := NameOf(p); name == "" || propOf([]byte(name)) != p {
			t.Errorf("property %d is called %q", p, name)
		}
	}
}

func TestSplitContext(t *testing.T) {
	for dn, want := range map[string]string{
		"CN=a,OU=b,DC=ex,DC=test":                "DC=ex,DC=test",
		"CN=a,CN=Configuration,DC=ex,DC=test":    "CN=Configuration,DC=ex,DC=test",
		`CN=a\,DC=x,DC=ex`:                       "DC=ex",
		"CN=a, dc=ex, dc=test":                   "dc=ex, dc=test",
		"DC=ex":                                  "DC=ex",
		"CN=a":                                   "",
		"":                                       "",
		"CN=CONFIGURATION,DC=a":                  "CN=CONFIGURATION,DC=a",
		"CN=Not Configuration,DC=a":              "DC=a",
		"CN=Services,CN=configuration,DC=a,DC=b": "CN=configuration,DC=a,DC=b",
	} {
		got, configuration := SplitContext([]byte(dn))
		if string(got) != want || configuration != strings.HasPrefix(strings.ToUpper(want), "CN=") {
			t.Errorf("%q: %q %v", dn, got, configuration)
		}
	}
}
