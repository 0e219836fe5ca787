package assessment

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/referential"
	"hygie/sheet"
)

// Keys of the columns of a table of answers.
const (
	codeColumn     = "code"
	questionColumn = "question"
	answerColumn   = "answer"
	noteColumn     = "note"
	urnColumn      = "urn"        // of CISO Assistant
	scoreColumn    = "score"      // of CISO Assistant
	assessedColumn = "assessable" // of CISO Assistant: whether the line is more than a title
)

// target is what a table of answers may say: our own export, a colleague's, or the export of an audit by CISO Assistant.
func (m *Module) target(c *web.Context) (bring.Target, error) {
	v, err := m.load(c)
	if err != nil {
		return bring.Target{}, err
	}
	if v.State != Open {
		return bring.Target{}, fault.Conflict("assessment.already_done")
	}
	t := bring.Target{Kind: "answers", Structure: v.Assessment.Structure, Address: href(v.Assessment) + "/import", Back: href(v.Assessment), Title: c.T("assessment.bring"), Lead: c.T("assessment.bring_lead"),
		Place: v.At, Crumbs: v.crumbs(c, true), Columns: v.answerColumns(c.Ctx), OneOf: []string{codeColumn, questionColumn, urnColumn}, Most: 10_000,
		Formats: []bring.Format{{Is: isJSON, Read: readCISO}}, Accept: ".csv,.xlsx,.ods,.json"}
	t.Identify = func(i *bring.Item) *bring.Wrong { return v.identify(c.Ctx, i) }
	t.Present = func(ctx context.Context, tx *store.Tx) (map[string]bring.Item, error) {
		given, err := answers(ctx, tx, c.Scope, v.ID)
		if err != nil {
			return nil, err
		}
		v.Last = latest(given)
		items := map[string]bring.Item{}
		for _, q := range v.questions("") {
			if x, ok := v.Last[q.Code]; ok {
				items[q.Code] = bring.Item{Key: q.Code, Title: q.Text.In(lang(ctx)), Values: map[string]string{answerColumn: x.Choice, noteColumn: x.Note}}
			}
		}
		return items, nil
	}
	t.Write = func(ctx context.Context, tx *store.Tx, d bring.Difference) error {
		a, p, err := m.found(ctx, tx, c.Scope, v.Assessment.Structure, v.ID)
		if err != nil {
			return err
		}
		for _, one := range d.Changes() {
			last := v.Last[one.Key]
			x := Answer{Question: one.Key, Choice: one.Values[answerColumn], Note: one.Values[noteColumn], Source: FromPerson}
			if x.Note == "" {
				x.Note = last.Note // a table without comments takes none away
			}
			if err := m.reply(ctx, tx, c.Actor, c.Scope, a, p, x); err != nil {
				return err
			}
		}
		return nil
	}
	return t, nil
}

// answerColumns are the columns of a table of answers.
func (v view) answerColumns(ctx context.Context) []bring.Column {
	p := locale.From(ctx)
	show := func(value string) string {
		for _, q := range v.questions("") {
			if choice, ok := q.Choice(value); ok {
				return choice.Text.In(lang(ctx))
			}
		}
		return p.T("assessment.dont_know")
	}
	return []bring.Column{
		{Field: sheet.Field{Key: codeColumn, Names: []string{"code question", "question code", "référence", "ref", "ref id", "id"}}, Label: p.T("assessment.code")},
		{Field: sheet.Field{Key: questionColumn, Names: []string{"intitulé", "libellé", "texte", "text", "name"}}, Label: p.T("assessment.question")},
		{Field: sheet.Field{Key: answerColumn, Names: []string{"réponse", "choix", "choice", "response", "compliance result", "result", "résultat", "conformité"}, Required: true}, Label: p.T("assessment.answer"), Show: show, Help: p.T("assessment.bring_answer_help")},
		{Field: sheet.Field{Key: noteColumn, Names: []string{"commentaire", "comment", "remarque", "observation", "observations"}}, Label: p.T("assessment.note"), Read: bring.Text(maxNote)},
		{Field: sheet.Field{Key: urnColumn, Names: []string{"requirement urn"}}, Label: p.T("assessment.column_urn"), Help: p.T("assessment.bring_ciso_help")},
		{Field: sheet.Field{Key: scoreColumn, Names: []string{"note chiffrée"}}, Label: p.T("assessment.score"), Help: p.T("assessment.bring_score_help")},
		{Field: sheet.Field{Key: assessedColumn}, Label: p.T("assessment.column_assessable"), Help: p.T("assessment.bring_ciso_help")},
	}
}

