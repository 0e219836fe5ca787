package exposure

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hygie/exposure/perimeter"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// A run that is not over is as far as its job is. Ended jobs are deleted in the end: a run without one will not go on.
const runColumns = `r.id, r.structure_id, case when r.state = 'waiting' then coalesce(j.state, 'failed') else r.state end, r.source, r.source_name, r.job_id,
	coalesce(r.perimeter_id, ''), r.perimeter_hash, coalesce(r.facts_id, ''), coalesce(r.report_id, ''), r.as_of, r.grade, r.holds, r.partial, r.critical, r.major, r.important, r.minor,
	r.fresh, r.fixed, r.failure_key, r.failure_detail, coalesce(r.previous_id, ''), r.tool_version, r.created_at, r.created_by, r.created_by_name, r.finished_at`

const runTables = ` from exposure_run r left join job j on j.id = r.job_id`

func scanRun(row store.Row) (Run, error) {
	var r Run
	var asOf, created, finished int64
	err := row.Scan(&r.ID, &r.Structure, &r.State, &r.Source, &r.SourceName, &r.JobID, &r.PerimeterID, &r.PerimeterHash, &r.FactsID, &r.ReportID, &asOf, &r.Grade, &r.Holds, &r.Partial,
		&r.Counts.Critical, &r.Counts.Major, &r.Counts.Important, &r.Counts.Minor, &r.Fresh, &r.Fixed, &r.FailureKey, &r.FailureDetail, &r.PreviousID, &r.ToolVersion,
		&created, &r.CreatedBy, &r.CreatedByName, &finished)
	r.AsOf, r.CreatedAt, r.FinishedAt = store.Time(asOf), store.Time(created), store.Time(finished)
	return r, err
}

// insert writes a row about a structure in scope: columns and values but the structure's own, which must be in scope.
func insert(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, table, columns string, values ...any) error {
	var w store.Where
	marks := ""
	for _, v := range values {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", structure)
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into `+table+` (structure_id, `+columns+`) select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return fmt.Errorf("record in %s: %w", table, err)
	}
	if n != 1 {
		return fmt.Errorf("record in %s for %s: %w", table, structure, store.ErrNotFound)
	}
	return nil
}

func insertRun(ctx context.Context, tx *store.Tx, scope territory.Scope, r Run) error {
	return insert(ctx, tx, scope, r.Structure, "exposure_run", "id, state, source, source_name, job_id, perimeter_id, perimeter_hash, tool_version, created_at, created_by, created_by_name",
		r.ID, string(Waiting), string(r.Source), store.Text(r.SourceName), r.JobID, nullable(r.PerimeterID), r.PerimeterHash, r.ToolVersion, store.Millis(r.CreatedAt), r.CreatedBy, r.CreatedByName)
}

// runByID returns one run in scope, or [store.ErrNotFound].
func runByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Run, error) {
	var w store.Where
	w.And("r.id = ?", id)
	scope.Within(&w, "r.structure_id")
	return store.One(ctx, tx, scanRun, `select `+runColumns+runTables+w.SQL(), w.Args()...)
}

// runsOf lists the runs of a structure in scope, the latest data first; those without a result yet come before.
func runsOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, limit int) ([]Run, error) {
	var w store.Where
	w.And("r.structure_id = ?", structure)
	scope.Within(&w, "r.structure_id")
	return store.All(ctx, tx, scanRun, `select `+runColumns+runTables+w.SQL()+` order by case when r.as_of = 0 then r.created_at else r.as_of end desc, r.id desc limit `+w.Arg(limit), w.Args()...)
}

// doneBefore lists the finished runs whose facts are older than a moment, the latest first.
func doneBefore(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, except string, asOf time.Time, limit int) ([]Run, error) {
	var w store.Where
	w.And("r.structure_id = ?", structure)
	w.And("r.id <> ?", except)
	w.And("r.state = 'done'")
	w.And("r.as_of <= ?", store.Millis(asOf))
	scope.Within(&w, "r.structure_id")
	return store.All(ctx, tx, scanRun, `select `+runColumns+runTables+w.SQL()+` order by r.as_of desc, r.created_at desc, r.id desc limit `+w.Arg(limit), w.Args()...)
}

