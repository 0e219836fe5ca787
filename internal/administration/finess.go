package administration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/finess/imports"
	"hygie/internal/job"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Kinds of the jobs of the module; the composition gives both to [Module.Work].
const (
	PreviewKind = "finess.preview"
	ImportKind  = "finess.import"
)

// maxPublished is the largest file that may be sent, in bytes: FINESS+ has several hundred megabytes.
const maxPublished = 2 << 30

// kept is how long a published file waits for somebody to apply it.
const kept = 48 * time.Hour

// order is what a job of an import is asked to do.
type order struct {
	File        string          `json:"file"` // name in the folder of imports
	Name        string          `json:"name"` // as sent
	Digest      string          `json:"digest"`
	Size        int64           `json:"size"`
	Regions     []string        `json:"regions,omitempty"`
	Sectors     []finess.Sector `json:"sectors,omitempty"`
	CloseAbsent bool            `json:"close_absent,omitempty"`
	AllowOlder  bool            `json:"allow_older,omitempty"`
}

// outcome is what a preview found, or an import did.
type outcome struct {
	Failure   string                                  `json:"failure,omitempty"` // message: why nothing could be done
	Detail    string                                  `json:"detail,omitempty"`  // its technical cause
	Form      finess.Form                             `json:"form"`
	Date      string                                  `json:"date,omitempty"`
	Rows      int                                     `json:"rows"`
	Errors    int                                     `json:"errors"`
	Warnings  int                                     `json:"warnings"`
	Problems  []finess.Problem                        `json:"problems,omitempty"`
	Counts    map[imports.Verb]map[territory.Kind]int `json:"counts,omitempty"`
	Unchanged map[territory.Kind]int                  `json:"unchanged,omitempty"`
	Known     int                                     `json:"known"`
	Filtered  int                                     `json:"filtered"`
	Outside   int                                     `json:"outside"`
	Kept      int                                     `json:"kept"`
	Absent    int                                     `json:"absent"`
	OlderThan string                                  `json:"older_than,omitempty"`
	Samples   []imports.Sample                        `json:"samples,omitempty"`
	Steps     int                                     `json:"steps"`
}

// problemsShown is how many remarks a page lists; the count says how many there are.
const problemsShown = 200

// Work previews or applies an import. A file that cannot be read is an answer, not a failure of the work: trying again would change
// nothing. The import itself is one transaction with its line of the trail; run twice, it finds nothing to do the second time.
func (m *Module) Work(ctx context.Context, j job.Job, p *job.Progress) error {
	var o order
	if err := json.Unmarshal(j.Args, &o); err != nil {
		return job.Permanent(fmt.Errorf("read the arguments of the job: %w", err))
	}
	out, err := m.work(ctx, j, o, p)
	if err != nil {
		return err
	}
	p.Finish(func(context.Context, *store.Tx) (any, error) { return out, nil })
	return nil
}

func (m *Module) work(ctx context.Context, j job.Job, o order, p *job.Progress) (outcome, error) {
	file, err := m.read(ctx, o, p)
	switch {
	case ctx.Err() != nil:
		return outcome{}, context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return outcome{Failure: "administration.finess_gone"}, nil
	case err != nil:
		return outcome{Failure: "administration.finess_unreadable", Detail: err.Error()}, nil
	}
	options := imports.Options{Regions: o.Regions, Sectors: o.Sectors, CloseAbsent: o.CloseAbsent, AllowOlder: o.AllowOlder, Samples: 40}
	// The one who asks was authorised on the whole installation when the job was made.
	scope := territory.NewScope(right.CountedLeaves, right.Everywhere())
	var plan *imports.Plan
	if j.Kind == ImportKind {
		options.Applied = m.noted(j, o)
		plan, err = imports.Apply(ctx, m.DB, scope, file, o.Digest, options, m.Now, func(done, total int) {
			p.Report(int64(done), int64(total), "administration.step_apply")
		})
	} else {
		p.Report(0, 0, "administration.step_compare")
		err = m.DB.View(ctx, func(tx *store.Tx) error {
			plan, err = imports.Preview(ctx, tx, scope, file, options, m.Now())
			return err
		})
	}
	if known := fault.As(err); known != nil {
		return m.refused(known, file), nil
	}
	if err != nil {
		return outcome{}, err
	}
	return told(file, plan), nil
}

