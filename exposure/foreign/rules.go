package foreign

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"hygie/exposure/check"
)

//go:embed rules.csv
var rulesText string

// rule says that a tool's rule, when its output matches, is one of our checks.
type rule struct {
	tool     Tool
	name     *regexp.Regexp
	output   *regexp.Regexp
	check    string
	severity check.Severity // ours, for a tool that gives none; empty to keep the tool's
}

var rules = sync.OnceValues(func() ([]rule, error) { return parseRules(rulesText) })

func parseRules(text string) ([]rule, error) {
	in := csv.NewReader(strings.NewReader(text))
	in.Comment = '#'
	rows, err := in.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the rules of other tools: %w", err)
	}
	var list []rule
	for i, row := range rows[1:] {
		name, err := regexp.Compile("^(?i:" + row[1] + ")$")
		if err != nil {
			return nil, fmt.Errorf("read the rules of other tools: row %d: %w", i+2, err)
		}
		output, err := regexp.Compile("(?is)" + row[2])
		if err != nil {
			return nil, fmt.Errorf("read the rules of other tools: row %d: %w", i+2, err)
		}
		list = append(list, rule{Tool(row[0]), name, output, row[3], check.Severity(row[4])})
	}
	return list, nil
}

// lookup finds our check for a tool's rule and what it said.
func lookup(tool Tool, name, output string) (rule, bool) {
	list, _ := rules() // a fault of the table shows in its test
	for _, r := range list {
		if r.tool == tool && r.name.MatchString(name) && r.output.MatchString(output) {
			return r, true
		}
	}
	return rule{}, false
}
