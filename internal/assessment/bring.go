package assessment

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/referential"
	"hygie/sheet"
)

// brought is what a spreadsheet says of a questionnaire, beside what is answered already.
type brought struct {
	Changes []change
	Same    int // rows that say what is answered already
	Empty   int // rows without an answer
	Remarks []remark
	Names   []string // of the columns, when they have to be told
	Columns map[string]int
}

// change is an answer of the spreadsheet that differs from the one given.
type change struct {
	Row      int
	Question asked
	Choice   string // code, or [referential.DontKnow]
	Note     string
}

// remark is something about a row that its author should know; row 0 is the whole file.
type remark struct {
	Row  int
	Key  string
	Args []any
}

// mostRemarks is how many remarks a page shows.
const mostRemarks = 200

// maxSheet is the largest spreadsheet of answers, in bytes.
const maxSheet = 8 << 20

// Fields of a row, by key, as [sheet.FindHeader] looks for them.
const (
	codeColumn     = "code"
	questionColumn = "question"
	answerColumn   = "answer"
	noteColumn     = "note"
)

func columnFields() []sheet.Field {
	return []sheet.Field{
		{Key: codeColumn, Names: []string{"code question", "question code", "référence", "ref", "id"}},
		{Key: questionColumn, Names: []string{"intitulé", "libellé", "texte", "text"}},
		{Key: answerColumn, Names: []string{"réponse", "choix", "choice", "response"}, Required: true},
		{Key: noteColumn, Names: []string{"commentaire", "comment", "remarque", "observation"}},
	}
}

// bring reads a spreadsheet against a questionnaire. told maps fields to columns, counted from 1, where the person said so; zero is not said.
func bring(ctx context.Context, v view, file []byte, told map[string]int) (b brought, err error) {
	book, err := sheet.Read(bytes.NewReader(file), int64(len(file)), sheet.Limits{})
	if err != nil {
		return b, fault.Invalid(fault.Field{Name: "file", Key: readingKey(err)}).Because(err)
	}
	for _, r := range book.Remarks {
		b.Remarks = append(b.Remarks, remark{Row: r.Row, Key: "assessment.sheet_" + string(r.Kind), Args: []any{"text", r.Text}})
	}
	for _, one := range book.Sheets {
		header, ok := sheet.FindHeader(one, columnFields())
		if !ok {
			continue
		}
		for key, column := range told {
			if column > 0 && column <= len(header.Names) {
				header.Columns[key] = column - 1
			}
		}
		_, code := header.Columns[codeColumn]
		_, text := header.Columns[questionColumn]
		if _, answer := header.Columns[answerColumn]; !answer || !code && !text {
			if b.Names == nil {
				b.Names, b.Columns = header.Names, header.Columns
			}
			continue
		}
		b.Names, b.Columns = nil, nil
		b.rows(ctx, v, sheet.Records(one, header))
		return b, nil
	}
	if b.Names == nil {
		err = fault.Invalid(fault.Field{Name: "file", Key: "assessment.sheet_empty"})
	}
	return b, err
}

// readingKey is the message about a file that cannot be read.
func readingKey(err error) string {
	switch {
	case errors.Is(err, sheet.ErrEncrypted):
		return "assessment.sheet_encrypted"
	case errors.Is(err, sheet.ErrOld):
		return "assessment.sheet_old"
	case errors.Is(err, sheet.ErrTooLarge):
		return "assessment.sheet_large"
	}
	return "assessment.sheet_unread"
}

// rows compares every row with what is answered. The first of two rows about one question counts.
func (b *brought) rows(ctx context.Context, v view, records []sheet.Record) {
	first := map[string]int{}
	for _, r := range records {
		code, text, answer, note := r.Get(codeColumn), r.Get(questionColumn), r.Get(answerColumn), r.Get(noteColumn)
		say := func(key string, args ...any) { b.Remarks = append(b.Remarks, remark{r.Row, key, args}) }
		q, ok := v.recognise(code, text)
		switch {
		case code == "" && text == "" && answer == "":
			continue
		case !ok:
			say("assessment.row_question", "text", shorten(code+" "+text))
			continue
		case answer == "":
			b.Empty++
			continue
		case first[q.Code] != 0:
			say("assessment.row_twice", "row", first[q.Code])
			continue
		case utf8.RuneCountInString(note) > maxNote:
			say("assessment.row_note", "limit", maxNote)
			continue
		}
		choice, ok := choiceOf(ctx, q.Question, answer)
		if !ok {
			say("assessment.row_answer", "text", shorten(answer), "answers", answersOf(ctx, q.Question))
			continue
		}
		first[q.Code] = r.Row
		last, given := v.Last[q.Code]
		if note == "" {
			note = last.Note // a sheet without comments takes none away
		}
		if given && last.Choice == choice && last.Note == note {
			b.Same++
			continue
		}
		b.Changes = append(b.Changes, change{Row: r.Row, Question: q, Choice: choice, Note: note})
	}
}

// recognise finds a question by its code, else by its text in either language.
func (v view) recognise(code, text string) (asked, bool) {
	all := v.questions("")
	for _, said := range []string{code, text} {
		folded := sheet.Fold(said)
		if folded == "" {
			continue
		}
		i := slices.IndexFunc(all, func(q asked) bool {
			return sheet.Fold(q.Code) == folded || sheet.Fold(q.Text.FR) == folded || sheet.Fold(q.Text.EN) == folded
		})
		if i >= 0 {
			return all[i], true
		}
	}
	return asked{}, false
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
	score, err := strconv.ParseFloat(strings.ReplaceAll(answer, ",", "."), 64)
	found := ""
	for _, choice := range q.Choices {
		if err == nil && choice.Score == score && choice.Outcome != referential.OutcomeNotApplicable {
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
