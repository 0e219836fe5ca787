package perimeter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Problem is one thing a perimeter has wrong.
type Problem struct {
	Line int    // of the file, 0 when the perimeter does not come from one
	Path string // "domains[2]", "mandates[0].until"
	Err  error
}

// Text says what is wrong, in French ("fr") or English.
func (p Problem) Text(lang string) string { return told(lang, p.Err) }

// Problems are all the things a perimeter has wrong, in the order of the file.
type Problems []Problem

// Error says all of them in English, one a line.
func (p Problems) Error() string { return p.Text("en") }

// Text says all of them, one a line, in French ("fr") or English.
func (p Problems) Text(lang string) string {
	var out []string
	for _, each := range p {
		place := each.Path
		if place == "file" && lang == "fr" {
			place = "fichier"
		}
		switch {
		case each.Line > 0 && lang == "fr":
			place = "ligne " + strconv.Itoa(each.Line) + ", " + place
		case each.Line > 0:
			place = "line " + strconv.Itoa(each.Line) + ": " + place
		}
		colon := ": "
		if lang == "fr" {
			colon = "\u00a0: "
		}
		out = append(out, place+colon+each.Text(lang))
	}
	return strings.Join(out, "\n")
}

// slip is what is wrong with something a person wrote, in both languages; its values are the same.
type slip struct {
	fr, en string
	args   []any
}

// wrong makes a slip from two formats of package fmt with the same values in the same order.
func wrong(fr, en string, args ...any) error { return &slip{fr, en, args} }

// Error is in English.
func (s *slip) Error() string { return fmt.Sprintf(s.en, s.args...) }

// told says an error in a language, where it is known in both; spaces before signs are those of French.
func told(lang string, err error) string {
	var s *slip
	if !errors.As(err, &s) || lang != "fr" {
		return err.Error()
	}
	args := make([]any, len(s.args))
	for i, a := range s.args {
		if inner, ok := a.(error); ok {
			a = told(lang, inner)
		}
		args[i] = a
	}
	return fmt.Sprintf(strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u00a0;").Replace(s.fr), args...)
}

// fault is an error of the YAML library as a problem.
func fault(err error) Problem {
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil {
		return Problem{Path: "file", Err: unreadable(err)}
	}
	token := known.GetToken()
	p := Problem{Line: token.Position.Line, Path: "file", Err: unreadable(errors.New(known.GetMessage()))}
	var unknown *yaml.UnknownFieldError
	var twice *yaml.DuplicateKeyError
	var kind *yaml.UnexpectedNodeTypeError
	switch {
	case errors.As(err, &unknown):
		p.Err = wrong("« %s » n’est pas une clé d’un périmètre", "%q is not a key of a perimeter", token.Value)
	case errors.As(err, &twice):
		p.Err = wrong("« %s » est écrit deux fois", "%q is written twice", token.Value)
	case errors.As(err, &kind) && kind.Expected == ast.SequenceType:
		p.Err = wrong("« %s » : une liste est attendue, entre crochets ou un tiret par ligne", "%q: a list is expected, in brackets or with one dash a line", token.Value)
	}
	return p
}

// unreadable is a fault in the form of the file, in the words of the library that reads it.
func unreadable(err error) error {
	return wrong("le fichier ne se lit pas (%v)", "the file cannot be read (%v)", err)
}
