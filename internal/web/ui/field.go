package ui

import (
	"context"
	"io"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/locale"

	"github.com/a-h/templ"
)

// FieldKind is the kind of control of a Field.
type FieldKind string

// The kinds of control. The zero kind is one line of text.
const (
	TextField     FieldKind = ""
	EmailField    FieldKind = "email"
	PhoneField    FieldKind = "tel"
	AddressField  FieldKind = "url"
	SearchField   FieldKind = "search"
	PasswordField FieldKind = "password"
	CodeField     FieldKind = "code" // a one-time code: figures, read from the telephone when it can
	NumberField   FieldKind = "number"
	DayField      FieldKind = "date"
	MomentField   FieldKind = "datetime-local"
	AreaField     FieldKind = "area"
	SelectField   FieldKind = "select"
	RadioField    FieldKind = "radio"
	CheckField    FieldKind = "check"  // one box, yes or no: Value "1" is yes
	ChecksField   FieldKind = "checks" // several boxes: Values
	FileField     FieldKind = "file"   // a plain file; Drop is for evidence
)

// Option is one choice of a Field.
type Option struct {
	Value    string
	Text     string
	Help     string
	Disabled bool
}

// Field is one question of a form: label, help, control, and what is wrong with the answer. Fields are required unless
// Optional says otherwise, and then the label says it.
type Field struct {
	Name         string
	Label        string
	Help         string
	Kind         FieldKind
	Value        string
	Values       []string // chosen values of ChecksField
	Options      []Option
	Optional     bool
	Disabled     bool
	ReadOnly     bool
	Short        bool   // a control as wide as a date
	Suffix       string // unit after the control: jours, %
	Autocomplete string
	Placeholder  string
	Min, Max     string // of a number or a day
	Step         string
	MaxLength    int
	Rows         int
	Accept       string // kinds of file
	Attributes   templ.Attributes
	Errors       Errors
}

// Render writes the field.
func (f Field) Render(ctx context.Context, w io.Writer) error { return field(f).Render(ctx, w) }

func (f Field) id() string { return fieldID(f.Name) }

func (f Field) wrong() (fault.Field, bool) { return f.Errors.For(f.Name) }

func (f Field) class() string {
	if _, wrong := f.wrong(); wrong {
		return "field field-wrong"
	}
	return "field"
}

// grouped reports whether the control is a set of boxes, with a legend instead of a label.
func (f Field) grouped() bool { return f.Kind == RadioField || f.Kind == ChecksField }

func (f Field) chosen(value string) bool {
	if f.Kind == ChecksField {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// inputType is the type attribute of a one-line control.
func (f Field) inputType() string {
	switch f.Kind {
	case TextField, CodeField, NumberField:
		return "text" // a number field loses what it cannot read; we read it ourselves and say what is wrong
	}
	return string(f.Kind)
}

func (f Field) inputClass() string {
	class := "input"
	switch f.Kind {
	case NumberField, DayField, MomentField:
		class += " input-number input-short"
	case CodeField:
		class += " input-code input-short"
	default:
		if f.Short {
			class += " input-short"
		}
	}
	return class
}

// attributes are those that every control may have.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{"name": f.Name}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	if !f.grouped() {
		a["id"] = f.id()
		set("aria-describedby", f.describedBy())
		if _, wrong := f.wrong(); wrong {
			a["aria-invalid"] = "true"
		}
	}
	if f.Disabled {
		a["disabled"] = true
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if !f.Optional && f.Kind != ChecksField && f.Kind != CheckField && f.Kind != SearchField {
		a["aria-required"] = "true"
	}
	set("autocomplete", f.Autocomplete)
	set("placeholder", f.Placeholder)
	switch f.Kind {
	case NumberField:
		a["inputmode"] = "decimal"
	case CodeField:
		a["inputmode"] = "numeric"
		if f.Autocomplete == "" {
			a["autocomplete"] = "one-time-code"
		}
	case DayField, MomentField:
		set("min", f.Min)
		set("max", f.Max)
		set("step", f.Step)
	}
	for name, value := range f.Attributes {
		a[name] = value
	}
	return a
}

func (f Field) describedBy() string {
	var ids []string
	if f.Help != "" {
		ids = append(ids, f.id()+"-help")
	}
	if _, wrong := f.wrong(); wrong {
		ids = append(ids, f.id()+"-error")
	}
	return strings.Join(ids, " ")
}

func (f Field) rows() int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 4
}

// choiceID is the id of one box of a group; the first has the field's, where the summary of errors leads.
func (f Field) choiceID(i int) string {
	if i == 0 {
		return f.id()
	}
	return f.id() + "-" + f.Options[i].Value
}

func (f Field) choiceType() string {
	if f.Kind == RadioField {
		return "radio"
	}
	return "checkbox"
}

// Drop is a place for evidence: a file field that also takes what is dragged onto it. It belongs in a form with
// enctype="multipart/form-data"; with data-upload on the form, the own script shows how much has been sent.
type Drop struct {
	Name     string
	Label    string
	Help     string
	Accept   string // kinds of file: ".zip,.ldif"
	Multiple bool
	Disabled bool
	Limit    int64 // bytes, said beside the field; 0 says nothing
	Errors   Errors
}

// Render writes the place for evidence.
func (d Drop) Render(ctx context.Context, w io.Writer) error { return drop(d).Render(ctx, w) }

func (d Drop) field() Field {
	return Field{Name: d.Name, Label: d.Label, Help: d.Help, Kind: FileField, Disabled: d.Disabled, Errors: d.Errors}
}

func (d Drop) attributes() templ.Attributes {
	a := templ.Attributes{"type": "file", "name": d.Name, "id": fieldID(d.Name), "aria-required": "true"}
	if d.Accept != "" {
		a["accept"] = d.Accept
	}
	if d.Multiple {
		a["multiple"] = true
	}
	if d.Disabled {
		a["disabled"] = true
	}
	described := []string{fieldID(d.Name) + "-limit"}
	if by := d.field().describedBy(); by != "" {
		described = append(described, by)
	}
	a["aria-describedby"] = strings.Join(described, " ")
	if _, wrong := d.Errors.For(d.Name); wrong {
		a["aria-invalid"] = "true"
	}
	return a
}

func (d Drop) limits(ctx context.Context) string {
	p := locale.From(ctx)
	var parts []string
	if d.Accept != "" {
		parts = append(parts, p.T("ui.drop_kinds", "kinds", strings.ReplaceAll(d.Accept, ",", ", ")))
	}
	if d.Limit > 0 {
		parts = append(parts, p.T("ui.drop_limit", "limit", p.Bytes(d.Limit)))
	}
	return strings.Join(parts, " ")
}
