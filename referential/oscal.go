package referential

import (
	"crypto/sha1" //nolint:gosec // names of version 5 are made with SHA-1 (RFC 9562); nothing is protected by it
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// oscalVersion is the version of OSCAL (NIST) that is written.
const oscalVersion = "1.1.3"

// namespace of the names (UUID version 5) of what is written, so that the same package gives the same names everywhere.
const namespace = "hygie.example/referential/"

// oscalName makes a UUID of version 5 from words (RFC 9562 section 5.5; the namespace is written before the words).
func oscalName(words ...string) string {
	sum := sha1.Sum([]byte(namespace + strings.Join(words, "\x00"))) //nolint:gosec // see the import
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// oscalID makes the id of a control: OSCAL wants a letter or "_" first.
func oscalID(code string) string { return "r_" + code }

type (
	oscalMeta struct {
		Title        string      `json:"title"`
		LastModified string      `json:"last-modified"`
		Version      string      `json:"version"`
		OscalVersion string      `json:"oscal-version"`
		Remarks      string      `json:"remarks,omitempty"`
		Props        []oscalProp `json:"props,omitempty"`
	}
	oscalProp struct {
		Name  string `json:"name"`
		NS    string `json:"ns,omitempty"`
		Value string `json:"value"`
	}
	oscalPart struct {
		ID    string      `json:"id"`
		Name  string      `json:"name"`
		Title string      `json:"title,omitempty"`
		Prose string      `json:"prose"`
		Props []oscalProp `json:"props,omitempty"`
	}
	oscalControl struct {
		ID    string      `json:"id"`
		Class string      `json:"class"`
		Title string      `json:"title"`
		Props []oscalProp `json:"props"`
		Parts []oscalPart `json:"parts,omitempty"`
	}
	oscalGroup struct {
		ID       string         `json:"id"`
		Class    string         `json:"class"`
		Title    string         `json:"title"`
		Groups   []oscalGroup   `json:"groups,omitempty"`
		Controls []oscalControl `json:"controls,omitempty"`
	}
)

// ns marks properties that are ours, as OSCAL asks.
const ns = "https://hygie.example/ns/oscal"

// WriteCatalog gives a package as an OSCAL catalog (JSON): axes and objectives as groups, requirements as controls with their criteria and questions.
// A package has no date of its own: modified is the one to write. The same input gives the same bytes.
func WriteCatalog(p *Package, lang Lang, modified time.Time) ([]byte, error) {
	type catalog struct {
		UUID     string       `json:"uuid"`
		Metadata oscalMeta    `json:"metadata"`
		Groups   []oscalGroup `json:"groups"`
	}
	c := catalog{UUID: oscalName("catalog", p.ID, p.Version, string(lang)), Metadata: meta(p, lang, modified)}
	for _, a := range p.Axes {
		axis := oscalGroup{ID: "a_" + a.Code, Class: "axis", Title: a.Title.In(lang)}
		for _, o := range a.Objectives {
			group := oscalGroup{ID: "o_" + o.Code, Class: "objective", Title: o.Title.In(lang)}
			for _, r := range o.Requirements {
				group.Controls = append(group.Controls, control(r, lang))
			}
			axis.Groups = append(axis.Groups, group)
		}
		c.Groups = append(c.Groups, axis)
	}
	return oscal("catalog", c)
}

func oscal(kind string, body any) ([]byte, error) {
	data, err := json.MarshalIndent(map[string]any{kind: body}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write OSCAL %s: %w", kind, err)
	}
	return append(data, '\n'), nil
}

func meta(p *Package, lang Lang, modified time.Time) oscalMeta {
	return oscalMeta{Title: p.Title.In(lang), LastModified: modified.UTC().Format(time.RFC3339), Version: p.Version, OscalVersion: oscalVersion, Remarks: p.Source.Text.In(lang),
		Props: []oscalProp{{Name: "package", NS: ns, Value: p.ID}}}
}

func control(r Requirement, lang Lang) oscalControl {
	c := oscalControl{ID: oscalID(r.Code), Class: "requirement", Title: r.Title.In(lang), Props: []oscalProp{{Name: "label", Value: r.Code},
		{Name: "mark", NS: ns, Value: string(r.Source.Mark)}}}
	part := func(id, kind, title, prose string, props ...oscalProp) {
		if prose != "" {
			c.Parts = append(c.Parts, oscalPart{ID: c.ID + "_" + id, Name: kind, Title: title, Prose: prose, Props: props})
		}
	}
	part("aim", "overview", "", r.Aim.In(lang))
	part("statement", "statement", "", firstOf(r.Help.In(lang), r.Title.In(lang)))
	for _, one := range r.Criteria {
		advice := []oscalProp{{Name: "mark", NS: ns, Value: string(one.Source.Mark)}}
		if one.Advice {
			advice = append(advice, oscalProp{Name: "advice", NS: ns, Value: "yes"})
		}
		part("criterion_"+one.Code, "assessment-objective", "", one.Title.In(lang), advice...)
	}
	part("source", "guidance", "", r.Source.Text.In(lang))
	return c
}

type (
	oscalResults struct {
		UUID     string        `json:"uuid"`
		Metadata oscalMeta     `json:"metadata"`
		ImportAP oscalHref     `json:"import-ap"`
		Results  []oscalResult `json:"results"`
	}
	oscalHref struct {
		Href    string `json:"href"`
		Remarks string `json:"remarks,omitempty"`
	}
	oscalResult struct {
		UUID         string             `json:"uuid"`
		Title        string             `json:"title"`
		Description  string             `json:"description"`
		Start        string             `json:"start"`
		Reviewed     oscalReviewed      `json:"reviewed-controls"`
		Observations []oscalObservation `json:"observations,omitempty"`
		Findings     []oscalFinding     `json:"findings,omitempty"`
	}
	oscalReviewed struct {
		Selections []oscalSelection `json:"control-selections"`
	}
	oscalSelection struct {
		Include []oscalInclude `json:"include-controls"`
	}
	oscalInclude struct {
		ID string `json:"control-id"`
	}
	oscalObservation struct {
		UUID        string      `json:"uuid"`
		Description string      `json:"description"`
		Props       []oscalProp `json:"props"`
		Methods     []string    `json:"methods"`
		Collected   string      `json:"collected"`
	}
	oscalRelated struct {
		UUID string `json:"observation-uuid"`
	}
	oscalFinding struct {
		UUID        string         `json:"uuid"`
		Title       string         `json:"title"`
		Description string         `json:"description"`
		Target      oscalTarget    `json:"target"`
		Related     []oscalRelated `json:"related-observations,omitempty"`
	}
	oscalTarget struct {
		Type   string      `json:"type"`
		ID     string      `json:"target-id"`
		Status oscalStatus `json:"status"`
	}
	oscalStatus struct {
		State   string `json:"state"`
		Reason  string `json:"reason"`
		Remarks string `json:"remarks,omitempty"`
	}
)

// WriteResults gives an assessment as OSCAL assessment-results (JSON): a finding for each requirement, an observation for each criterion with its
// reason in words. OSCAL knows satisfied or not: what is unknown is written not satisfied for another reason, with the word "unknown";
// what does not apply is reviewed by no finding. Days are those of the zone; nil is UTC.
func WriteResults(p *Package, a Assessment, lang Lang, zone *time.Location) ([]byte, error) {
	at := a.At.UTC().Format(time.RFC3339)
	key := []string{a.Package, a.Version, a.Structure, at, string(lang)}
	one := oscalResult{UUID: oscalName(append(key, "result")...), Title: p.Title.In(lang), Description: a.Structure, Start: at,
		Reviewed: oscalReviewed{Selections: []oscalSelection{{}}}}
	for _, r := range p.Requirements() {
		v, ok := a.Verdict(r.Code)
		if !ok {
			continue
		}
		one.Reviewed.Selections[0].Include = append(one.Reviewed.Selections[0].Include, oscalInclude{oscalID(r.Code)})
		if v.Status == NotApplicable {
			continue
		}
		f := oscalFinding{UUID: oscalName(append(key, "finding", r.Code)...), Title: r.Title.In(lang), Description: v.Reasons.Text(lang, zone),
			Target: oscalTarget{Type: "statement-id", ID: oscalID(r.Code) + "_statement", Status: stateOf(v.Status)}}
		for _, c := range v.Criteria {
			uuid := oscalName(append(key, "observation", r.Code, c.Code)...)
			one.Observations = append(one.Observations, oscalObservation{UUID: uuid, Description: c.Reasons.Text(lang, zone), Methods: []string{"EXAMINE"}, Collected: at,
				Props: []oscalProp{{Name: "criterion", NS: ns, Value: c.Code}, {Name: "status", NS: ns, Value: string(c.Reasons.Status)}}})
			f.Related = append(f.Related, oscalRelated{uuid})
		}
		one.Findings = append(one.Findings, f)
	}
	return oscal("assessment-results", oscalResults{UUID: oscalName(append(key, "results")...), Metadata: meta(p, lang, a.At), Results: []oscalResult{one},
		ImportAP: oscalHref{Href: "#" + oscalName("plan", p.ID, p.Version), Remarks: "No assessment plan was written: the rules of the package are the plan."}})
}

func stateOf(s Status) oscalStatus {
	switch s {
	case Met:
		return oscalStatus{State: "satisfied", Reason: "pass"}
	case NotMet:
		return oscalStatus{State: "not-satisfied", Reason: "fail"}
	}
	return oscalStatus{State: "not-satisfied", Reason: "other", Remarks: string(s)}
}
