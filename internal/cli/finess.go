package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/finess/imports"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
)

// FinessImport brings a publication of FINESS into the territory. The program that embeds it opens the database and calls
// [FinessImport.Import].
type FinessImport struct {
	File        string   `arg:"" help:"Published file: the stock file of the establishments (;) or the FINESS+ JSON of the structures; gzip is understood; - reads standard input."`
	Apply       bool     `help:"Apply the changes; without it they are only shown."`
	Region      []string `help:"Only these regions, by their INSEE code, such as 52." placeholder:"CODE"`
	Sector      []string `help:"Only establishments of these sectors: health, social or other (pharmacies, laboratories…)." enum:"health,social,other" placeholder:"SECTOR"`
	CloseAbsent bool     `help:"Close the establishments that a whole publication no longer has."`
	AllowOlder  bool     `help:"Accept a file older than the last one applied."`
	Format      string   `help:"Output: text or json." enum:"text,json" default:"text"`
}

// Help shows examples.
func (FinessImport) Help() string {
	return "hygie finess import finess-structures.json --data /var/lib/hygie\nhygie finess import etalab-cs1100502-stock.csv --region 52 --sector health --apply"
}

// Import shows what the file would change, or changes it. Rows that cannot be used are listed with their place and left out.
func (f FinessImport) Import(ctx context.Context, s *Streams, db *store.DB) error {
	catalogue, err := locale.Default()
	if err != nil {
		return err
	}
	out := finessOutput{s: s, p: catalogue.Printer(locale.Lang(Language(s.Env)), time.UTC), apply: f.Apply, name: f.File}
	if err := f.checkRegions(); err != nil {
		return err
	}
	file, digest, err := f.read(ctx, out)
	if err != nil {
		return err
	}
	plan, err := f.work(ctx, out, db, file, digest)
	if fault.KindOf(err) == fault.KindConflict || fault.KindOf(err) == fault.KindRefused {
		problem := fault.As(err)
		return fmt.Errorf("%s", out.p.T(problem.Key, problem.Args...))
	}
	if err != nil {
		return err
	}
	if f.Format == "json" {
		return out.json(file, plan)
	}
	return out.text(file, plan)
}

func (f FinessImport) checkRegions() error {
	known := make(map[string]bool)
	for _, region := range official.Regions() {
		known[region.Code] = true
	}
	for _, code := range f.Region {
		if !known[code] {
			return UsageError("no region has the INSEE code %q", code)
		}
	}
	return nil
}

// read reads the file and its SHA-256.
func (f FinessImport) read(ctx context.Context, out finessOutput) (*finess.File, string, error) {
	from, size := out.s.In, int64(0)
	if f.File != "-" {
		opened, err := os.Open(f.File)
		if err != nil {
			return nil, "", fmt.Errorf("read FINESS: %w", err)
		}
		defer opened.Close()
		if info, err := opened.Stat(); err == nil {
			size = info.Size()
		}
		from = opened
	}
	digest := sha256.New()
	file, err := finess.Read(ctx, io.TeeReader(from, digest), finess.Limits{}, func(n int64) { out.progress("reading", n, size) })
	out.progress("", 0, 0)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", f.File, err)
	}
	return file, hex.EncodeToString(digest.Sum(nil)), nil
}

func (f FinessImport) work(ctx context.Context, out finessOutput, db *store.DB, file *finess.File, digest string) (plan *imports.Plan, err error) {
	options := imports.Options{Regions: f.Region, CloseAbsent: f.CloseAbsent, AllowOlder: f.AllowOlder}
	if f.Format == "text" {
		options.Samples = 5
	}
	for _, sector := range f.Sector {
		options.Sectors = append(options.Sectors, finess.Sector(sector))
	}
	if f.Apply {
		defer out.progress("", 0, 0)
		return imports.Apply(ctx, db, territory.Everything(), file, digest, options, out.s.Now, func(done, total int) {
			out.progress("applying", int64(done), int64(total))
		})
	}
	err = db.View(ctx, func(tx *store.Tx) error {
		plan, err = imports.Preview(ctx, tx, territory.Everything(), file, options, out.s.Now())
		return err
	})
	return plan, err
}

