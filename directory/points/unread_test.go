package points

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/model"
)

// sickLines is a world where most points fail, by one weakness for each.
func sickLines() string {
	var lines []string
	used := make(map[string]bool)
	for _, r := range allRows() {
		first, _, _ := strings.Cut(r.lines, " ")
		if strings.HasPrefix(r.want, "failed") && !strings.Contains(r.lines, "drop ") && !strings.Contains(r.lines, "unread ") &&
			!used[r.point] && !used[first] && !strings.Contains(r.lines, "\n") {
			used[r.point], used[first] = true, true
			lines = append(lines, r.lines)
		}
	}
	return strings.Join(lines, "\n")
}

// TestUnreadIsNeverWrong takes away, one at a time, each attribute that the points read, from a healthy world and from a sick one. Not
// having read something must neither condemn the healthy nor acquit the sick.
func TestUnreadIsNeverWrong(t *testing.T) {
	sick := sickLines()
	failing := make(map[string][]int)
	for _, v := range Evaluate(drawn.New(t, sick).Freeze(), Options{AsOf: drawn.AsOf})[0].Verdicts {
		failing[v.Point.ID] = v.Failed
	}
	for _, what := range append(drawn.Attributes(), "configuration", "schema", "domainzones", "forestzones") {
		t.Run(what, func(t *testing.T) {
			for _, v := range Evaluate(drawn.New(t, "unread "+what).Freeze(), Options{AsOf: drawn.AsOf})[0].Verdicts {
				if v.Status == Failed {
					t.Errorf("%s fails on the healthy world without %s: %s", v.Point.ID, what, sum(v))
				}
			}
			for _, v := range Evaluate(drawn.New(t, sick, "unread "+what).Freeze(), Options{AsOf: drawn.AsOf})[0].Verdicts {
				for _, level := range failing[v.Point.ID] {
					if !slices.Contains(v.Failed, level) && !slices.Contains(v.Undecided, level) {
						t.Errorf("%s passes level %d on the sick world without %s: missing %q", v.Point.ID, level, what, v.Missing)
					}
				}
			}
		})
	}
}

// TestAnyObjectMayBeMissing takes away each object in turn: nothing may panic, and every verdict stays well formed.
func TestAnyObjectMayBeMissing(t *testing.T) {
	for _, name := range drawn.New(t).Objects() {
		d := drawn.New(t, `drop "`+name+`"`).Freeze()
		for _, r := range Evaluate(d, Options{AsOf: drawn.AsOf}) {
			for _, v := range r.Verdicts {
				checkVerdict(t, v)
			}
		}
	}
}

// TestNothingButNames gives objects without any attribute but their class.
func TestNothingButNames(t *testing.T) {
	b := model.NewBuilder()
	full := drawn.New(t).Freeze()
	for id := range full.All() {
		e := model.Entry{DN: full.DN(id), Attributes: []model.Attribute{{Name: "objectClass"}}}
		for _, c := range full.Classes(id) {
			e.Attributes[0].Values = append(e.Attributes[0].Values, []byte(c))
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Evaluate(d, Options{AsOf: drawn.AsOf}) {
		for _, v := range r.Verdicts {
			checkVerdict(t, v)
			// Nothing to be wrong: the world has no trust, no managed account, no leftover of the old replication.
			absent := []string{"vuln_trusts_domain_notfiltered", "vuln_trusts_forest_sidhistory", "vuln_trusts_tgt_deleg",
				"vuln_password_change_msa_no_change_90", "vuln_sysvol_ntfrs"}
			if v.Status != NotEvaluated && !slices.Contains(absent, v.Point.ID) {
				t.Errorf("%s: %s, of objects without attributes", v.Point.ID, sum(v))
			}
		}
	}
}
