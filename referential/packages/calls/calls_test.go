package calls

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
)

var update = flag.Bool("update", false, "write the golden files")

func shipped(t testing.TB) []*call.Call {
	t.Helper()
	all, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func one(t testing.TB, id string) *call.Call {
	t.Helper()
	for _, c := range shipped(t) {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no call %s", id)
	return nil
}

// Requirements, criteria and documents that calls name are declared by the packages that come along.
func TestCallsAndPackagesFit(t *testing.T) {
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range shipped(t) {
		if err := c.Check(all); err != nil {
			t.Error(err)
		}
	}
}

// The three modes of the programme are shown, and each call has reasons for what instructors do.
func TestModesAndReasons(t *testing.T) {
	modes := map[call.Mode]int{}
	for _, c := range shipped(t) {
		modes[c.Mode]++
		for _, act := range []call.Act{call.Correct, call.Refuse, call.Partial, call.Recover} {
			if len(c.ReasonsFor(act, "")) == 0 {
				t.Errorf("%s has no reason for %s", c.ID, act)
			}
		}
	}
	for _, m := range []call.Mode{call.OneOff, call.Yearly, call.ServiceOffer} {
		if modes[m] == 0 {
			t.Errorf("no call is %s", m)
		}
	}
}

// No call promises an amount that no text gives: what a dossier can get is unknown until somebody fills it.
func TestNothingIsInvented(t *testing.T) {
	for _, c := range shipped(t) {
		for _, k := range c.Categories {
			if !k.Eligible {
				continue
			}
			f := call.Facts{Structure: "s", Category: k.Code, Region: "52", Members: members(k)}
			if got := c.Ceiling(f); got.Known || got.Amount != 0 {
				t.Errorf("%s promises %s to %s", c.ID, got.Amount, k.Code)
			}
			if len(c.Blank(call.PerDossier)) == 0 {
				continue
			}
			f.Answers = map[string]string{}
			for _, field := range c.Blank(call.PerDossier) {
				f.Answers[field.Code] = "1234.56"
			}
			if got := c.Ceiling(f); !got.Known || got.Amount != 123_456 {
				t.Errorf("%s, filled: %s for %s (%v)", c.ID, got.Amount, k.Code, got.Known)
			}
		}
	}
}

func members(k call.Category) []call.Facts {
	if !k.Group {
		return nil
	}
	n := max(k.Least.Value, 2)
	all := make([]call.Facts, n)
	for i := range all {
		all[i].Structure = fmt.Sprintf("m%d", i)
	}
	return all
}

// What the communiqués and the press give, to the second, in Paris.
func TestPublishedDates(t *testing.T) {
	for _, k := range []struct {
		call, window, opens, closes string // UTC
		envelope                    call.Cents
	}{
		{"care-d1-2024", "candidature", "2024-03-17T23:00:00Z", "2024-04-19T21:59:59Z", 6_500_000_000},
		{"hospiconnect-alpha-2024", "candidature", "2024-03-17T23:00:00Z", "2024-04-05T21:59:59Z", 140_000_000},
		{"care-d2-2025", "candidature", "2025-09-01T22:00:00Z", "2025-10-31T22:59:59Z", 4_500_000_000},
	} {
		c := one(t, k.call)
		i := slices.IndexFunc(c.Windows, func(w call.Window) bool { return w.Code == k.window })
		w := c.Windows[i]
		if got := w.Opens.Value.UTC().Format(time.RFC3339); got != k.opens {
			t.Errorf("%s opens %s, want %s", k.call, got, k.opens)
		}
		if got := w.Closes.Value.UTC().Format(time.RFC3339); got != k.closes {
			t.Errorf("%s closes %s, want %s", k.call, got, k.closes)
		}
		if c.Envelope.National.Value != k.envelope {
			t.Errorf("%s: %s", k.call, c.Envelope.National.Value)
		}
	}
}

// A call is data alone: no program text names one, but the demonstration, which fills some in.
func TestNoCodeForACall(t *testing.T) {
	var ids []string
	for _, c := range shipped(t) {
		ids = append(ids, `"`+c.ID+`"`)
	}
	root := filepath.Join("..", "..", "..")
	looked := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() && (name == "internal/demo" || name == "internal/app" || name == ".git" || name == "e2e") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		for _, id := range ids {
			if strings.Contains(string(text), id) {
				t.Errorf("%s names the call %s", name, id)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked == 0 {
		t.Error("no program text was looked at")
	}
}

// TestMovedDates tells which windows of the first domain moved, and how.
func TestMovedDates(t *testing.T) {
	c := one(t, "care-d1-2024")
	for code, want := range map[string][2]string{"declaration": {"2025-03-28 23:59:59", "2025-06-30 23:59:59"}, "payment": {"2025-10-25 23:59:59", "2026-06-30 23:59:59"}} {
		i := slices.IndexFunc(c.Windows, func(w call.Window) bool { return w.Code == code })
		w := c.Windows[i]
		got := [2]string{w.Former[0].Closes.In(c.Zone).Format("2006-01-02 15:04:05"), w.Closes.Value.In(c.Zone).Format("2006-01-02 15:04:05")}
		if got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
}

// What each call says to each category at the moments that matter is for people to read: a change of words or of answer shows here, line by line.
func TestGoldens(t *testing.T) {
	for _, c := range shipped(t) {
		for _, lang := range []referential.Lang{referential.French, referential.English} {
			t.Run(c.ID+"/"+string(lang), func(t *testing.T) {
				path := filepath.Join("testdata", c.ID+"."+string(lang)+".txt")
				got := describe(c, lang)
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s (run with -update when the change is meant):\n%s", path, diff)
				}
			})
		}
	}
}

func describe(c *call.Call, lang referential.Lang) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", c.Title.In(lang))
	for _, w := range c.Windows {
		fmt.Fprintf(&out, "%s:\n", w.Code)
		for _, at := range edges(w) {
			phase, _ := c.Phase(w.Phase)
			category := c.Categories[0].Code
			if len(w.Categories) > 0 {
				category = w.Categories[0]
			}
			why := c.Timely(phase.Kind, category, at)
			fmt.Fprintf(&out, "  %s %s: %s\n", at.In(c.Zone).Format("2006-01-02 15:04:05.000"), why.Status, why.Text(lang, c.Zone))
		}
	}
	for _, k := range c.Categories {
		f := call.Facts{Structure: "s", Name: "Structure de démonstration", Category: k.Code, Region: "52", Members: members(k)}
		fmt.Fprintf(&out, "\n%s:\n", k.Code)
		tree(&out, c.Eligible(f), lang, 1)
		tree(&out, c.Ceiling(f).Why, lang, 1)
	}
	dues, err := c.Schedule(10_000_001, "", nil)
	if err != nil {
		fmt.Fprintln(&out, err)
	}
	for _, d := range dues {
		fmt.Fprintf(&out, "\n%s: %s %v\n", d.Code, d.Amount, d.Known)
		tree(&out, d.Why, lang, 1)
	}
	return out.String()
}

// edges are the moments at which a window changes, and just beside them.
func edges(w call.Window) []time.Time {
	var all []time.Time
	if at, known := w.Opens.Get(); known {
		all = append(all, at.Add(-time.Second), at)
	}
	if at, known := w.Closes.Get(); known {
		all = append(all, at, at.Add(999*time.Millisecond), at.Add(time.Second))
	}
	if len(all) == 0 {
		all = append(all, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	}
	return all
}

func tree(out *strings.Builder, w call.Why, lang referential.Lang, depth int) {
	fmt.Fprintf(out, "%s%s: %s\n", strings.Repeat("  ", depth), w.Status, w.Text(lang, nil))
	for _, child := range w.Children {
		tree(out, child, lang, depth+1)
	}
}
