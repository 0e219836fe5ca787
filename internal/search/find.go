package search

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Query is what somebody looks for.
type Query struct {
	Text string
	Kind string // one kind only; empty: all
	Lang string // of the reader
	Home string // structure from which the reader looks at what belongs to none; empty: such things are left out when their page needs one
}

// Hit is one result.
type Hit struct {
	Kind, Title, Detail, Path string
	Structure, StructureName  string
	At                        time.Time
	score                     int
}

// Count is how many results of a kind there are, at most [Most].
type Count struct {
	Kind string
	N    int
}

// Found is the answer to a query.
type Found struct {
	Hits   []Hit   // best first
	Counts []Count // kinds with results, whatever kind was asked for
	Empty  bool    // nothing in the text can be looked for
}

// Most is how many results of one kind are looked at. There may be more; more words find fewer.
const Most = 100

// Find looks for documents that hold a word beginning with each word of the text, among what the actor may find.
func (x *Index) Find(ctx context.Context, tx *store.Tx, actor right.Actor, q Query) (Found, error) {
	terms := ask(q.Text)
	if len(terms) == 0 {
		return Found{Empty: true}, nil
	}
	var found Found
	near := map[right.Action]*reach{}
	for _, source := range x.sources {
		in := near[source.Action]
		if in == nil {
			var err error
			if in, err = reachOf(ctx, tx, right.Visible(actor, source.Action)); err != nil {
				return found, err
			}
			near[source.Action] = in
		}
		if in.scope.Empty() {
			continue
		}
		hits, err := find(ctx, tx, source.Kind, *in, q.Lang, terms)
		if err != nil {
			return found, fmt.Errorf("look for %s: %w", source.Kind, err)
		}
		hits = placed(hits, q.Home)
		if len(hits) > 0 {
			found.Counts = append(found.Counts, Count{source.Kind, len(hits)})
		}
		if q.Kind == "" || q.Kind == source.Kind {
			found.Hits = append(found.Hits, hits...)
		}
	}
	slices.SortStableFunc(found.Hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), b.At.Compare(a.At))
	})
	return found, nil
}

// placed completes the addresses of pages that need a structure, or leaves such results out.
func placed(hits []Hit, home string) []Hit {
	const slot = "{structure}"
	kept := hits[:0]
	for _, h := range hits {
		if strings.Contains(h.Path, slot) {
			if home == "" {
				continue
			}
			h.Path = strings.ReplaceAll(h.Path, slot, url.PathEscape(home))
		}
		kept = append(kept, h)
	}
	return kept
}

// reach is where somebody may find one kind of thing. Documents carry the marks of the structures that hold them, so that an engine need not look at what
// lies elsewhere; the predicate on the territory decides all the same.
type reach struct {
	scope territory.Scope
	marks []string // of the highest structures in reach; nil: they are too many, or hold the whole territory
	late  []block  // of which the last documents are likely to be enough
}

// mostTops is up to how many structures their marks are asked for. One query reads each.
const mostTops = 20

func reachOf(ctx context.Context, tx *store.Tx, scope territory.Scope) (*reach, error) {
	in := &reach{scope: scope}
	if scope.Empty() {
		return in, nil
	}
	tops, err := territory.Tops(ctx, tx, scope, mostTops+1)
	if err != nil {
		return nil, err
	}
	if len(tops) > mostTops || slices.ContainsFunc(tops, func(s territory.Structure) bool { return s.Parent == "" }) {
		in.late = blocks()
		return in, nil
	}
	in.marks = []string{}
	for _, s := range tops {
		in.marks = append(in.marks, structureMark(string(s.ID)))
		if s.Kind == territory.Region {
			in.late = blocks()[1:]
		}
	}
	return in, nil
}

// find reads the documents of one kind: those of structures in reach, then those of no structure.
func find(ctx context.Context, tx *store.Tx, kind string, in reach, lang string, terms []term) ([]Hit, error) {
	own, err := rows(ctx, tx, kind, &in, lang, terms)
	if err != nil {
		return nil, err
	}
	if len(own) < Most {
		common, err := rows(ctx, tx, kind, nil, lang, terms)
		if err != nil {
			return nil, err
		}
		own = append(own, common...)
	}
	for i := range own {
		own[i].Kind, own[i].score = kind, score(own[i].Title, terms)
	}
	return own, nil
}

