package proof

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Tally is how many structures stand where by one line of a subject.
type Tally struct {
	Code     string         // of the line; empty for the whole, and for a fact
	ByAnswer map[string]int // of a package by letter, such as [MetAnswer]; of a fact by value
	Latest   time.Time      // when the newest of these answers became so; of a fact the newest observation
}

// N gives how many have an answer.
func (t Tally) N(answer string) int { return t.ByAnswer[answer] }

// Judged is how many structures the line is about: those to which it does not apply are left out.
func (t Tally) Judged() int {
	return t.ByAnswer[MetAnswer] + t.ByAnswer[NotMetAnswer] + t.ByAnswer[UnknownAnswer]
}

// All is how many structures have any answer.
func (t Tally) All() (n int) {
	for _, one := range t.ByAnswer {
		n += one
	}
	return n
}

// Tallies sums the counters of structures of a kind inside an interval, by the lines of a subject: a package, or [FactSubject]. Lines without any structure are
// absent. Only what stands directly below what the scope holds is counted.
func Tallies(ctx context.Context, tx *store.Tx, scope territory.Scope, subject string, kind territory.Kind, inside territory.Interval) (map[string]Tally, error) {
	w := summed(subject, kind, inside)
	scope.Within(w, "t.holder_id")
	found := map[string]Tally{}
	_, err := store.All(ctx, tx, func(row store.Row) (none struct{}, err error) {
		var code, answer string
		var n int
		var latest int64
		if err = row.Scan(&code, &answer, &n, &latest); err == nil {
			add(found, code, code, answer, n, latest)
		}
		return none, err
	}, `select t.code, t.answer, cast(sum(t.n) as bigint), max(t.latest) from standing_sum t cross join structure h`+w.SQL()+` and t.n > 0 group by t.code, t.answer`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("sum the counters of %s: %w", subject, err)
	}
	return found, nil
}

func summed(subject string, kind territory.Kind, inside territory.Interval) *store.Where {
	w := &store.Where{}
	w.And("h.id = t.holder_id") // joined without a condition, which SQLite reads in the order written: the few counters first
	w.And("t.subject = ?", subject)
	w.And("t.kind = ?", string(kind))
	w.And("h.lft between ? and ?", inside.Left, inside.Right)
	return w
}

func add(found map[string]Tally, key, code, answer string, n int, latest int64) {
	t := found[key]
	if t.ByAnswer == nil {
		t = Tally{Code: code, ByAnswer: map[string]int{}}
	}
	t.ByAnswer[answer] += n
	if at := store.Time(latest); at.After(t.Latest) {
		t.Latest = at
	}
	found[key] = t
}

// Wholes sums the counters of the whole of some subjects, by subject.
func Wholes(ctx context.Context, tx *store.Tx, scope territory.Scope, kind territory.Kind, inside territory.Interval, subjects ...string) (map[string]Tally, error) {
	if len(subjects) == 0 {
		return nil, nil
	}
	var w store.Where
	w.And("h.id = t.holder_id")
	in(&w, "t.subject", subjects)
	w.And("t.code = ''")
	w.And("t.kind = ?", string(kind))
	w.And("h.lft between ? and ?", inside.Left, inside.Right)
	scope.Within(&w, "t.holder_id")
	found := map[string]Tally{}
	_, err := store.All(ctx, tx, func(row store.Row) (none struct{}, err error) {
		var subject, answer string
		var n int
		var latest int64
		if err = row.Scan(&subject, &answer, &n, &latest); err == nil {
			add(found, subject, "", answer, n, latest)
		}
		return none, err
	}, `select t.subject, t.answer, cast(sum(t.n) as bigint), max(t.latest) from standing_sum t cross join structure h`+w.SQL()+` and t.n > 0 group by t.subject, t.answer`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("sum the counters of packages: %w", err)
	}
	return found, nil
}

// Part is one region or group with its tally of a line.
type Part struct {
	Structure territory.Structure // ID, Kind, GroupKind and Name
	Tally     Tally
}

