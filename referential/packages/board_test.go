package packages

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hygie/referential"
)

// spoken is what facts and documents the packages know, with values that mean something to them.
type spoken struct {
	keys   []string
	values map[string][]referential.Value
	kinds  []string
}

func speakOf(all []*referential.Package) spoken {
	s := spoken{values: map[string][]referential.Value{}}
	for _, p := range all {
		for _, k := range p.Facts {
			key := strings.ReplaceAll(k.Key, "*", "demo")
			for _, m := range k.Meanings {
				s.values[key] = append(s.values[key], m.Value)
			}
			for _, word := range k.Scale {
				s.values[key] = append(s.values[key], referential.Words(word))
			}
			switch k.Kind {
			case referential.BoolKind:
				s.values[key] = append(s.values[key], referential.YesNo(true), referential.YesNo(false))
			case referential.NumberKind:
				s.values[key] = append(s.values[key], referential.Number(0), referential.Number(2), referential.Number(66))
			case referential.DateKind:
				s.values[key] = append(s.values[key], referential.Date(day("2026-01-20")), referential.Date(day("2026-03-10")))
			}
		}
		for _, q := range p.Questions() {
			for _, c := range q.Choices {
				s.values[referential.AnswerKey(p.ID, q.Code)] = append(s.values[referential.AnswerKey(p.ID, q.Code)], referential.Words(c.Code))
			}
		}
		for _, d := range p.Documents {
			s.kinds = append(s.kinds, d.Code)
		}
	}
	s.keys = slices.Sorted(maps.Keys(s.values))
	return s
}

func (s spoken) fact(t *rapid.T) referential.Fact {
	key := rapid.SampledFrom(s.keys).Draw(t, "key")
	on := day("2025-11-01").AddDate(0, 0, rapid.IntRange(0, 150).Draw(t, "day"))
	return referential.Fact{Structure: rapid.SampledFrom([]string{"h", "m1", "g"}).Draw(t, "structure"), Key: key,
		Value: rapid.SampledFrom(s.values[key]).Draw(t, "value"), ObservedAt: on, Source: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source")}
}

func (s spoken) document(t *rapid.T) referential.Document {
	from := day("2025-06-01").AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "from"))
	return referential.Document{Structure: rapid.SampledFrom([]string{"h", "m1", "g"}).Draw(t, "structure"), ID: rapid.StringMatching(`[a-z]{8}`).Draw(t, "id"),
		Kind: rapid.SampledFrom(s.kinds).Draw(t, "kind"), From: from, Until: from.AddDate(0, 6, 0), DepositedAt: from}
}

func (s spoken) world(t *rapid.T) referential.World {
	w := hospital(rapid.SampledFrom([]string{"", "public", "private", "ebnl", "public-ght", "esms"}).Draw(t, "category"))
	if rapid.Bool().Draw(t, "group") {
		w.Subject = referential.Subject{Structure: "g", Category: "ght", Kind: "group", IsGroup: true, Members: []referential.Member{
			{Structure: "m1", Category: "public-ght", Weight: 660}, {Structure: "h", Category: "public-ght", Weight: 340}}}
	}
	for range rapid.IntRange(0, 30).Draw(t, "facts") {
		w.Facts = append(w.Facts, s.fact(t))
	}
	for range rapid.IntRange(0, 8).Draw(t, "documents") {
		w.Documents = append(w.Documents, s.document(t))
	}
	return w
}

// A board that hears news and asks again only what the news may touch says what it says when it begins from nothing, for every verdict of every
// package that comes with hygie.
func TestOnlyWhatNewsTouchesIsAskedAgain(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	board, words, at := referential.NewBoard(all...), speakOf(all), day("2026-03-31").Add(12*time.Hour)
	rapid.Check(t, func(t *rapid.T) {
		w := words.world(t)
		kept := verdicts(board.Evaluate(w, at))
		var news referential.News
		if rapid.Bool().Draw(t, "a fact") {
			f := words.fact(t)
			w.Facts, news.Facts = append(w.Facts, f), []string{f.Key}
		} else {
			d := words.document(t)
			w.Documents, news.Documents = append(w.Documents, d), []string{d.Kind}
		}
		touched := board.Touched(news)
		maps.Copy(kept, board.Judge(only(w, board.Needs(touched...)), at, touched...))
		if want := verdicts(board.Evaluate(w, at)); !reflect.DeepEqual(want, kept) {
			t.Fatal(cmp.Diff(want, kept))
		}
	})
}

