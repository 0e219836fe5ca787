package exposure

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	engine "hygie/exposure"
	"hygie/exposure/check"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/report"
	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/passage"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// JobKind is the kind of the job that works on a run.
const JobKind = "exposure.audit"

// runs is the table of this module's runs.
const runs passage.Runs = "exposure_run"

// passing is what of a run its life depends on.
func (r Run) passing() passage.Run {
	return passage.Run{ID: r.ID, Structure: r.Structure, CreatedAt: r.CreatedAt}
}

// jobArgs is what the job of a run needs.
type jobArgs struct {
	Run    string `json:"run"`
	SHA256 string `json:"sha256,omitempty"` // of deposited facts; empty when the platform looks itself
	Size   int64  `json:"size,omitempty"`
}

// Work does the job of a run: it looks, or reads what was deposited, decides, compares with the run before, and keeps everything. Killed in the
// middle it goes on where it was.
func (s *Service) Work(ctx context.Context, j job.Job, p *job.Progress) error {
	var args jobArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return job.Permanent(fmt.Errorf("read the arguments of the job: %w", err))
	}
	run, err := passage.Begun(ctx, s.db, args.Run, runByID)
	if err != nil || run.State.Over() {
		return err
	}
	if err := runs.AwaitOlder(ctx, s.db, run.passing()); err != nil {
		return err
	}
	err = s.work(ctx, run, args, p)
	if failed := new(passage.Failure); errors.As(err, failed) {
		err = errors.Join(err, s.forget(run.ID))
	}
	if err != nil {
		return runs.GiveUp(ctx, s.db, run.ID, err, s.now())
	}
	return nil
}

func (s *Service) work(ctx context.Context, run Run, args jobArgs, p *job.Progress) error {
	seen, partial, err := s.facts(ctx, run, args, p)
	if err != nil {
		return err
	}
	p.Report(0, 0, "exposure.step_decide")
	options, before, err := s.options(ctx, run, seen, partial)
	if err != nil {
		return err
	}
	r, err := engine.Decide(seen, options)
	if err != nil {
		return passage.Failure{Key: "exposure.failure_decide", Detail: err.Error(), Err: err}
	}
	p.Report(0, 0, "exposure.step_keep")
	kept, err := s.put(ctx, args, seen, r)
	if err != nil {
		return err
	}
	run.PreviousID = before.previous
	p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) {
		if err := runs.NotOvertaken(ctx, tx, run.passing(), seen.AsOf, before.newest); err != nil {
			return nil, err
		}
		return nil, s.close(ctx, tx, run, kept, r)
	})
	return s.forget(run.ID)
}

// facts looks at the perimeter, or reads what was deposited. Partial tells that the audit stopped before its end.
func (s *Service) facts(ctx context.Context, run Run, args jobArgs, p *job.Progress) (seen *observe.Run, partial bool, err error) {
	if args.SHA256 != "" {
		seen, err = s.deposited(ctx, args)
		return seen, false, err
	}
	c, err := s.prepare(ctx, run)
	if err != nil {
		return nil, false, err
	}
	memory, err := engine.OpenMemory(s.memoryFile(run.ID))
	if err != nil {
		return nil, false, err
	}
	defer memory.Close()
	c.Memory = memory
	c.Progress = func(e engine.Event) { p.Report(int64(e.Done), int64(e.Total), "exposure.step_"+e.Phase) }
	seen, err = engine.Audit(ctx, c)
	switch {
	case err == nil:
		return seen, false, nil
	case ctx.Err() != nil:
		return nil, false, context.Cause(ctx) // stopped or cancelled: the memory keeps what was seen
	case errors.Is(err, engine.ErrHours):
		if seen != nil && len(seen.Endpoints) > 0 {
			return seen, true, nil // the allowed hours are over
		}
		return nil, false, passage.Failure{Key: "exposure.failure_hours", Err: err}
	case errors.Is(err, engine.ErrTooOld), errors.Is(err, engine.ErrOther):
		return nil, false, passage.Failure{Key: "exposure.failure_old", Err: err}
	default:
		return nil, false, err
	}
}

// prepare reads the declaration of a run as it was when the run was asked for.
func (s *Service) prepare(ctx context.Context, run Run) (engine.Config, error) {
	var p *perimeter.Perimeter
	var scope territory.Scope
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if scope, err = passage.Scope(ctx, tx, run.Structure); err != nil {
			return err
		}
		list, err := declarations(ctx, tx, scope, run.Structure, 1000)
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.ID == run.PerimeterID {
				p = d.Perimeter
			}
		}
		owner, err := ownerOf(ctx, tx, scope, run.Structure)
		if p != nil {
			p.ProofKey = owner.ProofKey
		}
		return err
	})
	if err != nil {
		return engine.Config{}, err
	}
	if p == nil {
		return engine.Config{}, passage.Failure{Key: "exposure.failure_perimeter", Err: fault.NotFound("exposure.not_declared")}
	}
	c, err := s.config(ctx, scope, p)
	if err == nil {
		c.Imports, err = s.discoveries(ctx, scope, run.Structure)
	}
	return c, err
}

func (s *Service) memoryFile(run string) string { return filepath.Join(s.o.Memory, run+".audit") }

