package referential

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// emitter writes YAML that holds any text: what is not a plain word stands between double quotes, with JSON's escapes.
type emitter struct{ out strings.Builder }

// plainWord is a text that YAML reads as itself without quotes.
var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z][A-Za-z0-9_./-]*)*$`)

// reserved are the words that YAML takes for something else than a text.
func reserved() []string {
	return []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
}

func quoted(s string) (string, error) {
	if plainWord.MatchString(s) && !slices.Contains(reserved(), strings.ToLower(s)) && len(s) < 60 {
		return s, nil
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// mapping writes a block mapping; first tells that the line is begun (after a dash).
func (e *emitter) mapping(d yaml.MapSlice, indent int, first bool) error {
	for _, item := range d {
		if !first {
			e.out.WriteString(strings.Repeat(" ", indent))
		}
		first = false
		key, err := quoted(fmt.Sprint(item.Key))
		if err != nil {
			return err
		}
		e.out.WriteString(key + ":")
		if err := e.value(item.Value, indent); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func (e *emitter) value(v any, indent int) error {
	switch v := v.(type) {
	case yaml.MapSlice:
		if small(v) {
			break
		}
		e.out.WriteString("\n")
		return e.mapping(v, indent+2, false)
	case []yaml.MapSlice:
		e.out.WriteString("\n")
		for _, one := range v {
			e.out.WriteString(strings.Repeat(" ", indent+2) + "- ")
			if err := e.mapping(one, indent+4, true); err != nil {
				return err
			}
		}
		return nil
	}
	text, err := flow(v)
	if err != nil {
		return err
	}
	e.out.WriteString(" " + text + "\n")
	return nil
}

// small tells whether a mapping holds scalars and lists of them only, and so stands on one line.
func small(d yaml.MapSlice) bool {
	return !slices.ContainsFunc(d, func(item yaml.MapItem) bool {
		switch v := item.Value.(type) {
		case yaml.MapSlice:
			return !small(v)
		case []yaml.MapSlice:
			return true
		}
		return false
	})
}

// flow writes a value on one line.
func flow(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return quoted(v)
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case map[string]string: // a parameter
		return "{parameter: " + v["parameter"] + "}", nil
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return flow(list)
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			var err error
			if parts[i], err = flow(one); err != nil {
				return "", err
			}
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	case yaml.MapSlice:
		parts := make([]string, len(v))
		for i, item := range v {
			value, err := flow(item.Value)
			if err != nil {
				return "", err
			}
			key, err := quoted(fmt.Sprint(item.Key))
			if err != nil {
				return "", err
			}
			parts[i] = key + ": " + value
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	}
	return "", fmt.Errorf("a %T has no place in the file", v)
}
