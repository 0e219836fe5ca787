package referential

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// remark is something that a library says and a package cannot, with the lines where it does.
type remark struct {
	text  string
	lines []int
}

// linesTold is how many lines a note names; the others are counted.
const linesTold = 8

// note tells of what is not carried over; n, which may be nil, is where it stands. What is said of several lines is said once.
func (l *library) note(n *node, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	i := slices.IndexFunc(l.remarks, func(r *remark) bool { return r.text == text })
	if i < 0 {
		if len(l.remarks) >= mostProblems {
			return
		}
		i = len(l.remarks)
		l.remarks = append(l.remarks, &remark{text: text})
	}
	if n != nil {
		l.remarks[i].lines = append(l.remarks[i].lines, n.line)
	}
}

// notes writes the remarks for a person to read, in the order in which they were found.
func (l *library) notes() (all []string) {
	for _, r := range l.remarks {
		all = append(all, r.text+r.places())
	}
	return all
}

func (r *remark) places() string {
	switch n := len(r.lines); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf(" (line %d)", r.lines[0])
	default:
		told := make([]string, min(n, linesTold))
		for i := range told {
			told[i] = strconv.Itoa(r.lines[i])
		}
		more := ""
		if n > linesTold {
			more = fmt.Sprintf(" and %d more", n-linesTold)
		}
		return " (lines " + strings.Join(told, ", ") + more + ")"
	}
}
