package referential

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
)

// The forms that the JSON schema of OSCAL 1.1 gives to identifiers and moments.
var (
	oscalUUID   = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$`)
	oscalToken  = regexp.MustCompile(`^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$`)
	oscalMoment = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$`)
)

// walk checks the forms of every identifier, and that no name is given twice.
func walk(t *testing.T, v any, seen map[string]bool) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			s, _ := value.(string)
			switch {
			case key == "uuid" && (!oscalUUID.MatchString(s) || seen[s]):
				t.Errorf("uuid %q", s)
			case (key == "id" || key == "target-id" || key == "control-id") && !oscalToken.MatchString(s):
				t.Errorf("%s %q", key, s)
			case (key == "last-modified" || key == "start" || key == "collected") && !oscalMoment.MatchString(s):
				t.Errorf("%s %q", key, s)
			case (key == "title" || key == "prose" || key == "value") && s == "":
				t.Errorf("%s is empty", key)
			}
			if key == "uuid" {
				seen[s] = true
			}
			walk(t, value, seen)
		}
	case []any:
		if len(v) == 0 {
			t.Error("an empty list")
		}
		for _, one := range v {
			walk(t, one, seen)
		}
	}
}

func TestWriteCatalog(t *testing.T) {
	p := asking(t)
	data, err := WriteCatalog(p, English, date("2026-01-02"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := WriteCatalog(p, English, date("2026-01-02"))
	if err != nil || !bytes.Equal(data, again) {
		t.Error("the same package gives other bytes")
	}
	var file struct {
		Catalog struct {
			Metadata map[string]any
			Groups   []struct {
				Title  string
				Groups []struct {
					Controls []struct{ ID, Title string }
				}
			}
		}
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	walk(t, all, map[string]bool{})
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	c := file.Catalog
	if c.Metadata["oscal-version"] != "1.1.3" || c.Metadata["version"] != "1" || len(c.Groups) != 2 || c.Groups[0].Groups[0].Controls[0].ID != "r_backup" || c.Groups[1].Groups[0].Controls[0].Title != "Train" {
		t.Errorf("%s", data)
	}
}

func TestWriteResults(t *testing.T) {
	p := asking(t)
	now := date("2026-03-31")
	w := World{Subject: Subject{Structure: "h1"}, Facts: []Fact{
		{Structure: "h1", Key: "answer.asking.copies", Value: Words("full"), ObservedAt: now, Source: "a"},
		{Structure: "h1", Key: "answer.asking.trained", Value: Words("none-here"), ObservedAt: now, Source: "a"}}}
	data, err := WriteResults(p, p.Evaluate(w, now), French, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	walk(t, all, map[string]bool{})
	var file struct {
		Results struct {
			Results []struct {
				Reviewed struct {
					Selections []struct {
						Include []struct{} `json:"include-controls"`
					} `json:"control-selections"`
				} `json:"reviewed-controls"`
				Observations []struct{ UUID, Description string }
				Findings     []struct {
					Target  oscalTarget
					Related []struct {
						UUID string `json:"observation-uuid"`
					} `json:"related-observations"`
				}
			}
		} `json:"assessment-results"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	r := file.Results.Results[0]
	if len(r.Reviewed.Selections[0].Include) != 2 || len(r.Findings) != 1 || len(r.Observations) != 2 {
		t.Fatalf("%s", data)
	}
	f := r.Findings[0]
	if f.Target.ID != "r_backup_statement" || f.Target.Status.State != "not-satisfied" || f.Target.Status.Reason != "other" || f.Target.Status.Remarks != "unknown" || f.Related[1].UUID != r.Observations[1].UUID {
		t.Errorf("%+v", f)
	}
}
