package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
)

// ReferentialCheck reads packages, maps, calls and libraries of reasons, and says all that is wrong with them.
type ReferentialCheck struct {
	File   []string `arg:"" placeholder:"FILE" help:"Package, map of links, call or library of reasons (YAML), or a folder of them; - reads the standard input."`
	Format string   `enum:"text,json" default:"text" help:"Output: text or json."`
}

// Help shows examples.
func (ReferentialCheck) Help() string {
	return "hygie referential check mon-referentiel.yaml\nhygie referential check referentiels/ --format json"
}

// checked is what is said of one file.
type checked struct {
	File     string    `json:"file"`
	Kind     string    `json:"kind"` // package, map, call, library, or empty when it cannot be read
	ID       string    `json:"id,omitempty"`
	Version  string    `json:"version,omitempty"`
	Lines    int       `json:"requirements"`
	Asked    int       `json:"questions"`
	Unsure   int       `json:"unsure"` // lines marked so, of any kind
	Problems []problem `json:"problems"`

	pkg  *referential.Package
	call *call.Call
}

type problem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// Run checks; it ends with 1 when something is wrong.
func (c ReferentialCheck) Run(s *Streams) error {
	files, err := yamlFiles(c.File)
	if err != nil {
		return err
	}
	say := sayer(Language(s.Env))
	var all []checked
	given := map[string]string{}
	wrong := false
	for _, name := range files {
		data, err := readInput(s, name)
		if err != nil {
			return err
		}
		one := checkFile(name, data)
		if id := one.Kind + " " + one.ID + " " + one.Version; one.ID != "" {
			if first, twice := given[id]; twice {
				one.Problems = append(one.Problems, problem{Message: fmt.Sprintf("version %s of %s is already given by %s", one.Version, one.ID, first)})
			}
			given[id] = name
		}
		all = append(all, one)
	}
	if err := checkCalls(all); err != nil {
		return err
	}
	for _, one := range all {
		wrong = wrong || len(one.Problems) > 0
	}
	if c.Format == "json" {
		err = writeJSON(s.Out, all)
	} else {
		err = writeChecked(s.Out, all, say)
	}
	if err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if wrong {
		return Exit{Code: Failed}
	}
	return nil
}

func checkFile(name string, data []byte) checked {
	one := checked{File: name, Problems: []problem{}}
	if referential.IsMap(data) || referential.IsCISOMap(data) {
		m, err := readMap(name, data)
		if err != nil {
			one.Problems = problemsOf(err)
			return one
		}
		one.Kind, one.ID, one.Version = "map", m.ID, m.Version
		return one
	}
	if call.IsCall(data) || call.IsLibrary(data) {
		return checkCall(one, data)
	}
	read := referential.Read
	if referential.IsCISO(data) { // as it would be once converted
		read = func(name string, data []byte) (*referential.Package, error) {
			p, _, err := referential.ReadCISO(name, data)
			return p, err
		}
	}
	p, err := read(name, data)
	if err != nil {
		one.Problems = problemsOf(err)
		return one
	}
	one.pkg = p
	one.Kind, one.ID, one.Version, one.Lines, one.Asked = "package", p.ID, p.Version, len(p.Requirements()), len(p.Questions())
	for _, line := range p.Lines() {
		if line.Source.Mark == referential.Unsure {
			one.Unsure++
		}
	}
	return one
}

func problemsOf(err error) []problem {
	var faults referential.Problems
	if !errors.As(err, &faults) {
		return []problem{{Message: err.Error()}}
	}
	all := make([]problem, len(faults))
	for i, f := range faults {
		all[i] = problem{Line: f.Line, Column: f.Column, Message: f.Message}
	}
	return all
}

func writeChecked(w io.Writer, all []checked, say func(fr, en string) string) error {
	out := &page{w: w}
	for _, one := range all {
		for _, p := range one.Problems {
			out.line("%s", referential.Problem{File: one.File, Line: p.Line, Column: p.Column, Message: p.Message}.Error())
		}
		if len(one.Problems) > 0 {
			continue
		}
		switch one.Kind {
		case "map":
			out.line(say("%s : liens %s, version %s", "%s: links %s, version %s"), one.File, one.ID, one.Version)
			continue
		case "library":
			out.line(say("%s : motifs %s, version %s", "%s: reasons %s, version %s"), one.File, one.ID, one.Version)
			continue
		case "call":
			out.line(say("%s : appel %s, version %s, exigences : %d, à compléter : %d", "%s: call %s, version %s, requirements: %d, to be filled: %d"),
				one.File, one.ID, one.Version, one.Lines, one.Unsure)
			continue
		}
		out.line(say("%s : %s, version %s, exigences : %d, questions : %d, à compléter : %d", "%s: %s, version %s, requirements: %d, questions: %d, unsure: %d"),
			one.File, one.ID, one.Version, one.Lines, one.Asked, one.Unsure)
	}
	return out.err
}