// finish writes the outcome of a run; it fails when the run was already over.
func finish(ctx context.Context, tx *store.Tx, r Run) error {
	n, err := tx.Exec(ctx, `update exposure_run set state = 'done', perimeter_hash = $1, facts_id = $2, report_id = $3, as_of = $4, grade = $5, holds = $6, partial = $7, critical = $8, major = $9, important = $10,
		minor = $11, fresh = $12, fixed = $13, previous_id = $14, tool_version = $15, finished_at = $16, failure_key = $17, failure_detail = $18 where id = $19 and state = 'waiting'`,
		r.PerimeterHash, r.FactsID, r.ReportID, store.Millis(r.AsOf), r.Grade, r.Holds, r.Partial, r.Counts.Critical, r.Counts.Major, r.Counts.Important, r.Counts.Minor, r.Fresh, r.Fixed,
		nullable(r.PreviousID), r.ToolVersion, store.Millis(r.FinishedAt), r.FailureKey, store.Text(r.FailureDetail), r.ID)
	if err != nil {
		return fmt.Errorf("close run %s: %w", r.ID, err)
	}
	if n != 1 {
		return fmt.Errorf("close run %s: it is already over", r.ID)
	}
	return nil
}

// stored is a declaration as its column keeps it: the perimeter's own JSON form.
func scanDeclaration(row store.Row) (Declaration, error) {
	var d Declaration
	var content string
	var created int64
	if err := row.Scan(&d.ID, &d.Structure, &d.Version, &d.Hash, &content, &created, &d.CreatedByName); err != nil {
		return d, err
	}
	d.CreatedAt, d.Perimeter = store.Time(created), &perimeter.Perimeter{}
	if err := json.Unmarshal([]byte(content), d.Perimeter); err != nil {
		return d, fmt.Errorf("read declaration %s: %w", d.ID, err)
	}
	return d, nil
}

const declarationColumns = `p.id, p.structure_id, p.version, p.hash, p.content, p.created_at, p.created_by_name`

// declarations lists the versions of what a structure declares, the latest first.
func declarations(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, limit int) ([]Declaration, error) {
	var w store.Where
	w.And("p.structure_id = ?", structure)
	scope.Within(&w, "p.structure_id")
	return store.All(ctx, tx, scanDeclaration, `select `+declarationColumns+` from exposure_perimeter p`+w.SQL()+` order by p.version desc limit `+w.Arg(limit), w.Args()...)
}

// ownerOf returns how a structure proves what it declares; the zero Owner when nothing was declared yet.
func ownerOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (Owner, error) {
	var w store.Where
	w.And("o.structure_id = ?", structure)
	scope.Within(&w, "o.structure_id")
	list, err := store.All(ctx, tx, scanOwner, `select o.structure_id, o.proof_key, o.proofs, o.proofs_hash, o.proofs_at, o.every_days, o.next_at from exposure_owner o`+w.SQL(), w.Args()...)
	if err != nil || len(list) == 0 {
		return Owner{Structure: structure}, err
	}
	return list[0], nil
}

func scanOwner(row store.Row) (Owner, error) {
	var o Owner
	var proofs string
	var at, next int64
	if err := row.Scan(&o.Structure, &o.ProofKey, &proofs, &o.ProofHash, &at, &o.EveryDays, &next); err != nil {
		return o, err
	}
	o.ProofsAt, o.NextAt = store.Time(at), store.Time(next)
	return o, json.Unmarshal([]byte(proofs), &o.Proofs)
}

// acceptancesOf lists the decisions that were not taken back, the latest first.
func acceptancesOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Acceptance, error) {
	var w store.Where
	w.And("a.structure_id = ?", structure)
	w.And("a.withdrawn_at = 0")
	scope.Within(&w, "a.structure_id")
	return store.All(ctx, tx, func(row store.Row) (a Acceptance, err error) {
		var until, at int64
		err = row.Scan(&a.ID, &a.Structure, &a.Finding, &a.False, &a.Reason, &until, &at, &a.By, &a.ByName)
		a.Until, a.AcceptedAt = store.Time(until), store.Time(at)
		return a, err
	}, `select a.id, a.structure_id, a.finding, a.false_positive, a.reason, a.until, a.accepted_at, a.accepted_by, a.accepted_by_name from exposure_acceptance a`+w.SQL()+` order by a.accepted_at desc, a.id desc`, w.Args()...)
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}
