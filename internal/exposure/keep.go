package exposure

import (
	"context"
	"fmt"
	"time"

	"hygie/exposure/report"
	"hygie/finding"
	"hygie/internal/passage"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/referential"
)

// close writes the end of a run in the transaction that closes its job: evidence, outcome, the life of findings, facts and a line of the trail.
func (s *Service) close(ctx context.Context, tx *store.Tx, run Run, k bytesKept, r *report.Report) error {
	now := s.now()
	scope, err := passage.Scope(ctx, tx, run.Structure)
	if err != nil {
		return err
	}
	day := r.AsOf.In(paris()).Format(time.DateOnly)
	evidence := func(kind proof.Kind, name, digest string, size int64, by string) (string, error) {
		return proof.Add(ctx, tx, scope, proof.Evidence{Structure: run.Structure, Kind: kind, Name: name, MediaType: "application/json", SHA256: digest, Size: size,
			EffectiveFrom: r.AsOf, EffectiveUntil: r.AsOf, DepositedAt: now, DepositedBy: by})
	}
	if run.FactsID, err = evidence(proof.ExposureFacts, "exposition-constats-"+day+".json", k.facts, k.factsSize, run.CreatedBy); err != nil {
		return err
	}
	if run.ReportID, err = evidence(proof.ExposureReport, "exposition-"+day+".json", k.report, k.reportSize, ModuleName); err != nil {
		return err
	}
	run.AsOf, run.PerimeterHash, run.Grade, run.Holds, run.Partial, run.Counts = r.AsOf, r.PerimeterHash, r.Grade, r.Holds, r.Partial, countsOf(r)
	run.ToolVersion, run.FinishedAt = r.ToolVersion, now
	if r.Comparison != nil {
		run.Fresh, run.Fixed = r.Comparison.Counts[string(finding.New)]+r.Comparison.Counts[string(finding.Back)], r.Comparison.Counts[string(finding.Fixed)]
	} else {
		run.Fresh = len(r.Findings)
	}
	if err := finish(ctx, tx, run); err != nil {
		return err
	}
	if err := live(ctx, tx, run.Structure, r); err != nil {
		return err
	}
	if err := proof.Record(ctx, tx, scope, facts(run, r, now)...); err != nil {
		return err
	}
	if err := s.remind(ctx, tx, scope, run, now); err != nil {
		return err
	}
	if _, err := plan.SeenAgain(ctx, tx, scope, run.Structure, plan.ExposureFinding, planKeys(r), r.AsOf, now); err != nil {
		return err
	}
	return s.trail.Append(ctx, tx, journal.Entry{Actor: run.CreatedBy, Action: "exposure.done", Structure: run.Structure, Subject: "exposure/" + run.ID,
		Data: trail.Data(map[string]any{"grade": run.Grade, "as_of": day, "perimeter": run.PerimeterHash, "rules": r.RulesVersion, "report_sha256": k.report, "facts_sha256": k.facts})})
}

// planKeys are the actions that a report asks for: what it still finds.
func planKeys(r *report.Report) []string {
	keys := make([]string, len(r.Plan))
	for i, a := range r.Plan {
		keys[i] = a.Key
	}
	return keys
}

// remind puts the second audit into the plan while its window is to come or open, with the last day as its due day. It is asked for once for each
// first audit.
func (s *Service) remind(ctx context.Context, tx *store.Tx, scope territory.Scope, run Run, now time.Time) error {
	runs, err := runsOf(ctx, tx, scope, run.Structure, runsShown)
	if err != nil {
		return err
	}
	k := calendar(runs, now)
	if k.Stage != NotYet && k.Stage != Open {
		return nil
	}
	from, until := k.From.In(paris()).Format("02/01/2006"), k.Until.In(paris()).Format("02/01/2006")
	_, _, err = plan.Add(ctx, tx, scope, plan.Action{
		Structure: run.Structure, Title: "Faire le second audit d’exposition entre le " + from + " et le " + until,
		Detail: "Le programme demande deux audits successifs qui tiennent le seuil, à 45 jours au moins et 60 au plus. Le premier est du " + k.First.AsOf.In(paris()).Format("02/01/2006") + ".",
		Origin: plan.ExposureFinding, OriginRef: "second-audit/" + k.First.ID, OriginURL: address(run.Structure), DueOn: k.Until, Effort: plan.Low, Gain: plan.High, CreatedBy: ModuleName,
	}, now)
	return err
}

