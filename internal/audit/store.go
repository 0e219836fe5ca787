package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// A run that is not over is as far as its job is, which may have failed or been cancelled for good. Ended jobs are deleted in the end: a run without
// one will not go on. A run that failed and whose job was asked for again is as far as that job.
const runColumns = `r.id, r.structure_id, case when r.state = 'waiting' then coalesce(j.state, 'failed') when r.state = 'failed' and j.state in ('waiting', 'running') then j.state else r.state end, r.source, r.source_name, r.job_id, coalesce(r.dump_id, ''), coalesce(r.report_id, ''), r.as_of, r.level, r.level_at_most, r.partial,
	r.failure_key, r.failure_detail, coalesce(r.previous_id, ''), r.tool_version, r.created_at, r.created_by, r.created_by_name, r.finished_at`

func scanRun(row store.Row) (Run, error) {
	var r Run
	var asOf, created, finished int64
	err := row.Scan(&r.ID, &r.Structure, &r.State, &r.Source, &r.SourceName, &r.JobID, &r.DumpID, &r.ReportID, &asOf, &r.Level, &r.LevelAtMost, &r.Partial,
		&r.FailureKey, &r.FailureDetail, &r.PreviousID, &r.ToolVersion, &created, &r.CreatedBy, &r.CreatedByName, &finished)
	r.AsOf, r.CreatedAt, r.FinishedAt = store.Time(asOf), store.Time(created), store.Time(finished)
	return r, err
}

// insertRun records a run that waits for its job.
func insertRun(ctx context.Context, tx *store.Tx, scope territory.Scope, r Run) error {
	var w store.Where
	marks := ""
	for _, v := range []any{r.ID, string(Waiting), string(r.Source), r.SourceName, r.JobID, r.ToolVersion, store.Millis(r.CreatedAt), r.CreatedBy, r.CreatedByName} {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", r.Structure)
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into audit_run (structure_id, id, state, source, source_name, job_id, tool_version, created_at, created_by, created_by_name)
		select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return fmt.Errorf("record the run: %w", err)
	}
	if n != 1 {
		return fmt.Errorf("record the run for %s: %w", r.Structure, store.ErrNotFound)
	}
	return nil
}

// runByID returns one run in scope, or [store.ErrNotFound].
func runByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Run, error) {
	var w store.Where
	w.And("r.id = ?", id)
	scope.Within(&w, "r.structure_id")
	return store.One(ctx, tx, scanRun, `select `+runColumns+` from audit_run r left join job j on j.id = r.job_id`+w.SQL(), w.Args()...)
}

// runsOf lists the runs of a structure in scope, newest first.
func runsOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, limit int) ([]Run, error) {
	var w store.Where
	w.And("r.structure_id = ?", structure)
	scope.Within(&w, "r.structure_id")
	return store.All(ctx, tx, scanRun, `select `+runColumns+` from audit_run r left join job j on j.id = r.job_id`+w.SQL()+` order by r.created_at desc, r.id desc limit `+w.Arg(limit), w.Args()...)
}

// doneBefore lists the finished runs of a structure whose data is of a moment or before, without one of them, the latest first.
func doneBefore(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, except string, asOf time.Time, limit int) ([]Run, error) {
	var w store.Where
	w.And("r.structure_id = ?", structure)
	w.And("r.id <> ?", except)
	w.And("r.state = 'done'")
	w.And("r.as_of <= ?", store.Millis(asOf))
	scope.Within(&w, "r.structure_id")
	return store.All(ctx, tx, scanRun, `select `+runColumns+` from audit_run r left join job j on j.id = r.job_id`+w.SQL()+` order by r.as_of desc, r.created_at desc, r.id desc limit `+w.Arg(limit), w.Args()...)
}

// reopen lets a run that failed be worked on again.
func reopen(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.Exec(ctx, `update audit_run set state = 'waiting', failure_key = '', failure_detail = '', finished_at = 0 where id = $1 and state = 'failed'`, id)
	if err != nil {
		return fmt.Errorf("open run %s again: %w", id, err)
	}
	return nil
}

