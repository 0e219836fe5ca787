package store

import (
	"fmt"
	"strings"
)

// Where gathers the optional conditions of a list and numbers their parameters. The zero value has none.
//
//	var w store.Where
//	w.And("status = ?", status)
//	scope.Within(&w, "f.structure_id")
//	rows, err := store.All(ctx, tx, scan, `select … from finding f`+w.SQL()+` order by f.id limit `+w.Arg(50), w.Args()...)
type Where struct {
	conditions []string
	args       []any
}

// And adds a condition; each "?" in it takes the next of args.
func (w *Where) And(condition string, args ...any) {
	if strings.Count(condition, "?") != len(args) {
		panic(fmt.Sprintf("store: condition %q with %d arguments", condition, len(args)))
	}
	var text strings.Builder
	for _, piece := range strings.SplitAfter(condition, "?") {
		before, marked := strings.CutSuffix(piece, "?")
		text.WriteString(before)
		if marked {
			text.WriteString(w.Arg(args[0]))
			args = args[1:]
		}
	}
	w.conditions = append(w.conditions, text.String())
}

// Arg adds a parameter that stands outside the conditions, and returns its "$n".
func (w *Where) Arg(value any) string {
	w.args = append(w.args, value)
	return fmt.Sprintf("$%d", len(w.args))
}

// SQL is the clause with its leading " where ", or nothing without conditions.
func (w *Where) SQL() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(w.conditions, " and ")
}

// Args are the parameters, in order.
func (w *Where) Args() []any { return w.args }
