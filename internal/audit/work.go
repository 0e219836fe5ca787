package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hygie/directory"
	"hygie/directory/collect"
	"hygie/directory/ldap"
	"hygie/directory/points/reasons"
	"hygie/directory/report"
	"hygie/internal/blob"
	"hygie/internal/job"
	"hygie/internal/passage"
	"hygie/internal/proof"
	"hygie/internal/store"
)

// JobKind is the kind of the job that works on a run.
const JobKind = "audit.directory"

// runs is the table of this module's runs.
const runs passage.Runs = "audit_run"

// passing is what of a run its life depends on.
func (r Run) passing() passage.Run {
	return passage.Run{ID: r.ID, Structure: r.Structure, CreatedAt: r.CreatedAt}
}

// jobArgs is what the job of a run needs.
type jobArgs struct {
	Run       string `json:"run"`
	SHA256    string `json:"sha256,omitempty"`    // of a deposited file; empty when the server collects
	Size      int64  `json:"size,omitempty"`      // in bytes
	Collected int64  `json:"collected,omitempty"` // Unix milliseconds; 0: the file says it, or the day of the deposit
}

// Steps of the work, as messages that the page translates.
const (
	stepCollect = "audit.step_collect"
	stepRead    = "audit.step_read"
	stepDecide  = "audit.step_decide"
	stepKeep    = "audit.step_keep"
)

// Work does the job of a run: it reads the directory, decides the points, compares with the run before, and keeps everything. What it cannot
// mend by trying again ends the run with the reason; a full disk or a lost database is tried again.
func (s *Service) Work(ctx context.Context, j job.Job, p *job.Progress) error {
	var args jobArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return job.Permanent(fmt.Errorf("read the arguments of the job: %w", err))
	}
	// A run that failed for good is worked on when somebody asked for it again.
	if err := s.db.Update(ctx, func(tx *store.Tx) error { return reopen(ctx, tx, args.Run) }); err != nil {
		return err
	}
	run, err := passage.Begun(ctx, s.db, args.Run, runByID)
	if err != nil || run.State.Over() {
		return err
	}
	if err := runs.AwaitOlder(ctx, s.db, run.passing()); err != nil {
		return err
	}
	if run.Source == Collected {
		if args, err = s.gather(ctx, run, args, p); err != nil {
			return runs.GiveUp(ctx, s.db, run.ID, err, s.now())
		}
	}
	result, err := s.evaluate(ctx, run, args, p)
	if err != nil {
		return runs.GiveUp(ctx, s.db, run.ID, err, s.now())
	}
	p.Report(0, 0, stepKeep)
	reportDigest, reportSize, err := s.keepReport(ctx, result.report)
	if err != nil {
		return err
	}
	rows := tabulate(result.report)
	if err := s.keepObjects(ctx, p, run.ID, rows.objects); err != nil {
		return err
	}
	p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) {
		return nil, s.close(ctx, tx, run, args, result, rows, reportDigest, reportSize)
	})
	return nil
}

// gather lets the server collect the directory into the evidence store.
func (s *Service) gather(ctx context.Context, run Run, args jobArgs, p *job.Progress) (jobArgs, error) {
	options, ok := s.secrets.take(run.ID)
	if !ok {
		return args, passage.Failure{Key: "audit.failure_credentials", Err: errors.New("the credentials of the collection are gone")}
	}
	options.Now = s.now
	folder, err := os.MkdirTemp(s.scratch, "collect-*.tmp")
	if err != nil {
		return args, fmt.Errorf("prepare the collection: %w", err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "directory.hygie")
	objects := map[string]int{}
	_, err = collect.File(ctx, collect.Options{
		Connect: func(ctx context.Context) (*ldap.Client, error) { return ldap.Connect(ctx, options) },
		Sysvol:  collect.OverSMB(options),
		Tool:    "hygie " + s.version, Account: options.Account.User, Now: s.now,
		Progress: func(partition string, n int) {
			objects[partition] = n
			total := 0
			for _, n := range objects {
				total += n
			}
			p.Report(int64(total), 0, stepCollect)
		},
	}, collect.FileOptions{Path: path})
	if err != nil {
		if ctx.Err() != nil {
			return args, context.Cause(ctx)
		}
		// The credentials are spent: another attempt would need them again, so the person decides.
		return args, passage.Failure{Key: "audit.failure_collect", Detail: string(ldap.ReasonOf(err)), Err: err}
	}
	f, err := os.Open(path)
	if err != nil {
		return args, err
	}
	defer f.Close()
	digest, size, err := s.vault.Put(ctx, f)
	if err != nil {
		return args, passage.Failure{Key: "audit.failure_store", Err: fmt.Errorf("store the collected directory: %w", err)}
	}
	args.SHA256, args.Size = hex.EncodeToString(digest[:]), size
	return args, nil
}

// outcome is what a run found, before it is kept.
type outcome struct {
	report   *report.Report
	previous string // run it was compared with
	newest   string // latest run before it, whose report may be unreadable
	partial  bool
	unread   string // when partial: what could not be read, see unread
}

// evaluate reads the directory and decides the points.
func (s *Service) evaluate(ctx context.Context, run Run, args jobArgs, p *job.Progress) (outcome, error) {
	content, err := proof.Evidence{SHA256: args.SHA256}.Open(ctx, s.vault)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrCorrupt) {
		return outcome{}, passage.Failure{Key: "audit.failure_store", Err: err}
	}
	if err != nil {
		return outcome{}, err
	}
	defer content.Close()
	counted := &counter{r: content, total: args.Size, progress: p}
	d, err := directory.Open(ctx, []directory.Source{{Name: run.SourceName, Reader: counted}}, limits(args.Size))
	if err != nil {
		if ctx.Err() != nil {
			return outcome{}, context.Cause(ctx)
		}
		key := "audit.failure_unreadable"
		if errors.Is(err, directory.ErrFormat) {
			key = "audit.failure_format"
		}
		return outcome{}, passage.Failure{Key: key, Detail: err.Error(), Err: err}
	}
	p.Report(0, 0, stepDecide)
	asOf := store.Time(args.Collected)
	if asOf.IsZero() {
		asOf = latestCollection(d.Sources())
	}
	if asOf.IsZero() || asOf.After(s.now()) {
		asOf = run.CreatedAt
	}
	before, err := s.earlier(ctx, run, asOf)
	if err != nil {
		return outcome{}, err
	}
	r, err := directory.Audit(d, directory.Options{AsOf: asOf, Baseline: before.baseline, History: before.history, Language: "fr", Version: s.version})
	if err != nil {
		return outcome{}, passage.Failure{Key: "audit.failure_unreadable", Detail: err.Error(), Err: err}
	}
	out := outcome{report: r, previous: before.previous, newest: before.newest}
	for _, source := range r.Sources {
		out.partial = out.partial || source.Partial
	}
	if out.partial {
		out.unread = unread(r.Warnings)
	}
	return out, nil
}