// only is a world without what nobody asks for.
func only(w referential.World, needs referential.Uses) referential.World {
	w.Facts = slices.DeleteFunc(slices.Clone(w.Facts), func(f referential.Fact) bool { return !needs.Fact(f.Key) })
	w.Documents = slices.DeleteFunc(slices.Clone(w.Documents), func(d referential.Document) bool { return !needs.Documents[d.Kind] })
	return w
}

func verdicts(all []referential.Assessment) map[referential.Ref]referential.Verdict {
	m := map[referential.Ref]referential.Verdict{}
	for _, a := range all {
		for _, v := range a.Requirements {
			m[referential.Ref{Package: a.Package, Code: v.Code}] = v
		}
	}
	return m
}

// A board says of each package what the package says alone.
func TestBoardAgreesWithPackages(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	board, words, at := referential.NewBoard(all...), speakOf(all), day("2026-03-31")
	rapid.Check(t, func(t *rapid.T) {
		w := words.world(t)
		for i, a := range board.Evaluate(w, at) {
			if want := all[i].Evaluate(w, at); !reflect.DeepEqual(want, a) {
				t.Fatal(cmp.Diff(want, a))
			}
		}
	})
}

// What nobody asks for changes no verdict of any package.
func TestForeignFactsChangeNothing(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	board, words, at := referential.NewBoard(all...), speakOf(all), day("2026-03-31")
	rapid.Check(t, func(t *rapid.T) {
		w := words.world(t)
		before := board.Evaluate(w, at)
		f := words.fact(t)
		f.Key = "weather." + rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "key")
		w.Facts = append(w.Facts, f)
		if len(board.Touched(referential.News{Facts: []string{f.Key}})) > 0 {
			t.Fatalf("%s touches something", f.Key)
		}
		if after := board.Evaluate(w, at); !reflect.DeepEqual(before, after) {
			t.Fatal(cmp.Diff(before, after))
		}
	})
}

// Observations before the moment that a board names can be left unread: the answers, though not all of the reasons, are the same. Facts here reach back years,
// speak of days before and after they were observed, and come in every order.
func TestOldObservationsDoNotAlterAnswers(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	board, words, at := referential.NewBoard(all...), speakOf(all), day("2026-03-31").Add(12*time.Hour)
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	// Requirements that look back to an age, and the facts they ask for.
	var timed []referential.Ref
	asked := map[referential.Ref][]string{}
	for _, ref := range board.All() {
		needs := board.Needs(ref)
		asked[ref] = slices.DeleteFunc(slices.Clone(words.keys), func(key string) bool { return !needs.Fact(key) })
		if slices.ContainsFunc(asked[ref], func(key string) bool { _, ok := needs.Since(key, at, zone); return ok }) {
			timed = append(timed, ref)
		}
	}
	cut := 0
	rapid.Check(t, func(t *rapid.T) {
		w := words.world(t)
		w.Zone, w.Facts = zone, nil
		refs := []referential.Ref{rapid.SampledFrom(timed).Draw(t, "one"), rapid.SampledFrom(timed).Draw(t, "another")}
		for range rapid.IntRange(0, 25).Draw(t, "facts") {
			f := words.fact(t)
			f.Key = rapid.SampledFrom(asked[refs[rapid.IntRange(0, 1).Draw(t, "of")]]).Draw(t, "asked")
			f.Value = rapid.SampledFrom(words.values[f.Key]).Draw(t, "value")
			f.ObservedAt = at.AddDate(0, -rapid.IntRange(0, 40).Draw(t, "months"), -rapid.IntRange(0, 3).Draw(t, "days"))
			if f.Value.Kind == referential.DateKind {
				f.Value = referential.Date(at.AddDate(0, -rapid.IntRange(-2, 40).Draw(t, "month of"), 0))
			}
			w.Facts = append(w.Facts, f)
		}
		needs := board.Needs(refs...)
		short := w
		short.Facts = slices.DeleteFunc(slices.Clone(w.Facts), func(f referential.Fact) bool {
			first, ok := needs.Since(f.Key, at, zone)
			old := ok && f.ObservedAt.Before(first) && !(f.Value.Kind == referential.DateKind && !f.Value.Date.Before(first))
			if old {
				cut++
			}
			return old
		})
		want, got := board.Judge(w, at, refs...), board.Judge(short, at, refs...)
		for ref, v := range want {
			if got[ref].Status != v.Status {
				t.Fatalf("%v: %s without old observations, %s with them", ref, got[ref].Status, v.Status)
			}
		}
	})
	if cut == 0 || len(timed) < 5 {
		t.Errorf("%d observations of %d requirements were left unread: the test tells nothing", cut, len(timed))
	}
}
