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

// reach is where somebody may find one kind of thing. Of few structures their marks are known, so that an engine need not look at what others hold; the
// predicate on the territory decides all the same.
type reach struct {
	scope territory.Scope
	marks []string // nil: too many structures
}

// fewStructures is up to how many structures their marks are asked for.
const fewStructures = 60

func reachOf(ctx context.Context, tx *store.Tx, scope territory.Scope) (*reach, error) {
	in := &reach{scope: scope}
	if scope.Empty() {
		return in, nil
	}
	var w store.Where
	scope.Within(&w, "s.id")
	ids, err := store.All(ctx, tx, store.Column[string], `select s.id from structure s`+w.SQL()+` limit `+w.Arg(fewStructures+1), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read where somebody may search: %w", err)
	}
	if len(ids) > fewStructures {
		return in, nil
	}
	in.marks = []string{}
	for _, id := range ids {
		in.marks = append(in.marks, structureMark(id))
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

// rows runs one query; without a reach it reads documents of no structure.
func rows(ctx context.Context, tx *store.Tx, kind string, in *reach, lang string, terms []term) ([]Hit, error) {
	var match expression
	switch {
	case in == nil:
		match.all = append(match.all, []string{exact(structureMark(""))})
	case in.marks != nil:
		match.all = append(match.all, in.marks)
	}
	for _, t := range terms {
		words := []string{beginning(t.word)}
		if t.single != t.word {
			words = append(words, exact(t.single))
		}
		match.all = append(match.all, words)
	}
	match.all = append(match.all, []string{exact(kindMark(kind))})
	var w store.Where
	from := match.where(tx.Engine(), &w)
	for _, t := range terms {
		if head(t.word) != t.word { // the engine looked at its first letters
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
	}, `select d.title, d.detail, d.path, d.at, d.structure_id, coalesce(s.name, '') from (select d.title, d.detail, d.path, d.at, d.structure_id from `+from+w.SQL()+match.order(tx.Engine())+
		` limit `+w.Arg(Most)+`) d left join structure s on s.id = d.structure_id`, w.Args()...)
}

// expression asks for documents that have one word of each list; words come from [exact] and [beginning].
type expression struct{ all [][]string }

// exact and beginning write a word of an expression. Words hold letters and digits of any script only, so that nothing in them can be taken for a sign.
func exact(word string) string     { return word }
func beginning(word string) string { return head(word) + "*" }

// headLetters is how many first letters of a word the engines look for: SQLite keeps a list for each beginning up to that many (package store), and
// would otherwise put together the lists of all words that begin so, at each search. What follows is compared row by row.
const headLetters = 10

func head(word string) string {
	letters := []rune(word)
	return string(letters[:min(len(letters), headLetters)])
}

// where adds the expression to a query in the words of an engine, and returns what to select from; documents are called d.
func (e expression) where(engine store.Engine, w *store.Where) string {
	if engine == store.SQLite {
		w.And("search_words match ?", e.text(func(word string) string {
			plain, begins := strings.CutSuffix(word, "*")
			if begins {
				return `"` + plain + `"*`
			}
			return `"` + plain + `"`
		}, " OR ", " AND "))
		return "search_words cross join search_document d on d.number = search_words.rowid"
	}
	w.And("array_to_tsvector(string_to_array(d.words, ' ')) @@ cast(? as tsquery)", e.text(func(word string) string {
		plain, begins := strings.CutSuffix(word, "*")
		if begins {
			return "'" + plain + "':*"
		}
		return "'" + plain + "'"
	}, " | ", " & "))
	return "search_document d"
}

// order puts what was written last first where that costs nothing: SQLite keeps its lists in that order, PostgreSQL would sort them.
func (e expression) order(engine store.Engine) string {
	if engine == store.SQLite {
		return " order by search_words.rowid desc"
	}
	return ""
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
