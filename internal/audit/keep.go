package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"hygie/directory/findings"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/reasons"
	"hygie/directory/report"
	"hygie/finding"
	"hygie/internal/blob"
	"hygie/internal/job"
	"hygie/internal/passage"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/referential"
)

// ModuleName is who deposits what the platform itself made.
const ModuleName = "directory-audit"

func latestCollection(sources []model.Source) (latest time.Time) {
	for _, s := range sources {
		if s.Collected.After(latest) {
			latest = s.Collected
		}
	}
	return latest
}

// keepReport stores the report as JSON.
func (s *Service) keepReport(ctx context.Context, r *report.Report) (blob.Digest, int64, error) {
	out, in := io.Pipe()
	go func() { in.CloseWithError(report.WriteJSON(in, r)) }()
	digest, size, err := s.vault.Put(ctx, out)
	out.CloseWithError(err) // ends the writer when the store gave up first
	if err != nil {
		return digest, size, fmt.Errorf("store the report: %w", err)
	}
	return digest, size, nil
}

// rows is a report laid out for the tables.
type rows struct {
	domains []Domain
	points  []Point
	objects []Object
}

// tabulate lays a report out. Objects that an earlier run listed and this one does not are rows too, with their status.
func tabulate(r *report.Report) rows {
	var out rows
	for _, d := range r.Domains {
		out.domains = append(out.domains, Domain{Name: d.DNSName, Level: knownLevel(d.Level, d.LevelUnknown), LevelAtMost: d.UpperBound && !d.LevelUnknown, Objects: d.Accounts.Users + d.Accounts.Computers + d.Accounts.Groups})
		for _, p := range d.Points {
			row := Point{Domain: d.DNSName, ID: p.ID, Status: p.Status, Level: slices.Min(p.Levels), FailedLevels: p.FailedLevels, Missing: p.Missing}
			seen := map[string]bool{}
			for o := range p.Objects.All() {
				status := o.Status
				if r.Comparison == nil {
					status = ""
				}
				out.objects = append(out.objects, Object{Domain: d.DNSName, Point: p.ID, Number: len(out.objects) + 1, Status: status, DN: o.DN, SID: o.SID, Levels: o.Levels, Reason: reasons.Of(o.Code, o.Params)})
				if identity := o.SID + "|" + o.GUID + "|" + o.DN; !seen[identity] {
					seen[identity] = true
					row.Total++
					if status == string(finding.New) || status == string(finding.Back) {
						row.Fresh++
					}
				}
			}
			out.points = append(out.points, row)
		}
	}
	if r.Comparison == nil {
		return out
	}
	for _, c := range r.Comparison.Changes {
		if c.Status != finding.Fixed && c.Status != finding.Unverified {
			continue
		}
		out.objects = append(out.objects, Object{Domain: c.Domain, Point: c.Point, Number: len(out.objects) + 1, Status: string(c.Status), DN: c.DN, SID: c.SID, Levels: c.Levels, Reason: reasons.Of(c.Code, c.Params)})
		if c.Status == finding.Fixed {
			if at := slices.IndexFunc(out.points, func(p Point) bool { return p.ID == c.Point && p.Domain == c.Domain }); at >= 0 {
				out.points[at].Fixed++
			}
		}
	}
	for i := range out.points {
		out.points[i].Change = change(out.points[i])
	}
	return out
}

// knownLevel is a level as the tables keep it: 0 when nothing could be decided.
func knownLevel(level int, unknown bool) int {
	if unknown {
		return 0
	}
	return level
}

// change says what became of a point as a whole since the run before.
func change(p Point) string {
	switch {
	case p.Status == points.Passed && p.Fixed > 0:
		return string(finding.Fixed)
	case p.Status == points.Failed && p.Fresh == p.Total:
		return string(finding.New)
	case p.Status == points.Failed:
		return string(finding.Persisting)
	case p.Status == points.NotEvaluated:
		return string(finding.Unverified)
	}
	return ""
}

// keepAtOnce is how many objects one transaction writes, so that others may write in between.
const keepAtOnce = 4000

// keepObjects writes the objects of a run that does not show yet, after clearing what an interrupted attempt left. Each transaction counts only while the job
// is this attempt's, so that one that was thought dead does not clear what the next one wrote.
func (s *Service) keepObjects(ctx context.Context, p *job.Progress, run string, objects []Object) error {
	held := func(write func(tx *store.Tx) error) error {
		return s.db.Update(ctx, func(tx *store.Tx) error {
			if err := p.Held(ctx, tx); err != nil {
				return err
			}
			return write(tx)
		})
	}
	if err := held(func(tx *store.Tx) error { return forgetObjects(ctx, tx, run) }); err != nil {
		return err
	}
	for part := range slices.Chunk(objects, keepAtOnce) {
		if err := held(func(tx *store.Tx) error { return insertObjects(ctx, tx, run, part) }); err != nil {
			return err
		}
	}
	return nil
}

