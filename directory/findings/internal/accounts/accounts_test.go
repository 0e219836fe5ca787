package accounts

import (
	"testing"

	"hygie/directory/findings/rule/ruletest"
)

func TestChanges(t *testing.T) {
	for _, row := range []struct{ name, created, deleted, at, word string }{
		{"entered", "2026-05-20T10:00:00Z", "1601-01-01T00:00:00Z", "2026-05-20", "entered"},
		{"left", "2020-05-20T10:00:00Z", "2026-05-21T10:00:00Z", "2026-05-21", "left"},
		{"no date", "1601-01-01T00:00:00Z", "1601-01-01T00:00:00Z", "0001-01-01", "entered"},
		{"malformed", "hier", "", "0001-01-01", "entered"},
	} {
		c := change{Created: row.created, Deleted: row.deleted}
		if got := c.at().Format("2006-01-02"); got != row.at || c.word() != row.word {
			t.Errorf("%s: %s, %s", row.name, got, c.word())
		}
	}
}

// What the protection of AdminSDHolder covers besides the privileged groups.
func TestProtectedByHolder(t *testing.T) {
	o := ruletest.New(t, "group G1 rid=1201 member=@alice", `"Read-only Domain Controllers" member=@G1`)
	protected := protectedByHolder(o)
	for name, want := range map[string]bool{"krbtgt": true, "Read-only Domain Controllers": true, "G1": true, "alice": true, "bruno": false, "Domain Users": false} {
		if protected[ruletest.Find(t, o, name)] != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestGroupsOfTheSecondRank(t *testing.T) {
	o := ruletest.New(t, "group Rds at=@Builtin sid=S-1-5-32-555", "group Lecteurs at=@Builtin sid=S-1-5-32-573")
	list := secondRank(o)
	if len(list) != 2 || list[0] != ruletest.Find(t, o, "Rds") || list[1] != ruletest.Find(t, o, "Group Policy Creator Owners") {
		t.Errorf("%v", list)
	}
}
