package exercise

import (
	"context"
	"strconv"
	"strings"

	drill "hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/internal/bring"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/sheet"
)

// mostBrought is how many events a table may bring: as many as a scenario has.
const mostBrought = 500

// target is what a table of events may say to the scenario in the path.
func (m *Module) target(c *web.Context) (bring.Target, error) {
	o, at, err := m.own(c)
	if err != nil {
		return bring.Target{}, err
	}
	s, lang := o.Scenario, language(c.Ctx)
	t := bring.Target{Kind: "chronogram", Structure: o.Structure, Address: o.address() + "/import", Back: o.address(), Title: c.T("exercise.bring"), Lead: c.T("exercise.bring_lead"), Place: at,
		Crumbs:  append(m.crumbs(c, at.ID), ui.Link{Href: libraryAddress(at.ID), Text: c.T("exercise.library")}, ui.Link{Href: o.address(), Text: words(c.Ctx, s.Title)}),
		Columns: m.columns(c, s, lang), Most: mostBrought, Retire: "exercise.retire_absent"}
	t.Identify = identify(s)
	t.Present = func(context.Context, *store.Tx) (map[string]bring.Item, error) {
		items := map[string]bring.Item{}
		for _, values := range chronogram.Rows(s, lang) {
			items[values[chronogram.Number]] = bring.Item{Key: values[chronogram.Number], Title: values[chronogram.Subject], Values: values}
		}
		return items, nil
	}
	t.Write = func(ctx context.Context, tx *store.Tx, d bring.Difference) error {
		changed, err := chronogram.Apply(s, accepted(chronogram.Rows(s, lang), d), lang)
		if err != nil {
			return faultOf(err)
		}
		o.Scenario = changed
		return changeOwn(ctx, tx, o, m.Now())
	}
	return t, nil
}

// accepted are the rows of a scenario once what a person accepted is done to them.
func accepted(rows []map[string]string, d bring.Difference) (out []map[string]string) {
	gone, changed := map[string]bool{}, map[string]map[string]string{}
	for _, item := range d.Absent {
		gone[item.Key] = true
	}
	for _, c := range d.Changed {
		changed[c.Key] = c.Values
	}
	for _, row := range rows {
		id := row[chronogram.Number]
		if gone[id] {
			continue
		}
		for key, value := range changed[id] {
			row[key] = value
		}
		out = append(out, row)
	}
	for _, c := range d.New {
		c.Values[chronogram.Number] = c.Key
		out = append(out, c.Values)
	}
	return out
}

// identify completes a row: which event it tells of, and when, from the first hour of the table on.
func identify(s *drill.Scenario) func(*bring.Item) *bring.Wrong {
	var clock chronogram.Clock
	rows, seen := map[int]string{}, map[string]bool{}
	for _, st := range s.Stimuli {
		seen[st.ID] = true
	}
	return func(i *bring.Item) *bring.Wrong {
		subject := i.Values[chronogram.Subject]
		if subject == "" {
			subject = firstLine(i.Values[chronogram.Text])
		}
		i.Title = subject
		if i.Values[chronogram.Number] == "" && subject == "" {
			return nil // a row that names nothing, such as a note below the table
		}
		if chronogram.Mark(subject) {
			_ = since(&clock, rows, i) // the hour of DEBEX is the first one
			return &bring.Wrong{Key: "exercise.row_mark"}
		}
		i.Key = chronogram.Key(i.Values[chronogram.Number], subject)
		if i.Key == "" {
			return &bring.Wrong{Key: "exercise.row_unnamed"}
		}
		i.Values[chronogram.Number], i.Values[chronogram.Subject] = i.Key, subject
		if wrong := since(&clock, rows, i); wrong != nil {
			return wrong
		}
		if i.Values[chronogram.Text] == "" {
			i.Values[chronogram.Text] = subject
		}
		if t, ok := chronogram.ReadCondition(i.Values[chronogram.Condition]); ok && !seen[t.Stimulus] {
			return &bring.Wrong{Key: "exercise.row_cause", Args: []any{"event", t.Stimulus}}
		}
		seen[i.Key] = true
		return nil
	}
}