// close writes the end of a run, in the transaction that closes its job: evidence, outcome, facts and a line of the trail.
func (s *Service) close(ctx context.Context, tx *store.Tx, run Run, args jobArgs, result outcome, rows rows, reportDigest blob.Digest, reportSize int64) error {
	now, r := s.now(), result.report
	if err := runs.NotOvertaken(ctx, tx, run.passing(), r.AsOf, result.newest); err != nil {
		return err
	}
	depositor := run.CreatedBy
	scope, err := passage.Scope(ctx, tx, run.Structure)
	if err != nil {
		return err
	}
	run.DumpID, err = proof.Add(ctx, tx, scope, proof.Evidence{
		Structure: run.Structure, Kind: proof.DirectoryDump, Name: run.SourceName, MediaType: "application/octet-stream", SHA256: args.SHA256, Size: args.Size,
		EffectiveFrom: r.AsOf, EffectiveUntil: r.AsOf, DepositedAt: now, DepositedBy: depositor,
	})
	if err != nil {
		return err
	}
	run.ReportID, err = proof.Add(ctx, tx, scope, proof.Evidence{
		Structure: run.Structure, Kind: proof.DirectoryReport, Name: "audit-" + r.AsOf.Format(time.DateOnly) + ".json", MediaType: "application/json",
		SHA256: hex.EncodeToString(reportDigest[:]), Size: reportSize, EffectiveFrom: r.AsOf, EffectiveUntil: r.AsOf, DepositedAt: now, DepositedBy: ModuleName,
	})
	if err != nil {
		return err
	}
	run.AsOf, run.Level, run.LevelAtMost, run.Partial, run.PreviousID, run.ToolVersion, run.FinishedAt = r.AsOf, knownLevel(r.Level, r.LevelUnknown), r.UpperBound && !r.LevelUnknown, result.partial, result.previous, s.version, now
	run.FailureDetail = result.unread
	written, err := finish(ctx, tx, run, rows.domains, rows.points)
	if err != nil {
		return err
	}
	if !written {
		return fmt.Errorf("close run %s: it is already over", run.ID)
	}
	if err := insertTies(ctx, tx, tiesOf(run.ID, r)); err != nil {
		return err
	}
	if err := proof.Record(ctx, tx, scope, facts(run, r, now)...); err != nil {
		return err
	}
	if _, err := plan.SeenAgain(ctx, tx, scope, run.Structure, plan.DirectoryFinding, asked(r, rows), r.AsOf, now); err != nil {
		return err
	}
	return s.trail.Append(ctx, tx, journal.Entry{Actor: run.CreatedBy, Action: "audit.done", Structure: run.Structure, Subject: "audit/" + run.ID,
		Data: trail.Data(map[string]any{"level": run.Level, "at_most": run.LevelAtMost, "as_of": r.AsOf.Format(time.DateOnly), "report_sha256": hex.EncodeToString(reportDigest[:])})})
}

// asked are the identities by which what a run found stands in the plan: failed points, other findings, and changes that close ways in.
func asked(r *report.Report, rows rows) (refs []string) {
	for _, p := range rows.points {
		if p.Status == points.Failed {
			refs = append(refs, reference(p.ID, p.Domain))
		}
	}
	for _, l := range beside(r) {
		if l.Status == findings.Found {
			refs = append(refs, l.reference())
		}
	}
	for _, f := range r.Fixes {
		refs = append(refs, fixReference(f))
	}
	return refs
}

// facts is what a run establishes about its structure. One that could decide nothing establishes nothing.
func facts(run Run, r *report.Report, now time.Time) []proof.Fact {
	if r.LevelUnknown {
		return nil
	}
	values := []struct {
		key   string
		value referential.Value
	}{
		{"directory.run", referential.Date(r.AsOf)},
		{"directory.level", referential.Number(float64(r.Level))},
		{"directory.level_upper_bound", referential.YesNo(r.UpperBound)},
		{"directory.not_evaluated", referential.Number(float64(r.Statistics.Points[string(points.NotEvaluated)]))},
		{"directory.domains", referential.Number(float64(len(r.Domains)))},
	}
	for level := 1; level < points.BestLevel; level++ {
		values = append(values, struct {
			key   string
			value referential.Value
		}{fmt.Sprintf("directory.failed.level%d", level), referential.Number(float64(r.FailedAt(level)))})
	}
	var list []proof.Fact
	for _, v := range values {
		list = append(list, proof.Fact{Structure: run.Structure, Key: v.key, Value: v.value, ObservedAt: r.AsOf, Source: ModuleName + "/" + run.ID, Evidence: run.ReportID, RecordedAt: now, RecordedBy: run.CreatedBy})
	}
	return list
}