// forget removes what an audit under way kept for going on.
func (s *Service) forget(run string) error {
	err := os.Remove(s.memoryFile(run))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (s *Service) deposited(ctx context.Context, args jobArgs) (*observe.Run, error) {
	content, err := proof.Evidence{SHA256: args.SHA256}.Open(ctx, s.vault)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrCorrupt) {
		return nil, passage.Failure{Key: "exposure.failure_store", Err: err}
	}
	if err != nil {
		return nil, err
	}
	defer content.Close()
	seen, err := engine.ReadFacts(content)
	if err != nil {
		return nil, passage.Failure{Key: "exposure.failure_facts", Detail: err.Error(), Err: err}
	}
	if seen.AsOf.After(s.now().Add(time.Hour)) {
		return nil, passage.Failure{Key: "exposure.failure_future", Err: errors.New("the facts are of a day to come")}
	}
	return seen, nil
}

// earlierReports is how many reports before the previous one are read, to tell what came back from what is new.
const earlierReports = 3

// past names the runs that a run is compared with.
type past struct {
	previous string // run of the baseline
	newest   string // latest run, even if its report is unreadable
}

// options gathers what a decision depends on: the earlier reports, the decisions of the management, the knowledge of the installation.
func (s *Service) options(ctx context.Context, run Run, seen *observe.Run, partial bool) (o engine.Options, before past, err error) {
	o = engine.Options{Language: "fr", Tool: "hygie " + s.o.Version, Partial: partial}
	var runs []Run
	var proofs []proof.Evidence
	var closed []string // keys of the actions that someone says are done
	err = s.db.View(ctx, func(tx *store.Tx) error {
		scope, err := passage.Scope(ctx, tx, run.Structure)
		if err != nil {
			return err
		}
		accepted, err := acceptancesOf(ctx, tx, scope, run.Structure)
		if err != nil {
			return err
		}
		for _, a := range accepted {
			o.Accepted = append(o.Accepted, report.Acceptance{Finding: a.Finding, Author: a.ByName, Reason: a.Reason, False: a.False, Until: a.Until.AddDate(0, 0, 1).Add(-time.Second)})
		}
		if closed, err = done(ctx, tx, scope, run.Structure); err != nil {
			return err
		}
		if runs, err = doneBefore(ctx, tx, scope, run.Structure, run.ID, seen.AsOf, 1+earlierReports); err != nil {
			return err
		}
		for _, r := range runs {
			e, err := proof.ByID(ctx, tx, scope, r.ReportID)
			if err != nil {
				return err
			}
			proofs = append(proofs, e)
		}
		return nil
	})
	if err != nil {
		return o, past{}, err
	}
	if len(runs) > 0 {
		before.newest = runs[0].ID
	}
	for i, e := range proofs {
		r, err := s.readReport(ctx, e)
		if err != nil {
			s.o.Log.WarnContext(ctx, "an earlier report cannot be read", "run", runs[i].ID, "error", err)
			continue
		}
		if o.Baseline == nil {
			o.Baseline, before.previous = r, runs[i].ID
			continue
		}
		o.History = append(o.History, r)
	}
	if o.Baseline != nil {
		for _, a := range o.Baseline.Plan {
			if slices.Contains(closed, a.Key) {
				o.Announced = append(o.Announced, a.Findings...)
			}
		}
	}
	if o.Known, err = s.knowledge(ctx); err != nil {
		s.o.Log.WarnContext(ctx, "the knowledge of the installation cannot be read", "error", err)
	}
	if !o.Known.Empty() {
		o.KnownDate = o.Known.Date()
	}
	return o, before, nil
}

func (s *Service) readReport(ctx context.Context, e proof.Evidence) (*report.Report, error) {
	if r, ok := s.reports.Get(e.SHA256); ok {
		return r, nil
	}
	content, err := e.Open(ctx, s.vault)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	r, err := report.Read(content)
	if err == nil {
		s.reports.Put(e.SHA256, r)
	}
	return r, err
}

// bytesKept says where the files of a run are.
type bytesKept struct {
	facts, report         string // SHA-256
	factsSize, reportSize int64
}

// put stores facts and report.
func (s *Service) put(ctx context.Context, args jobArgs, seen *observe.Run, r *report.Report) (k bytesKept, err error) {
	k.facts, k.factsSize = args.SHA256, args.Size
	if k.facts == "" {
		if k.facts, k.factsSize, err = s.store(ctx, func(w io.Writer) error { return engine.WriteFacts(w, seen) }); err != nil {
			return k, err
		}
	}
	k.report, k.reportSize, err = s.store(ctx, func(w io.Writer) error { return report.WriteJSON(w, r) })
	return k, err
}

// store streams into the store of bytes.
func (s *Service) store(ctx context.Context, write func(io.Writer) error) (string, int64, error) {
	out, in := io.Pipe()
	go func() { in.CloseWithError(write(in)) }()
	digest, size, err := s.vault.Put(ctx, out)
	out.CloseWithError(err) // ends the writer when the store gave up first
	if err != nil {
		return "", 0, fmt.Errorf("store what the audit gave: %w", err)
	}
	return hex.EncodeToString(digest[:]), size, nil
}

// countsOf are the open findings that count.
func countsOf(r *report.Report) Counts {
	n := r.Statistics.Counting
	return Counts{Critical: n[check.Critical], Major: n[check.Major], Important: n[check.Important], Minor: n[check.Minor]}
}
