package convergence

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"hygie/internal/web"
	"hygie/internal/web/ui"
	spreadsheet "hygie/sheet"
)

// odsType is the media type of OpenDocument spreadsheets.
const odsType = "application/vnd.oasis.opendocument.spreadsheet"

// writeODS writes the trajectory as a spreadsheet: the steps, the architecture aimed at, and where each member stands.
func writeODS(w io.Writer, c *web.Context, v view) error {
	rows := func(list [][]any) iter.Seq2[[]any, error] {
		return func(yield func([]any, error) bool) {
			for _, row := range list {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
	var steps, target, members [][]any
	for i, s := range v.Trajectory.Steps {
		due := any("")
		if !s.Due.IsZero() {
			due = s.Due
		}
		steps = append(steps, []any{i + 1, s.Title, s.Owner, due, c.T(stateKey(s.State))})
	}
	for line := range strings.Lines(v.Trajectory.Target) {
		target = append(target, []any{strings.TrimRight(line, "\r\n")})
	}
	for _, one := range v.Members {
		level, measured := any(levelText(c.Ctx, one)), any("")
		if one.Level > 0 {
			level, measured = ui.Gauge{Level: one.Level, AtMost: one.AtMost}.Sentence(c.Ctx), one.Measured
		}
		members = append(members, []any{one.Subject.Name, level, measured})
	}
	err := spreadsheet.WriteODS(w, spreadsheet.Document{Title: c.T("convergence.document_title", "name", v.Group.Name), Language: string(c.Printer.Lang()), Created: c.Now()},
		spreadsheet.Table{Name: c.T("convergence.steps"), Widths: []float64{2, 14, 6, 4, 4}, Header: []string{c.T("convergence.number"), c.T("convergence.step_title"), c.T("convergence.owner"), c.T("convergence.due"), c.T("convergence.state")}, Rows: rows(steps)},
		spreadsheet.Table{Name: c.T("convergence.target"), Widths: []float64{30}, Header: []string{c.T("convergence.target")}, Rows: rows(target)},
		spreadsheet.Table{Name: c.T("convergence.members"), Widths: []float64{12, 8, 4}, Header: []string{c.T("convergence.member"), c.T("convergence.level"), c.T("convergence.measured")}, Rows: rows(members)},
	)
	if err != nil {
		return fmt.Errorf("write the convergence path as a spreadsheet: %w", err)
	}
	return nil
}
