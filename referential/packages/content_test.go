package packages

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/referential"
)

// What is known of each package is in it: the counts of the sources.
func TestCounts(t *testing.T) {
	for _, row := range []struct {
		id                            string
		kind                          referential.PackageKind
		axes, requirements, questions int
	}{
		{"esms-13", referential.Guide, 13, 36, 36}, {"anssi-hygiene-42", referential.Guide, 10, 61, 61}, {"instruction-dns-2025-12", referential.Duty, 1, 7, 0},
		{"nis2-art21", referential.Guide, 1, 10, 10}, {"care-plan", referential.Programme, 4, 22, 15}, {"care-d2", referential.Call, 1, 13, 0},
		{"backup-3-2-1-1-0", referential.Guide, 5, 10, 10}, {"care-d1", referential.Call, 1, 6, 0},
		{"recyf", referential.Guide, 2, 20, 20}, {"maturin-sms", referential.Guide, 7, 11, 11}, {"hds-v2", referential.Checklist, 2, 17, 17}, {"hospiconnect", referential.Call, 1, 21, 0},
	} {
		p := load(t, row.id)
		if p.Kind != row.kind || len(p.Axes) != row.axes || len(p.Requirements()) != row.requirements || len(p.Questions()) != row.questions {
			t.Errorf("%s: %s, %d axes, %d requirements, %d questions", row.id, p.Kind, len(p.Axes), len(p.Requirements()), len(p.Questions()))
		}
	}
	standard := 0
	measures := map[string]bool{}
	for _, r := range load(t, "anssi-hygiene-42").Requirements() {
		number, reinforced := strings.CutSuffix(r.Code, "R")
		measures[number] = true
		if !reinforced {
			standard++
		}
	}
	if standard != 39 || len(measures) != 42 {
		t.Errorf("%d standard items of %d measures", standard, len(measures))
	}
}

// Every question helps to go on: it says who knows and what to do, and one of its answers is the best.
func TestQuestionsAreWhole(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, q := range p.Questions() {
			if len(q.Who) == 0 || q.Improve.Text.IsZero() || q.Improve.Effort == 0 || !strings.HasSuffix(q.Text.FR, "?") || !strings.HasSuffix(q.Text.EN, "?") {
				t.Errorf("%s: question %s is not whole", p.ID, q.Code)
			}
			if !slices.ContainsFunc(q.Choices, func(c referential.Choice) bool { return c.Outcome == referential.OutcomeMet && c.Score == p.MaxScore() }) {
				t.Errorf("%s: question %s has no best answer", p.ID, q.Code)
			}
		}
	}
}

// French is written as French is: no straight apostrophe, a no-break space where one belongs.
func TestFrenchTypography(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		data, err := referential.Write(p)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			_, french, ok := strings.Cut(line, "fr: ")
			if french, _, _ = strings.Cut(french, ", en: "); !ok {
				continue
			}
			for _, wrong := range []string{"'", " :", " ;", " ?", " !", " %", "« ", " »"} {
				if strings.Contains(french, wrong) {
					t.Errorf("%s: %q in %s", p.ID, wrong, strings.TrimSpace(french))
				}
			}
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Links()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(all); err != nil {
		t.Error(err)
	}
}

// group is a GHT of three members with their shares of the combined activity, and what is deposited for each.
func group(weights []float64, kinds ...string) referential.World {
	w := referential.World{Subject: referential.Subject{Structure: "g", Category: "ght", Kind: "group", IsGroup: true}}
	for i, weight := range weights {
		id := fmt.Sprint("m", i+1)
		w.Subject.Members = append(w.Subject.Members, referential.Member{Structure: id, Name: "Hôpital de démonstration " + id, Category: "public-ght", Weight: weight})
	}
	for _, kind := range kinds {
		id, kind, _ := strings.Cut(kind, " ")
		w.Documents = append(w.Documents, referential.Document{Structure: id, ID: id + kind, Kind: kind, From: day("2026-01-01"), DepositedAt: day("2026-01-05")})
	}
	w.Parameters = map[string]referential.Value{"window-from": referential.Date(day("2026-01-16")), "window-until": referential.Date(day("2026-11-30"))}
	return w
}

