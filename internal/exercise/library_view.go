package exercise

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	drill "hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// canMail tells whether the test of contacts can be mailed to a seat.
func (v view) canMail(s Seat) bool {
	_, ok := mailOf(s.Contact)
	return v.mails && ok
}

func settingOptions(ctx context.Context) (options []ui.Option) {
	for _, s := range []drill.Setting{drill.Hospital, drill.NursingHome} {
		options = append(options, ui.Option{Value: string(s), Text: locale.T(ctx, "exercise.setting_"+string(s))})
	}
	return options
}

// baseOptions are what a scenario can begin from.
func baseOptions(ctx context.Context, shipped []*drill.Scenario) []ui.Option {
	options := []ui.Option{{Text: locale.T(ctx, "exercise.base_none")}}
	for _, s := range shipped {
		options = append(options, ui.Option{Value: s.ID, Text: words(ctx, s.Title)})
	}
	return options
}

func managementOf(o Own) (ids []string) {
	for _, r := range o.Scenario.Roles {
		if r.Management {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func seatsOf(ctx context.Context, o Own) (options []ui.Option) {
	for _, r := range o.Scenario.Roles {
		options = append(options, ui.Option{Value: r.ID, Text: words(ctx, r.Name)})
	}
	return options
}

// chronogramTable is the events of a scenario, as the table that is saved and brought back.
func chronogramTable(c *web.Context, o Own) ui.Table {
	t := ui.Table{ID: "events", Caption: c.T("exercise.chronogram"), Total: ui.NoTotal, Dense: true,
		Columns: []ui.Column{{Text: c.T("exercise.at")}, {Text: c.T("exercise.channel")}, {Text: c.T("exercise.from_to")}, {Text: c.T("exercise.subject")}, {Text: c.T("exercise.level")}, {Text: c.T("exercise.column_condition")}},
		Empty:   ui.Empty{Title: c.T("exercise.no_event"), Text: c.T("exercise.no_event_text"), Act: ui.Button{Text: c.T("exercise.bring"), Href: o.address() + "/import"}}}
	if o.Ready() {
		t.Exports = c.Exports()
	}
	e := Exercise{Scenario: o.Scenario}
	lang := language(c.Ctx)
	for i, values := range chronogram.Rows(o.Scenario, lang) {
		st := &o.Scenario.Stimuli[i]
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(strconv.Itoa(st.Minute)), ui.Text(channelWord(c.Ctx, st.Channel)), ui.Text(words(c.Ctx, st.From) + " → " + e.roleNames(c.Ctx, st.To)),
			ui.Text(words(c.Ctx, st.Subject)), ui.Text(levelWord(c.Ctx, st.Level)), ui.Text(shownValue(c.Printer, o.Scenario, chronogram.Condition, values[chronogram.Condition], lang))}})
	}
	return t
}