// refused is the outcome of an import that the territory does not allow.
func (m *Module) refused(known *fault.Error, file *finess.File) outcome {
	out := outcome{Form: file.Form, Date: file.Date, Rows: file.Rows, Failure: "administration.finess_refused", Detail: known.Error()}
	if known.Key == "finess.older" {
		out.Failure, out.Detail = "administration.finess_older_applied", ""
	}
	return out
}

// noted writes who imported what into the trail, in the transaction of the import.
func (m *Module) noted(j job.Job, o order) func(context.Context, *store.Tx, string, *imports.Plan) error {
	return func(ctx context.Context, tx *store.Tx, id string, plan *imports.Plan) error {
		closed, created := plan.Total(imports.Close), plan.Total(imports.Create)
		return m.Trail.Append(ctx, tx, journal.Entry{Actor: j.CreatedBy, Action: "finess.import", Subject: "finess/" + id,
			Data: trail.Data(map[string]any{"name": o.Name, "date": plan.Date, "sha256": o.Digest, "created": created, "changed": plan.Steps() - created - closed, "closed": closed})})
	}
}

// read reads the published file.
func (m *Module) read(ctx context.Context, o order, p *job.Progress) (*finess.File, error) {
	if !importName.MatchString(o.File) {
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(filepath.Join(m.Imports, o.File))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return finess.Read(ctx, f, finess.Limits{}, func(n int64) { p.Report(n*100/max(o.Size, 1), 100, "administration.step_read") })
}

// told is the outcome of a plan.
func told(file *finess.File, plan *imports.Plan) outcome {
	return outcome{
		Form: file.Form, Date: file.Date, Rows: file.Rows, Errors: file.Errors, Warnings: file.Warnings, Problems: file.Problems[:min(len(file.Problems), problemsShown)],
		Counts: plan.Counts, Unchanged: plan.Unchanged, Known: plan.Known, Filtered: plan.Filtered, Outside: plan.Outside, Kept: plan.Kept, Absent: plan.Absent,
		OlderThan: plan.OlderThan, Samples: plan.Samples, Steps: plan.Steps(),
	}
}

// importName is the form of the names that keep gives: what a stored order says is never trusted as a path.
var importName = regexp.MustCompile(`^finess-[0-9a-z]{26}$`)

// keep writes a published file to the folder of imports as it arrives, and gives its name, size in bytes and SHA-256. The folder is not emptied when the
// program starts, so that an import that was asked for outlives it.
func (m *Module) keep(content io.Reader, sum io.Writer) (name string, size int64, err error) {
	if err := m.sweep(); err != nil {
		return "", 0, err
	}
	name = "finess-" + store.NewID(m.Now())
	f, err := os.OpenFile(filepath.Join(m.Imports, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("keep the published file: %w", err)
	}
	size, err = io.Copy(io.MultiWriter(f, sum), content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", 0, errors.Join(fmt.Errorf("keep the published file: after %d bytes: %w", size, err), os.Remove(f.Name()))
	}
	return name, size, nil
}

// sweep makes the folder, and removes files that nobody applied in time.
func (m *Module) sweep() error {
	if err := os.MkdirAll(m.Imports, 0o700); err != nil {
		return fmt.Errorf("make the folder of imports: %w", err)
	}
	entries, err := os.ReadDir(m.Imports)
	if err != nil {
		return fmt.Errorf("look into the folder of imports: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !importName.MatchString(entry.Name()) || m.Now().Sub(info.ModTime()) < kept {
			continue
		}
		if err := os.Remove(filepath.Join(m.Imports, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an old published file: %w", err)
		}
	}
	return nil
}
