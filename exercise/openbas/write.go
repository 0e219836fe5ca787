package openbas

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"hygie/exercise"
	"hygie/referential"
)

// Write writes a scenario, as it is played at a level, as an archive that OpenBAS imports, in one language. It tells what does not go with it. The same scenario gives
// the same bytes.
func Write(w io.Writer, s *exercise.Scenario, level exercise.Level, lang referential.Lang) ([]Loss, error) {
	var lost losses
	if leaves := len(s.Stimuli) - len(s.At(level).Stimuli); leaves > 0 {
		lost.add(Levels, "")
	}
	s = s.At(level)
	e := export{s: s, lang: lang, lost: &lost}
	content, err := json.MarshalIndent(e.file(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write scenario %s for OpenBAS: %w", s.ID, err)
	}
	z := zip.NewWriter(w)
	entry, err := z.CreateHeader(&zip.FileHeader{Name: s.ID + ".json", Comment: "Scenario", Method: zip.Deflate})
	if err == nil {
		_, err = entry.Write(append(content, '\n'))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("write scenario %s for OpenBAS: %w", s.ID, err)
	}
	return lost, nil
}

// export makes theirs of ours.
type export struct {
	s    *exercise.Scenario
	lang referential.Lang
	lost *losses
	tags []tag
}

// id is an identifier of the form that OpenBAS has (RFC 9562), the same each time for the same thing of the same scenario.
func (e *export) id(kind, name string) string {
	sum := sha256.Sum256([]byte("hygie/" + e.s.ID + "/" + kind + "/" + name))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8, variant 10
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (e *export) words(t referential.Text) string {
	other := referential.English
	if e.lang == referential.English {
		other = referential.French
	}
	if t.In(other) != t.In(e.lang) {
		e.noteLanguage()
	}
	return strings.ReplaceAll(strings.TrimSpace(t.In(e.lang)), "${", "$ {") // which OpenBAS would fill in
}

// noteLanguage says once that the other language stays behind.
func (e *export) noteLanguage() {
	for _, l := range *e.lost {
		if l.Kind == Language {
			return
		}
	}
	e.lost.add(Language, "")
}

func (e *export) file() file {
	s := e.s
	category := "crisis-communication"
	f := file{Version: 1, Scenario: &about{ID: e.id("scenario", s.ID), Name: e.words(s.Title), Description: e.words(s.Summary), Category: &category, Header: "EXERCICE – EXERCICE – EXERCICE",
		Footer: "EXERCICE – EXERCICE – EXERCICE", Tags: []string{}, Documents: []string{}}, Users: []user{}, Organizations: []struct{}{}, Documents: []document{}, Channels: []struct{}{}, Articles: []article{},
		Challenges: []struct{}{}, Variables: []struct{}{}}
	for _, r := range s.Roles {
		f.Teams = append(f.Teams, team{ID: e.id("team", r.ID), Name: e.words(r.Name), Description: e.words(r.Brief), Contextual: true, Tags: []string{}, Users: []string{}})
	}
	for i, o := range s.Objectives {
		var seen []string
		for _, t := range o.Observe {
			seen = append(seen, "- "+e.words(t))
		}
		f.Objectives = append(f.Objectives, aim{ID: e.id("objective", o.ID), Title: e.words(o.Text), Description: strings.Join(seen, "\n"), Priority: i + 1})
	}
	for i := range s.Stimuli {
		f.Injects = append(f.Injects, e.inject(&s.Stimuli[i]))
	}
	e.lessons(&f)
	if len(s.Briefing) > 0 {
		e.lost.add(Brief, "")
	}
	f.Tags = e.tags
	return f
}

func (e *export) lessons(f *file) {
	f.LessonsCategories, f.LessonsQuestions = []category{}, []question{}
	if len(e.s.Debriefing) == 0 {
		return
	}
	c := category{ID: e.id("lessons", "all"), Name: "Retour d’expérience", Questions: []string{}, Teams: []string{}}
	if e.lang == referential.English {
		c.Name = "Debrief"
	}
	for _, t := range f.Teams {
		c.Teams = append(c.Teams, t.ID)
	}
	for i, t := range e.s.Debriefing {
		q := question{ID: e.id("question", fmt.Sprint(i)), Category: c.ID, Content: e.words(t), Order: i + 1}
		c.Questions = append(c.Questions, q.ID)
		f.LessonsQuestions = append(f.LessonsQuestions, q)
	}
	f.LessonsCategories = []category{c}
}

// tag gives the identifier of a tag that says what OpenBAS has no field for.
func (e *export) tag(name string) string {
	id := e.id("tag", name)
	for _, t := range e.tags {
		if t.ID == id {
			return id
		}
	}
	e.tags = append(e.tags, tag{ID: id, Name: name, Color: "#4b6a88"})
	return id
}

func (e *export) inject(st *exercise.Stimulus) inject {
	enabled := true
	in := inject{ID: e.id("inject", st.ID), Title: e.words(st.Subject), Enabled: &enabled, Contract: &contract{ID: byHand}, DependsOn: dependencies{}, Seconds: int64(st.Minute) * 60,
		Tags: []string{e.tag(channelTag + string(st.Channel))}, Documents: []any{}, Teams: []string{}, Content: &content{Subject: e.words(st.Subject), Text: e.words(st.Text), Expectations: []expectation{}}}
	begin := "De : "
	if e.lang == referential.English {
		begin = "From: "
	}
	in.Description = begin + e.words(st.From)
	if st.Channel == exercise.Mail {
		in.Contract.ID = mailOne
		in.Content.Body = "<p>" + strings.ReplaceAll(html.EscapeString(in.Content.Text), "\n", "<br/>") + "</p>"
		in.Content.Subject, in.Content.Text = mailMark+in.Content.Subject, ""
	} else {
		e.lost.add(Script, in.Title)
	}
	if st.Objective != "" {
		for _, o := range e.s.Objectives {
			if o.ID == st.Objective {
				in.Tags = append(in.Tags, e.tag(aimTag+exercise.Slug(cut(e.words(o.Text), 40))))
			}
		}
	}
	for _, id := range st.To {
		in.Teams = append(in.Teams, e.id("team", id))
	}
	for _, t := range st.Expect {
		in.Content.Expectations = append(in.Content.Expectations, expectation{Type: "MANUAL", Name: e.words(t), Score: 100, Seconds: 21600})
	}
	if st.If != nil {
		in.DependsOn = dependencies{e.dependency(st)}
	}
	return in
}

// dependency is the condition of an event, by the names of what is expected at its cause.
func (e *export) dependency(st *exercise.Stimulus) dependency {
	d := dependency{Relationship: relationship{Parent: e.id("inject", st.If.Stimulus), Child: e.id("inject", st.ID)}, Condition: &condition{Mode: "or", Conditions: []term{}}}
	if st.If.Reacted {
		d.Condition.Mode = "and"
	}
	for i := range e.s.Stimuli {
		if cause := &e.s.Stimuli[i]; cause.ID == st.If.Stimulus {
			for _, t := range cause.Expect {
				d.Condition.Conditions = append(d.Condition.Conditions, term{Key: e.words(t), Value: st.If.Reacted, Operator: "eq"})
			}
		}
	}
	return d
}