// rows reads the newest documents that answer; without a reach, those of no structure.
func rows(ctx context.Context, tx *store.Tx, kind string, in *reach, lang string, terms []term) ([]Hit, error) {
	var match expression
	switch {
	case in == nil:
		match.all = append(match.all, []string{structureMark("")})
	case in.marks != nil && len(in.marks) == 0:
		return nil, nil
	case in.marks != nil:
		match.all = append(match.all, in.marks)
	}
	for _, t := range terms {
		match.all = append(match.all, t.words(tx.Engine()))
	}
	match.all = append(match.all, []string{kindMark(kind)})
	if tx.Engine() == store.SQLite || in == nil || len(in.late) == 0 { // SQLite reads its lists from the newest on, and stops
		return match.rows(ctx, tx, kind, in, lang, terms)
	}
	// PostgreSQL puts a whole list together before it gives a row. What many documents answer, enough of
	// the last ones answer too.
	newest, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(number), 0) from search_document`)
	if err != nil {
		return nil, err
	}
	for _, block := range in.late {
		if newest < block.size {
			break
		}
		late := expression{all: append(slices.Clone(match.all), block.last(newest))}
		if hits, err := late.rows(ctx, tx, kind, in, lang, terms); err != nil || len(hits) == Most {
			return hits, err
		}
	}
	return match.rows(ctx, tx, kind, in, lang, terms)
}

// rows runs the query of an expression.
func (e expression) rows(ctx context.Context, tx *store.Tx, kind string, in *reach, lang string, terms []term) ([]Hit, error) {
	var w store.Where
	from := e.where(tx.Engine(), &w)
	for _, t := range terms {
		if !t.told(tx.Engine()) {
			w.And("(' ' || d.words || ' ' like ? or ' ' || d.words || ' ' like ?)", "% "+t.word+"%", "% "+t.single+" %")
		}
	}
	w.And("d.kind = ?", kind)
	w.And("d.lang in ('', ?)", lang)
	if in == nil {
		w.And("d.structure_id = ''")
	} else {
		in.scope.Within(&w, "d.structure_id")
	}
	return store.All(ctx, tx, func(row store.Row) (h Hit, err error) {
		var at int64
		err = row.Scan(&h.Title, &h.Detail, &h.Path, &at, &h.Structure, &h.StructureName)
		h.At = store.Time(at)
		return h, err
	}, `select d.title, d.detail, d.path, d.at, d.structure_id, coalesce(s.name, '') from (select d.title, d.detail, d.path, d.at, d.structure_id, d.number from `+from+w.SQL()+
		` order by `+newestFirst(tx.Engine())+` limit `+w.Arg(Most)+`) d left join structure s on s.id = d.structure_id order by d.number desc`, w.Args()...)
}

// newestFirst is the order of writing, in the words by which each engine finds it without sorting.
func newestFirst(engine store.Engine) string {
	if engine == store.SQLite {
		return "search_words.rowid desc"
	}
	return "d.number desc"
}

// expression asks for documents that have one word of each list; a word that ends in a star stands for all that begin so. Words hold letters and digits
// of any script only, so that nothing in them can be taken for a sign.
type expression struct{ all [][]string }

// headLetters is how many first letters of a word the engines look for: they keep a list for each beginning up to that many (package store), and
// would otherwise put together the lists of all words that begin so, at each search. What follows is compared row by row.
const headLetters = 10

func head(word string) string {
	letters := []rune(word)
	return string(letters[:min(len(letters), headLetters)])
}

// words are what an engine looks for to find a term. For PostgreSQL beginnings are words themselves.
func (t term) words(engine store.Engine) []string {
	if engine == store.PostgreSQL {
		return []string{head(t.word), head(t.single)}
	}
	if t.single == t.word {
		return []string{head(t.word) + "*"}
	}
	return []string{head(t.word) + "*", t.single}
}

// told reports whether the words of a term tell all that is asked, so that rows need not be looked at.
func (t term) told(engine store.Engine) bool {
	return head(t.word) == t.word && (engine == store.SQLite || t.single == t.word)
}

// where adds the expression to a query in the words of an engine, and returns what to select from; documents are called d. PostgreSQL crosses the lists once,
// whatever it thinks of the rest of the query.
func (e expression) where(engine store.Engine, w *store.Where) string {
	if engine == store.SQLite {
		w.And("search_words match ?", e.text(func(word string) string {
			if plain, begins := strings.CutSuffix(word, "*"); begins {
				return `"` + plain + `"*`
			}
			return `"` + word + `"`
		}, " OR ", " AND "))
		return "search_words cross join search_document d on d.number = search_words.rowid"
	}
	text := e.text(func(word string) string { return "'" + word + "'" }, " | ", " & ")
	return "(with found as materialized (select * from search_document d where search_heads(d.words, d.number) @@ cast(" + w.Arg(text) + " as tsquery)) select * from found) d"
}

func (e expression) text(word func(string) string, or, and string) string {
	var lists []string
	for _, list := range e.all {
		var words []string
		for _, w := range list {
			words = append(words, word(w))
		}
		slices.Sort(words)
		lists = append(lists, "("+strings.Join(slices.Compact(words), or)+")")
	}
	return strings.Join(lists, and)
}