// identify finds the question of a row and the answer it gives; what only served that is taken out of its values.
func (v view) identify(ctx context.Context, i *bring.Item) *bring.Wrong {
	code, text, urn, answer := i.Values[codeColumn], i.Values[questionColumn], i.Values[urnColumn], i.Values[answerColumn]
	score, title := i.Values[scoreColumn], i.Values[assessedColumn]
	i.Values = map[string]string{noteColumn: i.Values[noteColumn]}
	if i.Values[noteColumn] == "" {
		delete(i.Values, noteColumn)
	}
	switch {
	case answer == "", sheet.Fold(answer) == "not assessed", sheet.Fold(title) == "false":
		return nil // a title, or a question that nobody answered
	case code+text+urn == "":
		return nil
	}
	q, ok := v.recognise(code, text, urn)
	if !ok {
		return &bring.Wrong{Key: "assessment.row_question", Args: []any{"text", shorten(strings.TrimSpace(code + " " + text))}}
	}
	choice, ok := choiceOf(ctx, q.Question, answer)
	if !ok {
		choice, ok = complianceOf(q.Question, answer, score)
	}
	if !ok {
		return &bring.Wrong{Key: "assessment.row_answer", Args: []any{"text", shorten(answer), "answers", answersOf(ctx, q.Question)}}
	}
	i.Key, i.Title, i.Values[answerColumn] = q.Code, q.Text.In(lang(ctx)), choice
	return nil
}

// recognise finds a question: by its code or its text in either language, by its requirement when that asks only one, then as CISO Assistant names
// the line of the same referential.
func (v view) recognise(code, text, urn string) (asked, bool) {
	all := v.questions("")
	alone := map[string]int{} // questions of each requirement
	for _, q := range all {
		alone[q.Requirement.Code]++
	}
	_, tail := cisoURN(urn)
	for _, said := range []string{code, text, tail} {
		folded := sheet.Fold(said)
		if folded == "" {
			continue
		}
		for _, matches := range []func(q asked) bool{
			func(q asked) bool {
				return sheet.Fold(q.Code) == folded || sheet.Fold(q.Text.FR) == folded || sheet.Fold(q.Text.EN) == folded
			},
			func(q asked) bool {
				r := q.Requirement
				return alone[r.Code] == 1 && (sheet.Fold(r.Code) == folded || sheet.Fold(r.Title.FR) == folded || sheet.Fold(r.Title.EN) == folded)
			},
		} {
			if i := slices.IndexFunc(all, matches); i >= 0 && !slices.ContainsFunc(all[i+1:], matches) {
				return all[i], true
			}
		}
	}
	return v.sameNumber(urn, all, alone)
}

// choiceOf finds the choice that an answer names: by its code, by its words in either language, or by a score that only one choice has.
func choiceOf(ctx context.Context, q referential.Question, answer string) (string, bool) {
	folded := sheet.Fold(answer)
	for _, choice := range q.Choices {
		if folded != "" && slices.Contains([]string{sheet.Fold(choice.Code), sheet.Fold(choice.Text.FR), sheet.Fold(choice.Text.EN)}, folded) {
			return choice.Code, true
		}
	}
	p := locale.From(ctx)
	for _, lang := range []locale.Lang{locale.French, locale.English} {
		if folded != "" && sheet.Fold(p.For(lang).T("assessment.dont_know")) == folded || strings.TrimSpace(answer) == "?" {
			return referential.DontKnow, true
		}
	}
	return scored(q, answer, "")
}

// scored finds the only choice with a score, of an outcome unless that is empty.
func scored(q referential.Question, text string, outcome referential.Outcome) (found string, ok bool) {
	score, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	for _, choice := range q.Choices {
		if err == nil && choice.Score == score && choice.Outcome != referential.OutcomeNotApplicable && (outcome == "" || choice.Outcome == outcome) {
			if found != "" {
				return "", false
			}
			found = choice.Code
		}
	}
	return found, found != ""
}

// answersOf lists the answers that a question takes.
func answersOf(ctx context.Context, q referential.Question) string {
	var all []string
	for _, choice := range q.Choices {
		all = append(all, choice.Text.In(lang(ctx)))
	}
	return strings.Join(append(all, locale.T(ctx, "assessment.dont_know")), " · ")
}

// shorten keeps a cell readable in a list of remarks.
func shorten(text string) string {
	runes := []rune(strings.TrimSpace(text))
	if len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return string(runes)
}
