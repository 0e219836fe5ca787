package referential

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault of a package file and its place. Lines and columns count from 1; a fault of the whole file has line 0.
type Problem struct {
	File         string
	Line, Column int
	Message      string
}

// Error writes the problem as FILE:LINE:COLUMN: message.
func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems are all faults that were found, in the order of the file.
type Problems []Problem

// Error writes one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// mostProblems is how many faults are reported of one file; a file that is wrong throughout needs no more.
const mostProblems = 100

// problems gathers faults while a file is read.
type problems struct {
	file string
	list Problems
}

func (p *problems) add(n *node, format string, args ...any) {
	if len(p.list) >= mostProblems {
		return
	}
	problem := Problem{File: p.file, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		problem.Line, problem.Column = n.line, n.column
	}
	p.list = append(p.list, problem)
}

// err is nil when no fault was found.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int { return 10_000*(a.Line-b.Line) + min(a.Column, 9_999) - min(b.Column, 9_999) })
	return p.list
}
