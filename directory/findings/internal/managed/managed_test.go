package managed

import (
	"testing"

	"hygie/directory/findings/rule/ruletest"
	"hygie/directory/sid"
)

func TestPeopleBehind(t *testing.T) {
	o := ruletest.New(t, "group G1 rid=1201 member=@alice member=@WS1", "group G2 rid=1202 member=@G1 member=@Administrator", "group G3 rid=1203 member=@SRV1")
	for _, row := range []struct {
		name, who string
		people    int
		everybody bool
	}{
		{"everybody", "S-1-5-11", 0, true},
		{"a person", "S-1-5-21-100-200-300-1103", 1, false},
		{"an administrator", "S-1-5-21-100-200-300-500", 0, false},
		{"a machine", "S-1-5-21-100-200-300-1106", 0, false},
		{"a group with one", "S-1-5-21-100-200-300-1201", 1, false},
		{"groups in groups, administrators left out", "S-1-5-21-100-200-300-1202", 1, false},
		{"a group of machines", "S-1-5-21-100-200-300-1203", 0, false},
		{"nobody", "S-1-5-21-9-9-9-9", 0, false},
	} {
		if people, everybody := peopleBehind(o, sid.MustParse(row.who)); people != row.people || everybody != row.everybody {
			t.Errorf("%s: %d, %v", row.name, people, everybody)
		}
	}
}

func TestSchemaOfDelegatedAccounts(t *testing.T) {
	const class = "classSchema dmsa at=@schema lDAPDisplayName=msDS-DelegatedManagedServiceAccount"
	if _, ok := knowsDMSA(ruletest.New(t)); ok {
		t.Error("a schema without the class knows it")
	}
	if _, ok := knowsDMSA(ruletest.New(t, class)); ok {
		t.Error("a class without its identifier is known")
	}
	if g, ok := knowsDMSA(ruletest.New(t, class+" schemaIDGUID=0feb936f-47b3-49f2-9386-1dedc2c23765")); !ok || g.String() != "0feb936f-47b3-49f2-9386-1dedc2c23765" {
		t.Error("the class is not known", g)
	}
}
