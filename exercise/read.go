package exercise

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"hygie/referential"
)

// Limits of a scenario.
const (
	maxStimuli  = 500
	maxMinutes  = 7 * 24 * 60
	maxFileSize = 1 << 20
)

// Read reads one scenario (docs/formats/scenario.md). The error is of type referential.Problems: each fault with its line.
func Read(file string, data []byte) (*Scenario, error) {
	if len(data) > maxFileSize {
		return nil, referential.Problems{{File: file, Message: fmt.Sprintf("a scenario has at most %d bytes", maxFileSize)}}
	}
	var s Scenario
	if err := referential.Decode(file, data, "scenario", nil, func(o *referential.Object) { readScenario(o, &s) }); err != nil {
		return nil, err
	}
	return &s, nil
}

func readScenario(o *referential.Object, s *Scenario) {
	s.ID, s.Version = o.ID("id"), o.Version("version")
	s.Setting = referential.Choose(o, "setting", true, Hospital, NursingHome)
	s.Title, s.Summary, s.Care = o.Text("title", true), o.Text("summary", true), o.Yes("care")
	s.Durations = map[Level]int{}
	o.With("minutes", "minutes", true, func(o *referential.Object) {
		for level, key := range levelKeys() {
			if n, ok := o.Whole(key, 10, maxMinutes); ok {
				s.Durations[level] = n
			} else {
				o.Fault("", "%s is missing: how long the exercise lasts at that level", key)
			}
		}
	})
	seats := readRoles(o, s)
	aims := map[string]bool{}
	o.Each("objectives", "objective", true, func(o *referential.Object) {
		aim := Objective{ID: o.ID("id"), Text: o.Text("text", true)}
		o.Each("observe", "observation", true, func(o *referential.Object) { aim.Observe = append(aim.Observe, o.Text("text", true)) })
		if aims[aim.ID] {
			o.Fault("id", "there are two objectives %q", aim.ID)
		}
		aims[aim.ID] = true
		s.Objectives = append(s.Objectives, aim)
	})
	readStimuli(o, s, seats, aims)
	o.Each("briefing", "paragraph", true, func(o *referential.Object) { s.Briefing = append(s.Briefing, o.Text("text", true)) })
	o.Each("debriefing", "question", true, func(o *referential.Object) { s.Debriefing = append(s.Debriefing, o.Text("text", true)) })
}

func readRoles(o *referential.Object, s *Scenario) map[string]bool {
	seats := map[string]bool{}
	o.Each("roles", "role", true, func(o *referential.Object) {
		r := Role{ID: o.ID("id"), Name: o.Text("name", true), Brief: o.Text("brief", true), Management: o.Yes("management"), From: level(o, "from")}
		if seats[r.ID] {
			o.Fault("id", "there are two roles %q", r.ID)
		}
		if len(s.Roles) == 0 && r.From != Beginner {
			o.Fault("from", "the first role is there at every level: what is meant for an absent one comes to it")
		}
		seats[r.ID] = true
		s.Roles = append(s.Roles, r)
	})
	if len(s.Roles) == 0 {
		o.Fault("roles", "an exercise has at least one role")
	}
	return seats
}

func readStimuli(o *referential.Object, s *Scenario, seats, aims map[string]bool) {
	earlier := map[string]Level{}
	before := 0
	o.Each("stimuli", "stimulus", true, func(o *referential.Object) {
		st := Stimulus{ID: o.ID("id"), From: o.Text("from", true), To: o.Codes("to", true), Channel: referential.Choose(o, "channel", true, channels...),
			Subject: o.Text("subject", true), Text: o.Text("text", true), Objective: o.Code("objective", false), Level: level(o, "level")}
		st.Minute, _ = o.Whole("minute", 0, maxMinutes)
		if st.Minute < before {
			o.Fault("minute", "a stimulus stands after one of minute %d: write them in the order of their time", before)
		}
		before = st.Minute
		if longest := s.Durations[st.Level]; longest > 0 && st.Minute > longest {
			o.Fault("minute", "the exercise is over after %d minutes at that level", longest)
		}
		o.Each("expect", "reaction", true, func(o *referential.Object) { st.Expect = append(st.Expect, o.Text("text", true)) })
		for _, id := range st.To {
			if !seats[id] {
				o.Fault("to", "there is no role %q", id)
			}
		}
		if st.Objective != "" && !aims[st.Objective] {
			o.Fault("objective", "there is no objective %q", st.Objective)
		}
		o.With("if", "trigger", false, func(o *referential.Object) {
			st.If = &Trigger{Stimulus: o.ID("stimulus"), Reacted: o.Yes("reacted")}
			if from, ok := earlier[st.If.Stimulus]; !ok {
				o.Fault("stimulus", "there is no stimulus %q before this one", st.If.Stimulus)
			} else if from > st.Level {
				o.Fault("stimulus", "%q is played from level %d on: this one would wait for it in vain", st.If.Stimulus, from)
			}
		})
		if _, twice := earlier[st.ID]; twice {
			o.Fault("id", "there are two stimuli %q", st.ID)
		}
		earlier[st.ID] = st.Level
		s.Stimuli = append(s.Stimuli, st)
	})
	if len(s.Stimuli) == 0 || len(s.Stimuli) > maxStimuli {
		o.Fault("stimuli", "an exercise has 1 to %d stimuli", maxStimuli)
	}
}

// level reads 1, 2 or 3; 1 when there is none.
func level(o *referential.Object, key string) Level {
	if n, ok := o.Whole(key, int(Beginner), int(Confirmed)); ok {
		return Level(n)
	}
	return Beginner
}

// Load reads every scenario (*.yaml, *.yml) of a file tree in the order of their names. The error holds all faults of all files.
func Load(fsys fs.FS) ([]*Scenario, error) {
	var all []*Scenario
	var faults []error
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		s, err := Read(name, data)
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		if slices.ContainsFunc(all, func(o *Scenario) bool { return o.ID == s.ID }) {
			faults = append(faults, referential.Problems{{File: name, Message: fmt.Sprintf("there are two scenarios %q", s.ID)}})
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	return all, errors.Join(faults...)
}