// Bounds of what one run reads. A directory is held in memory, and its file is compressed: without them a small file made for it would take
// the whole platform down. Real collections and exports shrink five to thirty times; the largest domains have a million objects of a few kilobytes.
const (
	mostObjects  = 3_000_000
	mostGrowth   = 64        // times the size of the file
	alwaysEnough = 256 << 20 // uncompressed bytes that a file of any size may have
	neverMore    = 8 << 30
)

// limits are those for a file of so many bytes.
func limits(size int64) directory.Limits {
	return directory.Limits{Objects: mostObjects, Bytes: min(max(size, alwaysEnough/mostGrowth), neverMore/mostGrowth) * mostGrowth}
}

// mostUnread is how many lines about what could not be read the page of a run shows; the report has them all.
const mostUnread = 20

// unread writes the warnings without a language, one in a line.
func unread(warnings []report.Warning) string {
	var lines []string
	for _, w := range warnings[:min(len(warnings), mostUnread)] {
		line, err := json.Marshal(reasons.Of(w.Code, w.Params))
		if err != nil { // never of a code and texts
			continue
		}
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}

// Unread says in a language what a partial run could not read, one line each; a run of an earlier version has the words of its sources only.
func (r *Run) Unread(lang string) string {
	lines := strings.Split(r.FailureDetail, "\n")
	for i, line := range lines {
		var said reasons.Reason
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &said) == nil {
			lines[i] = said.Text(lang)
		}
	}
	return strings.Join(lines, "\n")
}

// earlierReports is how many reports before the previous one are read, to tell what came back from what is new.
const earlierReports = 3

// past is what a run is compared with.
type past struct {
	baseline *report.Report
	history  []*report.Report // before the baseline, the latest first
	previous string           // run of the baseline
	newest   string           // latest run, even if its report is unreadable
}

// earlier reads the reports of the structure's runs before a moment, the latest first.
func (s *Service) earlier(ctx context.Context, run Run, asOf time.Time) (before past, err error) {
	var runs []Run
	var proofs []proof.Evidence
	err = s.db.View(ctx, func(tx *store.Tx) error {
		scope, err := passage.Scope(ctx, tx, run.Structure)
		if err != nil {
			return err
		}
		if runs, err = doneBefore(ctx, tx, scope, run.Structure, run.ID, asOf, 1+earlierReports); err != nil {
			return err
		}
		for _, r := range runs {
			e, err := proof.ByID(ctx, tx, scope, r.ReportID)
			if err != nil {
				return fmt.Errorf("find the report of run %s: %w", r.ID, err)
			}
			proofs = append(proofs, e)
		}
		return nil
	})
	if err != nil {
		return past{}, err
	}
	if len(runs) > 0 {
		before.newest = runs[0].ID
	}
	for i, e := range proofs {
		r, err := s.readReport(ctx, e)
		if err != nil {
			// A damaged old report must not keep a new audit from its result; the comparison is then missing, and the log says why.
			s.log.WarnContext(ctx, "an earlier report cannot be read", "run", runs[i].ID, "error", err)
			continue
		}
		if before.baseline == nil {
			before.baseline, before.previous = r, runs[i].ID
			continue
		}
		before.history = append(before.history, r)
	}
	return before, nil
}

func (s *Service) readReport(ctx context.Context, e proof.Evidence) (*report.Report, error) {
	content, err := e.Open(ctx, s.vault)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return report.Read(content)
}

// counter tells how much of a file was read.
type counter struct {
	r        io.Reader
	done     int64
	total    int64
	progress *job.Progress
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.done += int64(n)
	c.progress.Report(c.done, c.total, stepRead)
	return n, err
}
