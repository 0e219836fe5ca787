package findings

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/points"
	"hygie/directory/points/reasons"
	"hygie/directory/sysvol"
)

// evaluate decides every rule on a world.
func evaluate(t *testing.T, w *drawn.World, share *sysvol.Share) map[string]Verdict {
	t.Helper()
	b := w.Builder()
	if share != nil {
		b.Sysvol(share)
	}
	return evaluateBuilder(t, b)
}

func evaluateBuilder(t *testing.T, b *model.Builder) map[string]Verdict {
	t.Helper()
	dir, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	s := points.NewSurvey(dir, points.Options{AsOf: drawn.AsOf})
	results := Evaluate(s, s.Points(), Options{Tool: "hygie 2.0"})
	if len(results) != 1 {
		t.Fatalf("%d domains, want 1", len(results))
	}
	out := make(map[string]Verdict)
	for _, v := range results[0].Verdicts {
		out[v.Rule.ID] = v
	}
	return out
}

// sum writes a verdict in one line: status, then the names of the objects.
func sum(v Verdict) string {
	out := string(v.Status)
	var names []string
	for _, o := range v.Objects {
		name := o.DN
		if o.ID != model.None {
			name = distname.RDNValue(o.DN)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		out += ": " + strings.Join(names, ", ")
	}
	return out
}

func check(t *testing.T, v Verdict) {
	t.Helper()
	if v.Status == NotEvaluated && len(v.Missing) == 0 {
		t.Error("not evaluated without saying what is missing")
	}
	if v.Total < len(v.Objects) || len(v.Objects) > MaxObjects {
		t.Errorf("%d objects of %d", len(v.Objects), v.Total)
	}
	for _, o := range v.Objects {
		for _, lang := range []string{"fr", "en"} {
			text := o.Reason.Text(lang)
			if text == "" || text == o.Reason.Code || strings.Contains(text, o.Reason.Code+" ") || strings.ContainsAny(text, "{}[]|") || strings.Contains(text, "«\u00a0\u00a0»") {
				t.Errorf("reason %q in %s: %q", o.Reason.Code, lang, text)
			}
			for _, p := range o.Reason.Params {
				if (p.Name == "right" || p.Name == "weakness" || p.Name == "state") && strings.Contains(p.Value, "_") && reasons.Word(p.Value, lang) == p.Value {
					t.Errorf("word %q has no text in %s", p.Value, lang)
				}
			}
		}
	}
}

// A sound domain shows only what is true of every domain fresh from its installation, and what the small world leaves out.
func TestHealthyWorld(t *testing.T) {
	want := map[string]Status{
		"info_gpo": Found, "info_laps": Found, "info_laps_missing": Found, "info_sd": Found, "prewin2000_authenticated": Found,
		"warning_password_policy_pso_missing": Found, "warning_rid500": Found,
		"warning_privileged_members_no_adminsdholder": Found, "warning_sd_adminsdholder_protec": Found, "warning_sd_generic_perm": Found,
		"info_privileged_members_recent_changes": NotEvaluated,
	}
	for id, v := range evaluate(t, drawn.New(t), share(t, nil)) {
		status, ok := want[id]
		if !ok {
			status = Clear
		}
		if v.Rule.Kind == Beyond && v.Status == NotEvaluated && strings.HasPrefix(id, "adcs_") {
			continue // settings that the directory does not hold
		}
		if v.Status != status {
			t.Errorf("%s: %s, want %s; %v", id, sum(v), status, v.Missing)
		}
		check(t, v)
	}
}

// Nothing is clear on a source that lacks what the rule reads.
func TestUnread(t *testing.T) {
	for _, row := range []struct{ unread, rule string }{
		{"nTSecurityDescriptor", "warning_sd_anonymous_control"}, {"nTSecurityDescriptor", "laps_readers"}, {"nTSecurityDescriptor", "warning_privileged_members_no_adminsdholder"},
		{"member", "warning_privileged_members"}, {"configuration", "adcs_esc5"}, {"configuration", "adcs_esc6"}, {"schema", "dmsa_badsuccessor"}, {"schema", "laps_readers"},
		{"msDS-AllowedToDelegateTo", "krbtgt_delegation"}, {"ms-DS-MachineAccountQuota", "machine_quota"}, {"altSecurityIdentities", "adcs_esc14"},
		{"scriptPath", "warning_logonscript_priv"}, {"trustAttributes", "warning_trusts_tgt_deleg"}, {"adminCount", "warning_admincount"}, {"lastLogonTimestamp", "warning_rid500"},
	} {
		t.Run(row.unread+" "+row.rule, func(t *testing.T) {
			lines := []string{"unread " + row.unread}
			if row.rule == "warning_trusts_tgt_deleg" {
				lines = append(lines, "trustedDomain t at=@System trustDirection=1")
			}
			if v := evaluate(t, drawn.New(t, lines...), nil)[row.rule]; v.Status != NotEvaluated {
				t.Errorf("%s, missing %v", sum(v), v.Missing)
			}
		})
	}
}

func TestOldTool(t *testing.T) {
	for _, row := range []struct {
		tool, now string
		want      Status
	}{
		{"hygie 1.0", "hygie 2.0", Found}, {"hygie 2.0", "hygie 2.0", Clear}, {"sharphound", "hygie 2.0", Clear}, {"hygie 1.0", "", NotEvaluated},
	} {
		b := drawn.New(t).Builder()
		b.Source(model.Source{Tool: row.tool, Name: "domaine.hygie"})
		dir, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		s := points.NewSurvey(dir, points.Options{AsOf: drawn.AsOf})
		for _, v := range Evaluate(s, s.Points(), Options{Tool: row.now})[0].Verdicts {
			if v.Rule.ID == "warning_tool_version" && v.Status != row.want {
				t.Errorf("%q read by %q: %s, want %s", row.tool, row.now, v.Status, row.want)
			}
		}
	}
}

// Texts exist in both languages, and differ.
func TestTexts(t *testing.T) {
	fr, err := LoadTexts("fr")
	if err != nil {
		t.Fatal(err)
	}
	en, err := LoadTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LoadTexts("de"); err == nil {
		t.Error("a language without texts is accepted")
	}
	for _, r := range Rules() {
		a, b := fr[r.ID], en[r.ID]
		if a.Title == "" || a.Explain == "" || len(a.How) == 0 || a.Title == b.Title || a.Explain == b.Explain || len(a.How) != len(b.How) {
			t.Errorf("%s: %+v and %+v", r.ID, a, b)
		}
		if len([]rune(a.Title)) > 90 || len([]rune(b.Title)) > 90 {
			t.Errorf("%s: title too long: %q %q", r.ID, a.Title, b.Title)
		}
		if r.Source == "" || r.Severity == "" {
			t.Errorf("%s has no source or severity", r.ID)
		}
	}
	counts := make(map[Kind]int)
	for _, r := range Rules() {
		counts[r.Kind]++
	}
	if counts[Warning] != 37 || counts[Information] != 13 {
		t.Errorf("%v, the list has 37 warnings and 13 informations", counts)
	}
}