// PartTallies sums a line of a subject for each region or each group inside an interval. A counter stands under a region, or under a group of one, which makes
// its region the structure above.
func PartTallies(ctx context.Context, tx *store.Tx, scope territory.Scope, subject, code string, kind, by territory.Kind, inside territory.Interval) ([]Part, error) {
	w := summed(subject, kind, inside)
	w.And("t.code = ?", code)
	w.And("g.id = case when h.kind = ? then h.id else h.parent_id end", string(by))
	w.And("g.kind = ?", string(by))
	w.And("g.lft between ? and ?", inside.Left, inside.Right)
	scope.Within(w, "t.holder_id")
	var parts []Part
	_, err := store.All(ctx, tx, func(row store.Row) (none struct{}, err error) {
		var s territory.Structure
		var answer string
		var n int
		var latest int64
		if err = row.Scan(&s.ID, &s.Kind, &s.GroupKind, &s.Name, &answer, &n, &latest); err != nil {
			return none, err
		}
		if len(parts) == 0 || parts[len(parts)-1].Structure.ID != s.ID {
			parts = append(parts, Part{Structure: s, Tally: Tally{Code: code, ByAnswer: map[string]int{}}})
		}
		last := &parts[len(parts)-1].Tally
		last.ByAnswer[answer] += n
		if at := store.Time(latest); at.After(last.Latest) {
			last.Latest = at
		}
		return none, err
	}, `select g.id, g.kind, g.group_kind, g.name, t.answer, cast(sum(t.n) as bigint), max(t.latest) from standing_sum t cross join structure h cross join structure g`+w.SQL()+` and t.n > 0 group by g.id, g.kind, g.group_kind, g.name, g.name_key, t.answer order by g.name_key, g.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("sum the counters of %s by %s: %w", subject, by, err)
	}
	return parts, nil
}

// Stood is a structure with its answer to a line.
type Stood struct {
	Structure territory.Structure // ID, Kind, Name, Finess, City, Department and Interval
	Answer    string
	Changed   time.Time // when the answers to the package became these; of a fact the observation
}

// StoodQuery chooses structures by where they stand.
type StoodQuery struct {
	Package       *referential.Package // nil: a fact
	Key           string               // of the fact
	Code          string               // of the line; empty: the whole
	Kind          territory.Kind
	Inside        territory.Interval
	Answer        string // empty: all to whom the line applies
	Text          string // words of the name or the city
	Sort          string // name, answer or changed
	Desc          bool
	Limit, Offset int
}

// where gathers the conditions, and says which letter answers.
func (q StoodQuery) where(scope territory.Scope) (w *store.Where, answer string, known bool) {
	w = &store.Where{}
	answer = "t.answers"
	if q.Package == nil {
		w.And("t.subject = ?", FactSubject(q.Key))
	} else {
		e := editionOf(q.Package)
		place := 1
		if q.Code != "" {
			i := slices.Index(e.codes, q.Code)
			if i < 0 {
				return nil, "", false
			}
			place = i + 2
		}
		answer = fmt.Sprintf("substr(t.answers, %d, 1)", place)
		w.And("t.subject = ?", q.Package.ID)
		w.And("t.edition = ?", e.id)
	}
	w.And("s.id = t.structure_id")
	w.And("t.kind = ?", string(q.Kind))
	w.And("+s.lft between ? and ?", q.Inside.Left, q.Inside.Right) // the sign keeps SQLite from walking the interval instead of the names
	switch {
	case q.Answer != "":
		w.And(answer+" = ?", q.Answer)
	case q.Package != nil:
		w.And(answer+" <> ?", NotApplicableAnswer)
	}
	territory.Filter{Text: q.Text}.Where(w)
	scope.Within(w, "t.structure_id")
	return w, answer, true
}

// fewStood is how many structures are looked for among all standings and then put in order; more are found sooner by walking the structures in order.
const fewStood = 2000

// count tells how many structures a query finds: from the counters when they count the same.
func (q StoodQuery) count(ctx context.Context, tx *store.Tx, scope territory.Scope, w *store.Where) (int, error) {
	if q.Package == nil || q.Text != "" || !scope.Holds(q.Inside) {
		return store.One(ctx, tx, store.Column[int], `select count(*) from standing t cross join structure s`+w.SQL(), w.Args()...)
	}
	tallies, err := Tallies(ctx, tx, scope, q.Package.ID, q.Kind, q.Inside)
	if err != nil || q.Answer == "" {
		return tallies[q.Code].Judged(), err
	}
	return tallies[q.Code].N(q.Answer), nil
}

// StoodAt lists structures in scope by where they stand, and counts them.
func StoodAt(ctx context.Context, tx *store.Tx, scope territory.Scope, q StoodQuery) (page []Stood, total int, err error) {
	w, answer, known := q.where(scope)
	if !known {
		return nil, 0, nil
	}
	if total, err = q.count(ctx, tx, scope, w); err != nil {
		return nil, 0, fmt.Errorf("count structures by where they stand: %w", err)
	}
	way := ""
	if q.Desc {
		way = " desc"
	}
	order := map[string]string{"answer": answer + way + ", s.name_key, s.id", "changed": "t.changed_at" + way + ", s.name_key, s.id"}[q.Sort]
	if order == "" {
		order = "s.name_key" + way + ", s.id"
	}
	from := "standing t cross join structure s" // in this order on SQLite, where a cross join is never turned round
	if total > fewStood && q.Sort != "answer" && q.Sort != "changed" {
		from = "structure s cross join standing t"
	}
	page, err = store.All(ctx, tx, func(row store.Row) (one Stood, err error) {
		var changed int64
		s := &one.Structure
		err = row.Scan(&s.ID, &s.Kind, &s.GroupKind, &s.Name, &s.Finess, &s.City, &s.Department, &s.Interval.Left, &s.Interval.Right, &one.Answer, &changed)
		one.Changed = store.Time(changed)
		return one, err
	}, `select s.id, s.kind, s.group_kind, s.name, s.finess, s.city, s.department, s.lft, s.rgt, `+answer+`, t.changed_at from `+from+w.SQL()+
		` order by `+order+` limit `+w.Arg(q.Limit)+` offset `+w.Arg(q.Offset), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list structures by where they stand: %w", err)
	}
	return page, total, nil
}

// Waiting counts the structures in scope that wait to be judged again.
func Waiting(ctx context.Context, tx *store.Tx, scope territory.Scope) (int, error) {
	var w store.Where
	scope.Within(&w, "d.structure_id")
	return store.One(ctx, tx, store.Column[int], `select count(*) from standing_due d`+w.SQL(), w.Args()...)
}