// finessOutput writes the result of an import.
type finessOutput struct {
	s     *Streams
	p     *locale.Printer
	apply bool
	name  string
}

// progress shows how far the work is, on a terminal only; an empty word wipes the line.
func (o finessOutput) progress(word string, done, total int64) {
	switch {
	case !o.s.Terminal:
	case word == "":
		fmt.Fprint(o.s.Err, "\r\033[K")
	case total > 0:
		fmt.Fprintf(o.s.Err, "\r\033[K%s %d %%", o.p.T("finess."+word), done*100/total)
	default:
		fmt.Fprintf(o.s.Err, "\r\033[K%s", o.p.T("finess."+word))
	}
}

// text writes for a person: what the file is, what changes, what is wrong, what to do next.
func (o finessOutput) text(file *finess.File, plan *imports.Plan) error {
	w := &textWriter{w: o.s.Out}
	day, _ := time.Parse(time.DateOnly, file.Date)
	if file.Date == "" {
		w.line(o.p.T("finess.read_undated", "form", o.p.T("finess.form_"+formKey(file.Form)), "count", file.Rows))
	} else {
		w.line(o.p.T("finess.read_dated", "form", o.p.T("finess.form_"+formKey(file.Form)), "date", day, "count", file.Rows))
	}
	if plan.OlderThan != "" {
		newer, _ := time.Parse(time.DateOnly, plan.OlderThan)
		w.line(o.p.T("finess.older_note", "newer", newer))
	}
	w.line("")
	for _, verb := range imports.Verbs() {
		for _, kind := range territory.Kinds() {
			if n := plan.Counts[verb][kind]; n > 0 {
				w.linef("  %-14s %s", o.p.T("finess.verb_"+string(verb)), o.p.T("finess.kind_"+string(kind), "count", n))
			}
		}
	}
	for _, kind := range territory.Kinds() {
		if n := plan.Unchanged[kind]; n > 0 {
			w.linef("  %-14s %s", o.p.T("finess.unchanged"), o.p.T("finess.kind_"+string(kind), "count", n))
		}
	}
	for _, note := range []struct {
		key string
		n   int
	}{{"known_closed", plan.Known}, {"filtered", plan.Filtered}, {"outside", plan.Outside}, {"kept", plan.Kept}, {"absent", plan.Absent}} {
		if note.n > 0 {
			w.line("  " + o.p.T("finess."+note.key, "count", note.n))
		}
	}
	o.samples(w, plan)
	o.problems(w, file)
	w.line("")
	switch {
	case plan.Empty():
		w.line(o.p.T("finess.nothing"))
	case o.apply:
		w.line(o.p.T("finess.applied", "count", plan.Steps()))
	default:
		w.line(o.p.T("finess.preview", "command", "hygie finess import "+o.name+" --apply"))
	}
	return w.err
}

func (o finessOutput) samples(w *textWriter, plan *imports.Plan) {
	if len(plan.Samples) == 0 {
		return
	}
	w.line("")
	w.line(o.p.T("finess.samples"))
	for _, sample := range plan.Samples {
		w.line("  " + strings.Join(slices.DeleteFunc([]string{o.p.T("finess.verb_" + string(sample.Verb)), sample.Finess, sample.Name}, func(part string) bool { return part == "" }), " "))
		for _, d := range sample.Differences {
			if d.Field == "name_source" { // of no use to a reader
				continue
			}
			w.linef("      %s", o.p.T("finess.difference", "field", o.p.T("finess.field_"+d.Field), "old", o.value(d.Field, d.Old), "new", o.value(d.Field, d.New)))
		}
	}
}

