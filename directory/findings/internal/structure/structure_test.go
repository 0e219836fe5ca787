package structure

import (
	"testing"

	"hygie/directory/findings/rule/ruletest"
)

// What inherits from what, and what may be created below what (MS-ADTS 3.1.1.5.2.2); classes that inherit from each other end.
func TestClasses(t *testing.T) {
	c := classes{
		above:     map[string][]string{"computer": {"user"}, "user": {"person", "mailrecipient"}, "person": {"top"}, "a": {"b"}, "b": {"a"}},
		superiors: map[string][]string{"top": {"lostandfound"}, "box": {"person"}, "leaf": {"box"}},
	}
	if l := c.lineage("computer"); len(l) != 5 || !l["top"] || !l["mailrecipient"] {
		t.Errorf("%v", l)
	}
	if l := c.lineage("a"); len(l) != 2 {
		t.Errorf("classes in a circle: %v", l)
	}
	for _, row := range []struct {
		child, parent string
		want          bool
	}{
		{"box", "person", true}, {"box", "computer", true}, {"leaf", "computer", false}, {"leaf", "box", true}, {"computer", "lostandfound", true}, {"computer", "box", false},
	} {
		if got := c.below(c.lineage(row.child), c.lineage(row.parent)); got != row.want {
			t.Errorf("%s below %s: %v", row.child, row.parent, got)
		}
	}
}

func TestReadClasses(t *testing.T) {
	const lines = "classSchema box at=@schema lDAPDisplayName=Box subClassOf=top possSuperiors=user systemPossSuperiors=group auxiliaryClass=extra"
	o := ruletest.New(t, lines)
	c, ok := readClasses(o, ruletest.Find(t, o, "Schema"))
	if !ok || len(c.superiors["box"]) != 2 || len(c.above["box"]) != 2 {
		t.Errorf("%v %+v", ok, c)
	}
	o = ruletest.New(t, lines, "unread possSuperiors")
	if _, ok := readClasses(o, ruletest.Find(t, o, "Schema")); ok {
		t.Error("an attribute that nobody asked for is taken for read")
	}
}
