// Package ui is the component library: everything a page is made of, as templ components.
//
// Components are plain functions of data. They write French or English with the printer in the context (locale.With), know
// nothing of the database or of rights, and work without a script; attributes for htmx and for the own script only make them
// quicker. Each component appears on the component page (/ui, in demonstration mode) in all its states, in both languages.
//
// Three rules hold everywhere. A verdict has a word and a shape beside its colour. A figure has its denominator. What cannot
// be shown (nothing found, not evaluated, no right) says so, and says what to do.
//
// Texts passed in a field named Key are message keys; texts in any other field are already in the reader's language.
package ui

import (
	"context"
	"io"

	"hygie/internal/fault"
)

// Tone is what a message is about; it gives colour and shape, never the meaning alone.
type Tone string

// The tones.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Bad   Tone = "bad"
	Warn  Tone = "warn"
	Info  Tone = "info"
)

// Valid reports whether t is one of the tones.
func (t Tone) Valid() bool {
	switch t {
	case Plain, Good, Bad, Warn, Info:
		return true
	}
	return false
}

// class returns base and base-tone: "chip chip-good".
func (t Tone) class(base string) string {
	if t == Plain {
		return base
	}
	return base + " " + base + "-" + string(t)
}

// icon returns the shape that goes with the tone.
func (t Tone) icon() string {
	switch t {
	case Good:
		return "check-circle"
	case Bad:
		return "cross-diamond"
	case Warn:
		return "triangle"
	}
	return "info"
}

// Link is an address with its text: part of another component, or a component by itself, such as a cell.
type Link struct {
	Href string
	Text string
}

// Render writes the link. An address of another kind than a page's, such as javascript:, leads nowhere.
func (l Link) Render(ctx context.Context, w io.Writer) error { return link(l).Render(ctx, w) }

// Errors is what is wrong with a form, in the order of the fields.
type Errors []fault.Field

// ErrorsOf returns the field remarks of an invalid input, nil for any other error. A handler shows the same form with them:
//
//	if wrong := ui.ErrorsOf(err); wrong != nil { … }
func ErrorsOf(err error) Errors {
	if fault.KindOf(err) != fault.KindInvalid {
		return nil
	}
	fields := fault.Fields(err)
	if len(fields) == 0 {
		fields = []fault.Field{{Key: "ui.invalid"}}
	}
	return fields
}

// For returns the first remark about a field.
func (e Errors) For(name string) (fault.Field, bool) {
	for _, f := range e {
		if f.Name == name {
			return f, true
		}
	}
	return fault.Field{}, false
}