// value is a value of a field as a person reads it.
func (o finessOutput) value(field, text string) string {
	switch {
	case text == "":
		return "—"
	case field == "role":
		return o.p.T("finess.role_" + text)
	}
	return text
}

func (o finessOutput) problems(w *textWriter, file *finess.File) {
	if file.Errors+file.Warnings == 0 {
		return
	}
	w.line("")
	w.line(o.p.T("finess.remarks", "errors", file.Errors, "warnings", file.Warnings))
	for _, problem := range file.Problems {
		key := "finess.warning_at"
		if problem.Fatal {
			key = "finess.error_at"
		}
		w.line("  " + o.p.T(key, "place", problem.Place(), "text", o.p.T("finess.problem."+string(problem.Code), "value", problem.Value, "detail", problem.Detail)))
	}
	if more := file.Errors + file.Warnings - len(file.Problems); more > 0 {
		w.line("  " + o.p.T("finess.more_remarks", "count", more))
	}
}

// formKey is a form as message keys write it.
func formKey(form finess.Form) string {
	if form == finess.Plus {
		return "plus"
	}
	return "stock"
}

// json writes the result as docs/schema/finess-import.schema.json describes.
func (o finessOutput) json(file *finess.File, plan *imports.Plan) error {
	type problem struct {
		Place    string `json:"place"`
		Severity string `json:"severity"`
		Code     string `json:"code"`
		Value    string `json:"value,omitempty"`
		Detail   string `json:"detail,omitempty"`
	}
	type difference struct {
		Field string `json:"field"`
		Old   string `json:"old"`
		New   string `json:"new"`
	}
	type sample struct {
		Change      string       `json:"change"`
		Kind        string       `json:"kind"`
		Number      string       `json:"number,omitempty"`
		Name        string       `json:"name"`
		Region      string       `json:"region,omitempty"`
		Differences []difference `json:"differences"`
	}
	report := struct {
		Form      string                                  `json:"form"`
		Date      string                                  `json:"date,omitempty"`
		Applied   bool                                    `json:"applied"`
		Rows      int                                     `json:"rows"`
		Errors    int                                     `json:"errors"`
		Warnings  int                                     `json:"warnings"`
		Problems  []problem                               `json:"problems"`
		Changes   map[imports.Verb]map[territory.Kind]int `json:"changes"`
		Unchanged map[territory.Kind]int                  `json:"unchanged"`
		Known     int                                     `json:"closed_unknown"`
		Filtered  int                                     `json:"filtered"`
		Outside   int                                     `json:"outside"`
		Kept      int                                     `json:"kept_open"`
		Absent    int                                     `json:"absent"`
		OlderThan string                                  `json:"older_than,omitempty"`
		Samples   []sample                                `json:"samples"`
	}{
		Form: string(file.Form), Date: file.Date, Applied: o.apply && !plan.Empty(), Rows: file.Rows, Errors: file.Errors, Warnings: file.Warnings,
		Problems: []problem{}, Changes: plan.Counts, Unchanged: plan.Unchanged, Known: plan.Known, Filtered: plan.Filtered, Outside: plan.Outside,
		Kept: plan.Kept, Absent: plan.Absent, OlderThan: plan.OlderThan, Samples: []sample{},
	}
	for _, p := range file.Problems {
		severity := "warning"
		if p.Fatal {
			severity = "error"
		}
		report.Problems = append(report.Problems, problem{p.Place(), severity, string(p.Code), p.Value, p.Detail})
	}
	for _, one := range plan.Samples {
		written := sample{string(one.Verb), string(one.Kind), one.Finess, one.Name, one.Region, []difference{}}
		for _, d := range one.Differences {
			written.Differences = append(written.Differences, difference(d))
		}
		report.Samples = append(report.Samples, written)
	}
	encoder := json.NewEncoder(o.s.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// textWriter writes lines and keeps the first error.
type textWriter struct {
	w   io.Writer
	err error
}

func (t *textWriter) line(text string) { t.linef("%s", text) }

func (t *textWriter) linef(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}