// since counts the time of a row from the first hour of the table. A row that was counted before, when the same table is looked at again, keeps its minutes.
func since(clock *chronogram.Clock, rows map[int]string, i *bring.Item) *bring.Wrong {
	text := i.Values[chronogram.At]
	if text == "" {
		return &bring.Wrong{Key: "exercise.row_time"}
	}
	if minutes, ok := rows[i.Row]; ok {
		i.Values[chronogram.At] = minutes
		return nil
	}
	moment, _ := chronogram.ReadTime(text)
	n, ok := clock.Since(moment)
	if !ok {
		return &bring.Wrong{Key: "exercise.row_late"}
	}
	i.Values[chronogram.At] = strconv.Itoa(n)
	rows[i.Row] = i.Values[chronogram.At]
	return nil
}

func firstLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return firstOf(text, maxWords)
}

// longestCell is how many characters a text of an event may have.
const longestCell = 1900

// columns are what a table of events may say, in their order.
func (m *Module) columns(c *web.Context, s *drill.Scenario, lang referential.Lang) (all []bring.Column) {
	reading := map[string]func(string) (string, *bring.Wrong){
		chronogram.Number: bring.Text(100), chronogram.From: bring.Text(maxWords), chronogram.Subject: bring.Text(200), chronogram.Text: bring.Text(longestCell),
		chronogram.At:      readTime,
		chronogram.To:      func(text string) (string, *bring.Wrong) { return readSeats(s, text, lang) },
		chronogram.Channel: readChannel, chronogram.Level: readLevel,
		chronogram.Expect: func(text string) (string, *bring.Wrong) {
			return bring.Text(longestCell)(chronogram.ReadExpect(text))
		},
		chronogram.Objective: func(text string) (string, *bring.Wrong) { return readObjective(s, text) },
		chronogram.Condition: readCondition,
	}
	for _, key := range chronogram.Keys() {
		column := bring.Column{Field: sheet.Field{Key: key, Names: chronogram.Names(key), Required: key == chronogram.At || key == chronogram.From}, Label: c.T("exercise.column_" + key), Help: c.T("exercise.column_help_" + key), Read: reading[key]}
		column.Show = func(value string) string { return shownValue(c.Printer, s, key, value, lang) }
		all = append(all, column)
	}
	return all
}

func readTime(text string) (string, *bring.Wrong) {
	if _, ok := chronogram.ReadTime(text); !ok {
		return "", &bring.Wrong{Key: "exercise.cell_time"}
	}
	return text, nil
}

// readSeats names the seats as the scenario does; those that it does not have stay as they are written, and are added.
func readSeats(s *drill.Scenario, text string, lang referential.Lang) (string, *bring.Wrong) {
	names := chronogram.List(strings.ReplaceAll(text, "\n", ";"))
	for i, name := range names {
		if len([]rune(name)) > maxWords {
			return "", &bring.Wrong{Key: "bring.value_long", Args: []any{"most", maxWords}}
		}
		for _, r := range s.Roles {
			if r.ID == name || sheet.Fold(r.Name.FR) == sheet.Fold(name) || sheet.Fold(r.Name.EN) == sheet.Fold(name) {
				names[i] = chronogram.RoleNames(s, []string{r.ID}, lang)
			}
		}
	}
	return strings.Join(names, "; "), nil
}

func readChannel(text string) (string, *bring.Wrong) {
	channel, ok := chronogram.ReadChannel(text)
	if !ok {
		return "", &bring.Wrong{Key: "exercise.cell_channel"}
	}
	return string(channel), nil
}

func readLevel(text string) (string, *bring.Wrong) {
	level, ok := chronogram.ReadLevel(text)
	if !ok {
		return "", &bring.Wrong{Key: "exercise.cell_level"}
	}
	return strconv.Itoa(int(level)), nil
}

func readObjective(s *drill.Scenario, text string) (string, *bring.Wrong) {
	for _, o := range s.Objectives {
		if o.ID == text || sheet.Fold(o.Text.FR) == sheet.Fold(text) || sheet.Fold(o.Text.EN) == sheet.Fold(text) {
			return o.ID, nil
		}
	}
	return "", &bring.Wrong{Key: "exercise.cell_objective"}
}

func readCondition(text string) (string, *bring.Wrong) {
	t, ok := chronogram.ReadCondition(text)
	if !ok {
		return "", &bring.Wrong{Key: "exercise.cell_condition"}
	}
	if t.Reacted {
		return "reacted:" + t.Stimulus, nil
	}
	return "unreacted:" + t.Stimulus, nil
}
