package openbas

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/referential"
)

// Bounds of an archive: entries, and bytes of the JSON once unpacked. Attachments are counted and never unpacked.
const (
	mostEntries = 5_000
	mostJSON    = 16 << 20
)

// Bounds of what is made of it.
const (
	mostEvents   = 500
	mostRoles    = 60
	mostText     = 3_900 // bytes
	mostTitle    = 200   // characters
	longest      = 7 * 24 * 60
	mostExpected = 40
)

// ErrNone says that an archive holds no scenario.
var ErrNone = errors.New("the archive holds no scenario or exercise of OpenBAS")

// Read reads the scenario of an archive. It comes with id as its identifier, for one setting. An archive does not tell whether continuity of care is played: Care is left
// false, for who knows to say.
// The error names the entry, and the byte when its JSON is broken.
func Read(r io.ReaderAt, size int64, id string, setting exercise.Setting) (*exercise.Scenario, []Loss, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("read an archive of OpenBAS: %w", err)
	}
	if len(z.File) > mostEntries {
		return nil, nil, fault("an archive of OpenBAS", "%d entries, more than %d", len(z.File), mostEntries)
	}
	var lost losses
	var main *zip.File
	for _, f := range z.File {
		switch {
		case strings.HasSuffix(f.Name, "/"):
		case main == nil && isMain(f):
			main = f
		default:
			lost.add(Attachment, f.Name)
		}
	}
	if main == nil {
		return nil, nil, ErrNone
	}
	content, err := unpack(main)
	if err != nil {
		return nil, nil, err
	}
	from, err := decode(main.Name, content)
	if err != nil {
		return nil, nil, err
	}
	s, err := from.scenario(id, setting, &lost)
	if err != nil {
		return nil, nil, err
	}
	return s, lost, nil
}

// isMain tells whether an entry is the scenario itself: its comment says so; without comments, the JSON at the top does.
func isMain(f *zip.File) bool {
	switch f.Comment {
	case "Scenario", "Exercise":
		return true
	case "":
		return strings.HasSuffix(f.Name, ".json") && !strings.Contains(f.Name, "/")
	}
	return false
}

func unpack(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	content, err := io.ReadAll(io.LimitReader(in, mostJSON+1))
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	if len(content) > mostJSON {
		return nil, fault(f.Name, "more than %d bytes", mostJSON)
	}
	return content, nil
}

// decode reads the JSON. An exported exercise has the names of a scenario with another beginning.
func decode(name string, content []byte) (file, error) {
	var f file
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(content, &keys); err != nil {
		return f, located(name, err)
	}
	for key, value := range keys {
		if rest, ok := strings.CutPrefix(key, "exercise_"); ok && rest != "information" {
			delete(keys, key)
			if _, both := keys["scenario_"+rest]; !both {
				keys["scenario_"+rest] = value
			}
		}
	}
	again, err := json.Marshal(keys)
	if err != nil {
		return f, located(name, err)
	}
	if err := json.NewDecoder(bytes.NewReader(again)).Decode(&f); err != nil {
		return f, fmt.Errorf("read %s: %w", name, err)
	}
	switch {
	case f.Scenario == nil && f.Exercise == nil:
		return f, ErrNone
	case f.Version != 1:
		return f, fault(name, "version %d of the export, only 1 is known", f.Version)
	}
	return f, nil
}