// facts is what a run establishes about its structure. An audit that stopped before its end proves no level.
func facts(run Run, r *report.Report, now time.Time) []proof.Fact {
	values := []struct {
		key   string
		value referential.Value
	}{
		{"exposure.run", referential.Date(r.AsOf)},
		{"exposure.grade", referential.Words(r.Grade)},
		{"exposure.critical", referential.Number(float64(run.Counts.Critical))},
		{"exposure.major", referential.Number(float64(run.Counts.Major))},
		{"exposure.threshold_held", referential.YesNo(run.Holds)},
		{"exposure.perimeter", referential.Words(run.PerimeterHash)},
	}
	if run.Partial || r.Grade == "" {
		return nil
	}
	var list []proof.Fact
	for _, v := range values {
		list = append(list, proof.Fact{Structure: run.Structure, Key: v.key, Value: v.value, ObservedAt: r.AsOf, Source: ModuleName + "/" + run.ID, Evidence: run.ReportID, RecordedAt: now, RecordedBy: run.CreatedBy})
	}
	return list
}

// live follows each finding from the first time it was seen to the day it was found mended. Runs may come in any order of their dates: the
// earliest day counts for the first sight.
func live(ctx context.Context, tx *store.Tx, structure string, r *report.Report) error {
	at := store.Millis(r.AsOf)
	for _, f := range r.Findings {
		if _, err := tx.Exec(ctx, `insert into exposure_life (structure_id, finding, severity, first_seen) values ($1, $2, $3, $4)
			on conflict (structure_id, finding) do update set severity = excluded.severity,
				first_seen = case when exposure_life.fixed_at > 0 and exposure_life.fixed_at <= excluded.first_seen then excluded.first_seen
					when excluded.first_seen < exposure_life.first_seen then excluded.first_seen else exposure_life.first_seen end,
				fixed_at = case when exposure_life.fixed_at <= excluded.first_seen then 0 else exposure_life.fixed_at end`,
			structure, f.ID, string(f.Severity), at); err != nil {
			return fmt.Errorf("record the life of a finding: %w", err)
		}
	}
	if r.Comparison == nil {
		return nil
	}
	for _, g := range r.Comparison.Gone {
		if g.Status != finding.Fixed {
			continue
		}
		if _, err := tx.Exec(ctx, `update exposure_life set fixed_at = $1 where structure_id = $2 and finding = $3 and fixed_at = 0 and first_seen <= $1`, at, structure, g.ID); err != nil {
			return fmt.Errorf("record the life of a finding: %w", err)
		}
	}
	return nil
}

// mending is how long findings of a structure took to be mended, in days, and since when those that are open stand.
type mending struct {
	Mended int
	Median int // days, of the mended ones; meaningless when there are none
	Since  map[string]time.Time
}

func mendingOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (m mending, err error) {
	var w store.Where
	w.And("l.structure_id = ?", structure)
	scope.Within(&w, "l.structure_id")
	type life struct {
		finding      string
		first, fixed int64
	}
	lives, err := store.All(ctx, tx, func(row store.Row) (l life, err error) {
		return l, row.Scan(&l.finding, &l.first, &l.fixed)
	}, `select l.finding, l.first_seen, l.fixed_at from exposure_life l`+w.SQL()+` order by l.fixed_at - l.first_seen, l.finding`, w.Args()...)
	if err != nil {
		return m, err
	}
	m.Since = map[string]time.Time{}
	var took []int
	for _, l := range lives {
		if l.fixed == 0 {
			m.Since[l.finding] = store.Time(l.first)
			continue
		}
		took = append(took, days(store.Time(l.first), store.Time(l.fixed)))
	}
	if m.Mended = len(took); m.Mended > 0 {
		m.Median = took[(len(took)-1)/2]
	}
	return m, nil
}