// finish writes the outcome of a run; it tells false when the run was already over.
func finish(ctx context.Context, tx *store.Tx, r Run, domains []Domain, pointRows []Point) (bool, error) {
	n, err := tx.Exec(ctx, `update audit_run set state = 'done', dump_id = $1, report_id = $2, as_of = $3, level = $4, level_at_most = $5, partial = $6, previous_id = $7, tool_version = $8, finished_at = $9, failure_detail = $10
		where id = $11 and state = 'waiting'`,
		nullable(r.DumpID), nullable(r.ReportID), store.Millis(r.AsOf), r.Level, r.LevelAtMost, r.Partial, nullable(r.PreviousID), r.ToolVersion, store.Millis(r.FinishedAt), store.Text(r.FailureDetail), r.ID)
	if err != nil || n != 1 {
		return false, err
	}
	for _, d := range domains {
		if _, err := tx.Exec(ctx, `insert into audit_domain (run_id, domain, level, level_at_most, objects) values ($1, $2, $3, $4, $5)`,
			r.ID, store.Text(d.Name), d.Level, d.LevelAtMost, d.Objects); err != nil {
			return false, fmt.Errorf("record domain %s: %w", d.Name, err)
		}
	}
	for _, p := range pointRows {
		if _, err := tx.Exec(ctx, `insert into audit_point (run_id, domain, point, status, level, failed_levels, missing, total, fresh, fixed, change)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			r.ID, store.Text(p.Domain), p.ID, string(p.Status), p.Level, joinInts(p.FailedLevels), store.Text(strings.Join(p.Missing, "\n")), p.Total, p.Fresh, p.Fixed, p.Change); err != nil {
			return false, fmt.Errorf("record point %s: %w", p.ID, err)
		}
	}
	return true, nil
}

// objectsAtOnce is how many objects one statement inserts.
const objectsAtOnce = 80

// insertObjects writes part of a run's objects. They show only once the run is done, so they may be written in several
// transactions before it; [forgetObjects] clears what an interrupted attempt left.
func insertObjects(ctx context.Context, tx *store.Tx, run string, objects []Object) error {
	for len(objects) > 0 {
		part := objects[:min(objectsAtOnce, len(objects))]
		objects = objects[len(part):]
		var w store.Where
		var rows []string
		for _, o := range part {
			reason, err := json.Marshal(o.Reason)
			if err != nil {
				return err
			}
			var marks []string
			dn := store.Text(o.DN) // whoever may name an object must not keep the run from being written
			for _, v := range []any{run, store.Text(o.Domain), o.Point, o.Number, o.Status, dn, store.Text(o.SID), joinInts(o.Levels), string(reason), territory.Fold(dn)} {
				marks = append(marks, w.Arg(v))
			}
			rows = append(rows, "("+strings.Join(marks, ", ")+")")
		}
		if _, err := tx.Exec(ctx, `insert into audit_object (run_id, domain, point, number, status, dn, sid, levels, reason, search) values `+strings.Join(rows, ", "), w.Args()...); err != nil {
			return fmt.Errorf("record objects: %w", err)
		}
	}
	return nil
}

func forgetObjects(ctx context.Context, tx *store.Tx, run string) error {
	_, err := tx.Exec(ctx, `delete from audit_object where run_id = $1`, run)
	return err
}

func domainsOf(ctx context.Context, tx *store.Tx, run string) ([]Domain, error) {
	return store.All(ctx, tx, func(row store.Row) (d Domain, err error) {
		err = row.Scan(&d.Name, &d.Level, &d.LevelAtMost, &d.Objects)
		return d, err
	}, `select domain, level, level_at_most, objects from audit_domain where run_id = $1 order by level, domain`, run)
}

func pointsOf(ctx context.Context, tx *store.Tx, run string) ([]Point, error) {
	return store.All(ctx, tx, func(row store.Row) (p Point, err error) {
		var failed, missing string
		err = row.Scan(&p.Domain, &p.ID, &p.Status, &p.Level, &failed, &missing, &p.Total, &p.Fresh, &p.Fixed, &p.Change)
		p.FailedLevels = splitInts(failed)
		if missing != "" {
			p.Missing = strings.Split(missing, "\n")
		}
		return p, err
	}, `select domain, point, status, level, failed_levels, missing, total, fresh, fixed, change from audit_point where run_id = $1
		order by domain, level, point`, run)
}

// ObjectFilter narrows a list of objects.
type ObjectFilter struct {
	Domain string
	Point  string
	Status string // one status, or all
	Words  string // in the distinguished name, whatever the case and accents
}

func objectsOf(ctx context.Context, tx *store.Tx, run string, f ObjectFilter, limit, offset int) (page []Object, total int, err error) {
	build := func() *store.Where {
		w := &store.Where{}
		w.And("o.run_id = ?", run)
		if f.Domain != "" {
			w.And("o.domain = ?", f.Domain)
		}
		if f.Point != "" {
			w.And("o.point = ?", f.Point)
		}
		if f.Status != "" {
			w.And("o.status = ?", f.Status)
		}
		if words := territory.Fold(f.Words); words != "" {
			w.And(`o.search like ? escape '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(words)+"%")
		}
		return w
	}
	w := build()
	if total, err = store.One(ctx, tx, store.Column[int], `select count(*) from audit_object o`+w.SQL(), w.Args()...); err != nil {
		return nil, 0, fmt.Errorf("count objects: %w", err)
	}
	w = build()
	page, err = store.All(ctx, tx, func(row store.Row) (o Object, err error) {
		var levels, reason string
		if err = row.Scan(&o.Domain, &o.Point, &o.Number, &o.Status, &o.DN, &o.SID, &levels, &reason); err != nil {
			return o, err
		}
		o.Levels = splitInts(levels)
		return o, json.Unmarshal([]byte(reason), &o.Reason)
	}, `select o.domain, o.point, o.number, o.status, o.dn, o.sid, o.levels, o.reason from audit_object o`+w.SQL()+`
		order by o.domain, o.point, o.number limit `+w.Arg(limit)+` offset `+w.Arg(offset), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list objects: %w", err)
	}
	return page, total, nil
}

func nullable(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func joinInts(list []int) string {
	var texts []string
	for _, n := range list {
		texts = append(texts, strconv.Itoa(n))
	}
	return strings.Join(texts, ",")
}

func splitInts(text string) []int {
	var list []int
	for part := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(part); err == nil {
			list = append(list, n)
		}
	}
	return list
}