// located says at which byte JSON is broken.
func located(name string, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("read %s: byte %d: %w", name, syntax.Offset, err)
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// scenario makes ours of theirs.
func (f *file) scenario(id string, setting exercise.Setting, lost *losses) (*exercise.Scenario, error) {
	title, summary := "", ""
	if f.Scenario != nil {
		title, summary = f.Scenario.Name, f.Scenario.Description
	} else {
		title, summary = f.Exercise.Name, f.Exercise.Description
	}
	title, summary = line(title), plain(summary)
	if title == "" {
		title = id
	}
	if summary == "" {
		summary = title
	}
	s := exercise.Draft(id, cut(title, mostTitle), short(summary, title, lost), setting, false)
	for range f.Users {
		lost.add(Player, "")
	}
	for range f.Organizations {
		lost.add(Organization, "")
	}
	roles := f.roles(s, lost)
	f.objectives(s, lost)
	f.questions(s, lost)
	f.events(s, roles, lost)
	s.Settle()
	causes(s, lost)
	if len(s.Stimuli) == 0 {
		return nil, fault("an archive of OpenBAS", "none of its %d injects is played by people", len(f.Injects))
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("read an archive of OpenBAS: %w", err)
	}
	return s, nil
}

// short is a text that a scenario can hold.
func short(text, name string, lost *losses) string {
	if len(text) <= mostText {
		return text
	}
	lost.add(Cut, name)
	return strings.ToValidUTF8(text[:mostText], "") + "…"
}

// roles makes seats of the teams; what is meant for nobody comes to the first of them.
func (f *file) roles(s *exercise.Scenario, lost *losses) map[string]string {
	ids := map[string]string{}
	var roles []exercise.Role
	for _, t := range f.Teams {
		name := cut(line(t.Name), mostTitle)
		if name == "" || len(roles) == mostRoles || ids[t.ID] != "" {
			continue
		}
		id := exercise.Fresh(cut(name, 40), "role", func(id string) bool {
			return slices.ContainsFunc(roles, func(r exercise.Role) bool { return r.ID == id })
		})
		ids[t.ID] = id
		brief := s.Roles[0].Brief
		if text := plain(t.Description); text != "" {
			brief = exercise.Same(short(text, name, lost))
		}
		roles = append(roles, exercise.Role{ID: id, Name: exercise.Same(name), Brief: brief, Management: chronogram.Manages(name), From: exercise.Beginner})
	}
	if len(roles) > 0 {
		s.Roles = roles
	}
	return ids
}

func (f *file) objectives(s *exercise.Scenario, lost *losses) {
	var all []exercise.Objective
	slices.SortStableFunc(f.Objectives, func(a, b aim) int { return a.Priority - b.Priority })
	for _, o := range f.Objectives {
		title := cut(line(o.Title), mostTitle)
		if title == "" || len(all) == mostExpected {
			continue
		}
		one := exercise.Objective{Text: exercise.Same(title)}
		one.ID = exercise.Fresh(cut(title, 40), "objectif", func(id string) bool {
			return slices.ContainsFunc(all, func(o exercise.Objective) bool { return o.ID == id })
		})
		for _, seen := range chronogram.List(short(plain(o.Description), title, lost)) {
			if len(one.Observe) < mostExpected {
				one.Observe = append(one.Observe, exercise.Same(seen))
			}
		}
		if len(one.Observe) == 0 {
			one.Observe = []referential.Text{exercise.Same(title)}
		}
		all = append(all, one)
	}
	if len(all) > 0 {
		s.Objectives = all
	}
}

func (f *file) questions(s *exercise.Scenario, lost *losses) {
	slices.SortStableFunc(f.LessonsQuestions, func(a, b question) int { return a.Order - b.Order })
	var all []referential.Text
	for _, q := range f.LessonsQuestions {
		if text := plain(q.Content); text != "" && len(all) < mostExpected {
			all = append(all, exercise.Same(short(text, text, lost)))
		}
	}
	if len(all) > 0 {
		s.Debriefing = all
	}
}

// line is a text on one line.
func line(text string) string { return strings.ReplaceAll(plain(text), "\n", " ") }

// plain is the text of HTML, or of what is none: paragraphs, breaks and items of lists begin lines. Signs that print nothing leave.
func plain(text string) string {
	if !strings.Contains(text, "</") && !strings.Contains(text, "<br") {
		return tidy(text)
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(text))
	hidden := 0
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return tidy(b.String())
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(string(z.Text()))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol":
				b.WriteByte('\n')
			case "script", "style":
				if kind == html.StartTagToken {
					hidden++
				} else if hidden > 0 {
					hidden--
				}
			}
		}
	}
}

func tidy(text string) string {
	var lines []string
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.Join(strings.FieldsFunc(strings.Map(func(r rune) rune {
			if r == '\u00a0' {
				return r // before : ; ! ? in French
			}
			if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\ufeff' || r == '\ufffd' || r == '\u2028' || r == '\u2029' {
				return ' '
			}
			return r
		}, l), func(r rune) bool { return r == ' ' || r == '\t' }), " ")
		if l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
