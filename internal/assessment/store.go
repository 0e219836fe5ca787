package assessment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// State says how far a self-assessment is.
type State string

// The states. One questionnaire is open once at most for a structure.
const (
	Open State = "open"
	Done State = "done"
)

// Source says where an answer comes from.
type Source string

// The sources of an answer. Whatever the source, a person took it.
const (
	FromPerson   Source = "person"
	FromFacts    Source = "facts"
	FromPrevious Source = "previous"
)

// Assessment is one questionnaire filled in for a structure.
type Assessment struct {
	ID        string
	Structure string
	Package   string // id
	Subject   string // what a checklist is about; empty: the structure
	Version   string // of the package, when begun or, once done, when finished
	State     State
	BegunAt   time.Time
	BegunBy   string
	DoneAt    time.Time
	DoneBy    string
	Score     float64 // once done
	Max       float64
}

// Answer is one line of a questionnaire.
type Answer struct {
	ID       string
	Question string
	Choice   string // code, or referential.DontKnow
	Note     string
	Meaning  string // fingerprint of the question when it was answered
	Source   Source
	At       time.Time
	By       string
}

const columns = `a.id, a.structure_id, a.package_id, a.subject, a.package_version, a.state, a.begun_at, a.begun_by, a.done_at, a.done_by, a.score, a.max_score`

func scan(row store.Row) (Assessment, error) {
	var a Assessment
	var begun, done int64
	err := row.Scan(&a.ID, &a.Structure, &a.Package, &a.Subject, &a.Version, &a.State, &begun, &a.BegunBy, &done, &a.DoneBy, &a.Score, &a.Max)
	a.BegunAt, a.DoneAt = store.Time(begun), store.Time(done)
	return a, err
}

// byID finds a self-assessment of a structure in scope.
func byID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Assessment, error) {
	var w store.Where
	w.And("a.id = ?", id)
	w.And("a.structure_id = ?", structure)
	scope.Within(&w, "a.structure_id")
	a, err := store.One(ctx, tx, scan, `select `+columns+` from assessment a`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return a, fault.NotFound("assessment.not_found")
	}
	return a, err
}

// of lists the self-assessments of a structure in scope, the latest begun first; with a package, only those of it.
func of(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, pkg string) ([]Assessment, error) {
	var w store.Where
	w.And("a.structure_id = ?", structure)
	if pkg != "" {
		w.And("a.package_id = ?", pkg)
	}
	scope.Within(&w, "a.structure_id")
	all, err := store.All(ctx, tx, scan, `select `+columns+` from assessment a`+w.SQL()+` order by a.begun_at desc, a.id desc`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list self-assessments of %s: %w", structure, err)
	}
	return all, nil
}

// add begins a self-assessment of a structure in scope.
func add(ctx context.Context, tx *store.Tx, scope territory.Scope, a Assessment) error {
	var w store.Where
	marks := ""
	for _, v := range []any{a.ID, a.Package, a.Subject, a.Version, string(a.State), store.Millis(a.BegunAt), a.BegunBy} {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", a.Structure)
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into assessment (structure_id, id, package_id, subject, package_version, state, begun_at, begun_by) select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return fmt.Errorf("begin self-assessment: %w", err)
	}
	if n != 1 {
		return fmt.Errorf("begin self-assessment of %s: %w", a.Structure, store.ErrNotFound)
	}
	return nil
}

// conclude records the end of an open self-assessment in scope.
func conclude(ctx context.Context, tx *store.Tx, scope territory.Scope, a Assessment) error {
	var w store.Where
	set := `state = ` + w.Arg(string(Done)) + `, package_version = ` + w.Arg(a.Version) + `, done_at = ` + w.Arg(store.Millis(a.DoneAt)) + `, done_by = ` + w.Arg(a.DoneBy) +
		`, score = ` + w.Arg(a.Score) + `, max_score = ` + w.Arg(a.Max)
	w.And("id = ?", a.ID)
	w.And("state = ?", string(Open))
	scope.Within(&w, "structure_id")
	n, err := tx.Exec(ctx, `update assessment set `+set+w.SQL(), w.Args()...)
	if err != nil {
		return fmt.Errorf("finish self-assessment %s: %w", a.ID, err)
	}
	if n != 1 {
		return fault.Conflict("assessment.already_done")
	}
	return nil
}

// put adds an answer to an open self-assessment in scope.
func put(ctx context.Context, tx *store.Tx, scope territory.Scope, assessment string, x Answer) error {
	var w store.Where
	marks := ""
	for _, v := range []any{x.ID, x.Question, x.Choice, x.Note, x.Meaning, string(x.Source), store.Millis(x.At), x.By} {
		marks += ", " + w.Arg(v)
	}
	w.And("a.id = ?", assessment)
	w.And("a.state = ?", string(Open))
	scope.Within(&w, "a.structure_id")
	n, err := tx.Exec(ctx, `insert into assessment_answer (assessment_id, position, id, question, choice, note, meaning, source, answered_at, answered_by)
		select a.id, (select coalesce(max(x.position), 0) + 1 from assessment_answer x where x.assessment_id = a.id)`+marks+` from assessment a`+w.SQL(), w.Args()...)
	if err != nil {
		return fmt.Errorf("keep the answer to %s: %w", x.Question, err)
	}
	if n != 1 {
		return fault.Conflict("assessment.already_done")
	}
	return nil
}

// answers lists every answer of a self-assessment in scope, oldest first.
func answers(ctx context.Context, tx *store.Tx, scope territory.Scope, assessment string) ([]Answer, error) {
	var w store.Where
	w.And("a.id = ?", assessment)
	scope.Within(&w, "a.structure_id")
	all, err := store.All(ctx, tx, func(row store.Row) (x Answer, err error) {
		var at int64
		err = row.Scan(&x.ID, &x.Question, &x.Choice, &x.Note, &x.Meaning, &x.Source, &at, &x.By)
		x.At = store.Time(at)
		return x, err
	}, `select n.id, n.question, n.choice, n.note, n.meaning, n.source, n.answered_at, n.answered_by from assessment_answer n join assessment a on a.id = n.assessment_id`+w.SQL()+
		` order by n.position, n.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the answers of %s: %w", assessment, err)
	}
	return all, nil
}

// latest keeps the last answer to each question.
func latest(all []Answer) map[string]Answer {
	last := make(map[string]Answer, len(all))
	for _, x := range all {
		last[x.Question] = x
	}
	return last
}

// choices are the answers as the engine counts them.
func choices(last map[string]Answer) map[string]string {
	m := make(map[string]string, len(last))
	for question, x := range last {
		m[question] = x.Choice
	}
	return m
}