// ReferentialDiff says what differs between two versions of a package.
type ReferentialDiff struct {
	Old    string `arg:"" help:"Older package (YAML), or the id of one that comes with hygie."`
	New    string `arg:"" help:"Newer package (YAML), or the id of one that comes with hygie."`
	Format string `enum:"text,json" default:"text" help:"Output: text or json."`
}

// Help shows examples.
func (ReferentialDiff) Help() string {
	return "hygie referential diff care-d1-2025.yaml care-d1-2026.yaml\nhygie referential diff esms-13 mon-esms-13.yaml --format json"
}

// Run prints the differences.
func (c ReferentialDiff) Run(s *Streams) error {
	older, err := openPackage(s, c.Old)
	if err != nil {
		return err
	}
	newer, err := openPackage(s, c.New)
	if err != nil {
		return err
	}
	changes := referential.Diff(older, newer)
	if c.Format == "json" {
		if changes == nil {
			changes = []referential.Change{}
		}
		return writeJSON(s.Out, changes)
	}
	return writeChanges(s.Out, changes, Language(s.Env))
}

func writeChanges(w io.Writer, changes []referential.Change, lang string) error {
	say := sayer(lang)
	out := &page{w: w}
	if len(changes) == 0 {
		out.line("%s", say("Aucune différence.", "No difference."))
	}
	signs := map[referential.ChangeKind]string{referential.LineAdded: "+", referential.LineRemoved: "-", referential.LineChanged: "~"}
	for _, c := range changes {
		review := ""
		if c.Review {
			review = say(" (à revoir)", " (to be reviewed)")
		}
		out.line(say("%s %s %s : %s%s", "%s %s %s: %s%s"), signs[c.Kind], c.What, c.Code, c.Title.In(referential.Lang(lang)), review)
		for _, f := range c.Fields {
			out.line("    %s: %s → %s", f.Name, orNothing(f.Old), orNothing(f.New))
		}
	}
	return out.err
}

func orNothing(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// openPackage reads a package from a file, or one that comes with hygie by its id.
func openPackage(s *Streams, name string) (*referential.Package, error) {
	p, err := shipped(name)
	if p != nil || err != nil {
		return p, err
	}
	data, err := readInput(s, name)
	if err != nil {
		return nil, err
	}
	if p, err = referential.Read(name, data); err != nil {
		return nil, Exit{Failed, err}
	}
	return p, nil
}

// shipped gives a package that comes with hygie by its id, or nil.
func shipped(name string) (*referential.Package, error) {
	if strings.ContainsAny(name, "./\\") || name == "-" {
		return nil, nil
	}
	all, err := packages.Load()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(p *referential.Package) bool { return p.ID == name }); i >= 0 {
		return all[i], nil
	}
	return nil, nil
}

// maxInput is how many bytes of a file are read: more than any reader accepts, so that the reader says so.
const maxInput = 64 << 20

func readInput(s *Streams, name string) ([]byte, error) {
	in := s.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, Exit{Failed, fmt.Errorf("read %s: %w", name, err)}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput))
	if err != nil {
		return nil, Exit{Failed, fmt.Errorf("read %s: %w", name, err)}
	}
	return data, nil
}

// yamlFiles lists the files given, and those of the folders given, in the order of their names.
func yamlFiles(given []string) ([]string, error) {
	var all []string
	for _, name := range given {
		info, err := os.Stat(name)
		if name == "-" || err == nil && !info.IsDir() {
			all = append(all, name)
			continue
		}
		if err != nil {
			return nil, Exit{Failed, fmt.Errorf("read %s: %w", name, err)}
		}
		err = filepath.WalkDir(name, func(path string, d os.DirEntry, err error) error {
			if ext := filepath.Ext(path); err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml") {
				all = append(all, path)
			}
			return err
		})
		if err != nil {
			return nil, Exit{Failed, fmt.Errorf("read %s: %w", name, err)}
		}
	}
	return all, nil
}

func writeJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
