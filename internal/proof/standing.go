package proof

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Standings keeps where structures stand by each referential that they answer for, and counters of it below each structure, so that a region or the nation
// is a sum over an interval. They follow in the transaction that brings news ([Standings.Settle]), after it for those on whom news bears through a group
// ([Standings.CatchUp]), and with the days by a count of the whole country ([Standings.Count]).
type Standings struct {
	shelf *Shelf
	now   func() time.Time
	zone  *time.Location
	wake  chan struct{} // capacity 1; never closed
}

// NewStandings makes the keeper of standings; days begin and end in the zone.
func NewStandings(shelf *Shelf, now func() time.Time, zone *time.Location) *Standings {
	return &Standings{shelf: shelf, now: now, zone: zone, wake: make(chan struct{}, 1)}
}

// news is noted in a transaction that adds a fact or a document.
type news struct{ structure, fact, document string }

// Answers of a standing, a letter each.
const (
	MetAnswer           = "m"
	NotMetAnswer        = "n"
	UnknownAnswer       = "u"
	NotApplicableAnswer = "a"
)

func letter(s referential.Status) byte {
	switch s {
	case referential.Met:
		return MetAnswer[0]
	case referential.NotMet:
		return NotMetAnswer[0]
	case referential.NotApplicable:
		return NotApplicableAnswer[0]
	}
	return UnknownAnswer[0]
}

// whole is the letter of a package: one requirement that is not met decides, then one that is unknown.
func whole(letters []byte) byte {
	for _, l := range []string{NotMetAnswer, UnknownAnswer, MetAnswer} {
		if slices.Contains(letters, l[0]) {
			return l[0]
		}
	}
	return NotApplicableAnswer[0]
}

// Keys of the measures that are counted by value.
const (
	LevelKey = "directory.level" // 1 to 5
	GradeKey = "exposure.grade"
)

// countedKeys are all of them.
func countedKeys() []string { return []string{LevelKey, GradeKey} }

// FactSubject is the subject under which the newest value of a fact is counted.
func FactSubject(key string) string { return "fact/" + key }

// edition is which lines the letters of a package stand for.
type edition struct {
	id    string
	codes []string
}

func editionOf(p *referential.Package) edition {
	var e edition
	for _, r := range p.Requirements() {
		e.codes = append(e.codes, r.Code)
	}
	sum := sha256.Sum256([]byte(p.ID + "\n" + strings.Join(e.codes, "\n")))
	e.id = p.ID + "@" + hex.EncodeToString(sum[:6])
	return e
}

// standing is a row: where a structure stands by a subject.
type standing struct {
	structure, subject, edition, kind, holder, answers string
	changed, judged                                    int64
}

func scanStanding(row store.Row) (s standing, err error) {
	return s, row.Scan(&s.structure, &s.subject, &s.edition, &s.kind, &s.holder, &s.answers, &s.changed, &s.judged)
}

const standingColumns = `t.structure_id, t.subject, t.edition, t.kind, t.holder_id, t.answers, t.changed_at, t.judged_at`

// standingKey names a row.
type standingKey struct{ structure, subject string }

// standingsOf reads the rows of some structures.
func standingsOf(ctx context.Context, tx *store.Tx, structures []string) (map[standingKey]standing, error) {
	found := map[standingKey]standing{}
	for part := range slices.Chunk(structures, 200) {
		var w store.Where
		in(&w, "t.structure_id", part)
		all, err := store.All(ctx, tx, scanStanding, `select `+standingColumns+` from standing t`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read standings: %w", err)
		}
		for _, s := range all {
			found[standingKey{s.structure, s.subject}] = s
		}
	}
	return found, nil
}

// counted tells whether a structure is counted: those that referentials are about, while they are open.
func counted(s territory.Structure) bool {
	return (s.Kind == territory.Group || s.Kind == territory.Entity) && s.Status == territory.Active
}

// Settle brings standings and counters up to date with what a transaction noted, inside it; see [store.DB.SettleWith]. Only the structures that news is
// about are judged again, and only the requirements that it may change; those on whom it bears through their group are left to [Standings.CatchUp].
func (s *Standings) Settle(ctx context.Context, tx *store.Tx) error {
	touched, moved := map[string]*referential.News{}, map[string]bool{}
	for _, note := range tx.Notes() {
		switch n := note.(type) {
		case territory.Changed:
			moved[string(n.Structure)] = true
		case news:
			one := touched[n.structure]
			if one == nil {
				one = &referential.News{}
				touched[n.structure] = one
			}
			switch {
			case n.fact == StatusKey: // what is asked of the structure depends on it
				moved[n.structure] = true
			case n.fact != "" && !slices.Contains(one.Facts, n.fact):
				one.Facts = append(one.Facts, n.fact)
			case n.document != "" && !slices.Contains(one.Documents, n.document):
				one.Documents = append(one.Documents, n.document)
			}
		}
	}
	if len(touched)+len(moved) == 0 {
		return nil
	}
	now := s.now()
	if err := s.due(ctx, tx, slices.Sorted(maps.Keys(moved)), now); err != nil {
		return err
	}
	set, err := s.shelf.At(ctx, tx, now)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if moved[id] {
			continue // judged as a whole soon
		}
		if err := s.settleOne(ctx, tx, set, id, *touched[id], now); err != nil {
			return fmt.Errorf("count what became of %s: %w", id, err)
		}
	}
	return nil
}