// The second domain at its bounds, each verdict written by reading the facts.
func TestSecondDomain(t *testing.T) {
	p := load(t, "care-d2")
	three := func(member string) []string {
		return []string{member + " pcra-care", member + " pcra-administrative", member + " pcra-technical", member + " business-impact-analysis"}
	}
	tested := func(w referential.World, member, on string) referential.World {
		w.Facts = append(w.Facts, run(member, on, map[string]referential.Value{"continuity.tested": referential.Date(day(on))})...)
		return w
	}
	single := func(facts ...[]referential.Fact) referential.World {
		w := hospital("private", facts...)
		w.Parameters = map[string]referential.Value{"window-from": referential.Date(day("2026-01-16")), "window-until": referential.Date(day("2026-11-30"))}
		return w
	}
	held := func(until string) referential.World {
		w := single(run("h", "2026-02-01", map[string]referential.Value{"backup.policy.reviewed": referential.Date(day("2026-01-01"))}))
		w.Documents = []referential.Document{{Structure: "h", ID: "d", Kind: "backup-policy", From: day("2026-01-01"), Until: day(until), DepositedAt: day("2026-01-01")}}
		return w
	}
	reviewed := func(on string) referential.World {
		w := single(run("h", "2026-02-01", map[string]referential.Value{"policy.reviewed": referential.Date(day(on))}))
		w.Documents = []referential.Document{{Structure: "h", ID: "d", Kind: "security-policy", From: day("2022-01-01"), DepositedAt: day("2026-01-01"), SignerRole: "legal-representative"}}
		return w
	}
	directory := func(dedicated bool, level float64) referential.World {
		values := map[string]referential.Value{"backup.directory.dedicated": referential.YesNo(dedicated)}
		if level > 0 {
			values["backup.directory.level"] = referential.Number(level)
		}
		w := single(run("h", "2026-02-01", values))
		w.Documents = []referential.Document{{Structure: "h", ID: "d", Kind: "backup-authentication", From: day("2026-01-01"), DepositedAt: day("2026-01-01")}}
		return w
	}
	bare := tested(hospital("private"), "h", "2026-05-01")
	for _, row := range []struct {
		name, requirement string
		w                 referential.World
		want              referential.Status
	}{
		{"plans of 66 % of the activity", "pcra-written", group([]float64{660, 200, 140}, three("m1")...), referential.Met},
		{"plans of 65.9 % of the activity", "pcra-written", group([]float64{659, 200, 141}, three("m1")...), referential.NotMet},
		{"two members together reach 66 %", "pcra-written", group([]float64{400, 260, 340}, append(three("m1"), three("m2")...)...), referential.Met},
		{"one of the three plans is missing", "pcra-written", group([]float64{660, 200, 140}, three("m1")[1:]...), referential.NotMet},
		{"the weight of a member is not known", "pcra-written", group([]float64{660, 0, 140}, three("m1")...), referential.Unknown},
		{"plans of the group itself stand for all", "pcra-written", group([]float64{1, 1, 1}, three("g")...), referential.Met},
		{"an eligible clinic alone", "pcra-written", single(), referential.NotMet},
		{"policy on its last day", "backup-policy-written", held("2026-03-31"), referential.Met},
		{"policy a day after its last", "backup-policy-written", held("2026-03-30"), referential.NotMet},
		{"policy reviewed on the first day", "security-policy-reviewed", reviewed("2022-07-16"), referential.Met},
		{"policy reviewed a day before", "security-policy-reviewed", reviewed("2022-07-15"), referential.NotMet},
		{"no directory of its own", "backup-authentication-separate", directory(false, 0), referential.Met},
		{"its own directory at level 3", "backup-authentication-separate", directory(true, 3), referential.Met},
		{"its own directory at level 2", "backup-authentication-separate", directory(true, 2), referential.NotMet},
		{"its own directory never audited", "backup-authentication-separate", directory(true, 0), referential.NotMet},
		{"window not known", "D2.O1.D", bare, referential.NotMet}, // the report is missing whatever the window
		{"a social establishment", "pcra-written", hospital("esms"), referential.NotApplicable},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, ok := p.Evaluate(row.w, day("2026-03-31").Add(12*time.Hour)).Verdict(row.requirement)
			if !ok || v.Status != row.want {
				t.Errorf("%s: %s, want %s\n%+v", row.requirement, v.Status, row.want, v.Criteria)
			}
		})
	}
	for on, want := range map[string]referential.Status{"2026-01-15": referential.NotMet, "2026-01-16": referential.Met, "2026-11-30": referential.Met, "2026-12-01": referential.NotMet} {
		v, _ := p.Evaluate(tested(single(), "h", on), day("2026-12-31")).Verdict("D2.O1.D")
		if got := v.Criteria[0].Reasons.Status; got != want {
			t.Errorf("tested on %s: %s, want %s", on, got, want)
		}
	}
	v, _ := p.Evaluate(bare, day("2026-12-31")).Verdict("D2.O1.D")
	if v.Criteria[0].Reasons.Status != referential.Unknown {
		t.Errorf("without window: %s", v.Criteria[0].Reasons.Status)
	}
}
