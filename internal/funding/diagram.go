package funding

import (
	"fmt"
	"strings"
)

// Diagram draws the table as a Mermaid state diagram: one arrow for each line, with the act, who does it and what becomes of the clock.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> draft\n")
	for _, t := range table {
		fmt.Fprintf(&b, "    %s --> %s: %s (%s)%s\n", t.From, t.To, t.Act, t.Who.Level, clockMark(t.Clock))
	}
	for _, s := range states {
		if s.Final() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}

func clockMark(c Clock) string {
	if c == Runs {
		return ""
	}
	return ", clock " + string(c) + "s"
}

// Listing writes the table as Markdown, one row for each line.
func Listing() string {
	var b strings.Builder
	b.WriteString("| From | Act | Who | Right | Condition | To | Clock |\n|---|---|---|---|---|---|---|\n")
	for _, t := range table {
		guard, clock := string(t.Guard), string(t.Clock)
		if guard == "" {
			guard = "–"
		}
		if clock == "" {
			clock = "–"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | `%s` | %s | `%s` | %s |\n", t.From, t.Act, t.Who.Level, t.Who.Right, guard, t.To, clock)
	}
	return b.String()
}