// settleOne judges what news may change of one structure.
func (s *Standings) settleOne(ctx context.Context, tx *store.Tx, set *Set, id string, n referential.News, now time.Time) error {
	structure, err := territory.Get(ctx, tx, territory.Everything(), territory.ID(id))
	if err != nil || !counted(structure) {
		return err
	}
	rows, err := standingsOf(ctx, tx, []string{id})
	if err != nil {
		return err
	}
	var refs []referential.Ref
	var others bool
	whole := map[string]bool{} // packages of which nothing is kept yet
	for _, ref := range set.Counted.Touched(n) {
		others = others || set.Counted.Needs(ref).Members
		if rows[standingKey{id, ref.Package}].edition == set.letters[ref.Package].id {
			refs = append(refs, ref)
		} else {
			whole[ref.Package] = true
		}
	}
	for _, ref := range set.Counted.All() {
		if whole[ref.Package] {
			refs = append(refs, ref)
		}
	}
	next, err := measures(ctx, tx, []territory.Structure{structure}, n.Facts, now)
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		needs := set.Counted.Needs(refs...)
		w, err := answering(ctx, tx, structure, now, s.zone, needs)
		if err != nil {
			return err
		}
		next = append(next, merge(set, structure, rows, set.Counted.Judge(w, now, refs...), now)...)
		if others {
			if err := s.due(ctx, tx, concerned(w.Subject)[1:], now); err != nil {
				return err
			}
		}
	}
	_, err = turnOver(ctx, tx, set, rows, next, withdrawn(rows, next, n.Facts))
	return err
}

// withdrawn are the standings by facts of which news left none.
func withdrawn(rows map[standingKey]standing, next []standing, keys []string) (gone []standing) {
	for _, s := range missing(rows, next) {
		if key, ok := strings.CutPrefix(s.subject, FactSubject("")); ok && slices.Contains(keys, key) {
			gone = append(gone, s)
		}
	}
	return gone
}

// due notes structures to be judged again as a whole, and wakes who does it.
func (s *Standings) due(ctx context.Context, tx *store.Tx, structures []string, now time.Time) error {
	for part := range slices.Chunk(structures, 200) {
		var w store.Where
		var rows []string
		for _, id := range part {
			rows = append(rows, "("+w.Arg(id)+", cast("+w.Arg(store.Millis(now))+" as bigint))")
		}
		if _, err := tx.Exec(ctx, `insert into standing_due (structure_id, since) values `+strings.Join(rows, ", ")+` on conflict (structure_id) do nothing`, w.Args()...); err != nil {
			return fmt.Errorf("note whom else news is about: %w", err)
		}
	}
	if len(structures) > 0 {
		tx.AfterCommit(func() {
			select {
			case s.wake <- struct{}{}:
			default: // somebody is awake already
			}
		})
	}
	return nil
}

// row begins the standing of a structure by a subject.
func row(s territory.Structure, subject string, now time.Time) standing {
	ms := store.Millis(now)
	return standing{structure: string(s.ID), subject: subject, kind: string(s.Kind), holder: string(s.Parent), changed: ms, judged: ms}
}

// measures gives the standings of structures by the newest values of some facts that are counted.
func measures(ctx context.Context, tx *store.Tx, structures []territory.Structure, keys []string, now time.Time) ([]standing, error) {
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !slices.Contains(countedKeys(), key) })
	if len(keys) == 0 || len(structures) == 0 {
		return nil, nil
	}
	byID := map[string]territory.Structure{}
	for _, s := range structures {
		byID[string(s.ID)] = s
	}
	var all []standing
	for part := range slices.Chunk(slices.Sorted(maps.Keys(byID)), 200) {
		var w store.Where
		in(&w, "c.structure_id", part)
		in(&w, "c.key", keys)
		found, err := store.All(ctx, tx, func(r store.Row) (standing, error) {
			var id, key, text string
			var kind referential.ValueKind
			var number float64
			var observed int64
			err := r.Scan(&id, &key, &kind, &number, &text, &observed)
			if kind != referential.TextKind {
				text = strconv.FormatFloat(number, 'f', -1, 64)
			}
			one := row(byID[id], FactSubject(key), now)
			one.answers, one.changed = text, observed
			return one, err
		}, `select c.structure_id, c.key, c.kind, c.number, c.text, c.observed_at from fact_current c`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read measures: %w", err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// merge writes verdicts over the answers that are kept.
func merge(set *Set, s territory.Structure, rows map[standingKey]standing, verdicts map[referential.Ref]referential.Verdict, now time.Time) []standing {
	letters := map[string][]byte{}
	for ref, v := range verdicts {
		place, ok := set.Counted.Place(ref)
		if !ok {
			continue
		}
		if letters[ref.Package] == nil {
			e := set.letters[ref.Package]
			letters[ref.Package] = make([]byte, len(e.codes))
			if before := rows[standingKey{string(s.ID), ref.Package}]; before.edition == e.id {
				copy(letters[ref.Package], before.answers[1:])
			}
		}
		letters[ref.Package][place] = letter(v.Status)
	}
	var next []standing
	for _, id := range slices.Sorted(maps.Keys(letters)) {
		one := row(s, id, now)
		one.edition, one.answers = set.letters[id].id, string(whole(letters[id]))+string(letters[id])
		next = append(next, one)
	}
	return next
}

// assessed gives the standings of a structure that was judged as a whole.
func assessed(s territory.Structure, all []referential.Assessment, editions map[string]edition, now time.Time) []standing {
	var next []standing
	for _, a := range all {
		letters := make([]byte, 0, len(a.Requirements))
		for _, v := range a.Requirements {
			letters = append(letters, letter(v.Status))
		}
		one := row(s, a.Package, now)
		one.edition, one.answers = editions[a.Package].id, string(whole(letters))+string(letters)
		next = append(next, one)
	}
	return next
}
