package finess

import (
	"fmt"
	"strings"
)

// Code names what is wrong. The sentence for a person is the message "finess.problem." followed by the code.
type Code string

// What may be wrong with a row.
const (
	BadFields     Code = "fields"         // wrong number of fields
	BadSection    Code = "section"        // a section that this file should not have
	BadFiness     Code = "finess"         // not the form of a FINESS number
	BadKey        Code = "finess_key"     // the key of the number is wrong: a typing error?
	BadEntity     Code = "entity"         // FINESS number of the legal person
	Duplicate     Code = "duplicate"      // the number came before; Detail says where
	BadCategory   Code = "category"       // not in the nomenclature
	BadDepartment Code = "department"     // neither the address nor the number tells the department
	BadSiren      Code = "siren"          // ignored
	BadSiret      Code = "siret"          // ignored
	NoName        Code = "name"           // no name at all
	BadEncoding   Code = "encoding"       // bytes that are no text, or text that was damaged before
	BadQuotes     Code = "quotes"         // a quotation mark that does not close
	NoHeader      Code = "header"         // the first line is not finess;etalab;…
	BadShape      Code = "shape"          // a JSON value of another type than the schema says
	BadRole       Code = "role"           // unknown role in a GHT
	UnknownMember Code = "unknown_member" // a member that the file does not describe
	BadGroup      Code = "group"          // a GHT without number, name or member
	UnknownPoint  Code = "unknown_site"   // a position for an establishment that the file does not have
)

// Problem is a remark about one row.
type Problem struct {
	Row    int    // line of the file in the stock form, from 1; 0 in FINESS+
	Path   string // such as pmej[12].ege[3] in FINESS+
	Fatal  bool   // the row was left out; otherwise it was kept without the wrong field
	Code   Code
	Value  string // what stands there, cut to 80 characters
	Detail string // a number or place that completes the sentence
}

// Place is the row or path as text.
func (p Problem) Place() string {
	if p.Path != "" {
		return p.Path
	}
	return fmt.Sprint(p.Row)
}

// report adds a problem, keeping the first ones and counting all.
func (f *File) report(limit int, p Problem) {
	if p.Fatal {
		f.Errors++
	} else {
		f.Warnings++
	}
	if len(f.Problems) < limit {
		p.Value = shorten(p.Value)
		f.Problems = append(f.Problems, p)
	}
}

// shorten makes a value fit for a message: valid text of at most 80 characters, without line breaks.
func shorten(value string) string {
	value = strings.Join(strings.Fields(strings.ToValidUTF8(value, "�")), " ")
	if runes := []rune(value); len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return value
}
