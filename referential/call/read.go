package call

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"hygie/referential"
)

// Format is the version of the file format that this package reads.
const Format = 1

// IsCall tells whether a file is a call, by its first keys.
func IsCall(data []byte) bool {
	return holds(data, "call") && !holds(data, "axes")
}

// holds tells whether the outermost mapping of a file has a key. Faults do not matter here: whoever reads the file in earnest gets them.
func holds(data []byte, key string) (has bool) {
	_ = referential.Decode("", data, "file", nil, func(o *referential.Object) { has = o.Has(key) })
	return has
}

// format reports a version of the format that is not read here.
func format(o *referential.Object) {
	if n, ok := o.Whole("format", 0, 1000); !ok || n != Format {
		o.Fault("format", "format must be %d", Format)
	}
}

// Read reads a call. The error holds all faults, each with file, line and column ([referential.Problems]). The bytes may be hostile: the size, the
// depth and the length of texts are bounded. Whether the requirements exist is for [Call.Check] to say.
func Read(file string, data []byte) (*Call, error) { return read(file, data, nil, nil) }

// Fill gives the call with fields filled, by code: amounts in euros, shares, moments and whole numbers as they are written in a file. The whole is
// checked again as if the values stood in the file, and the place of a fault is where the field is used. Unknown codes and fields of a dossier are faults.
func (c *Call) Fill(values map[string]string) (*Call, error) {
	for _, code := range slices.Sorted(maps.Keys(values)) {
		if f, ok := c.Field(code); !ok || f.Per != PerCall {
			return nil, referential.Problems{{File: c.file, Message: fmt.Sprintf("field %q is not one that is filled for the call", code)}}
		}
	}
	filled, err := read(c.file, c.data, values, nil)
	if err != nil {
		return nil, err
	}
	filled.shared = c.shared
	filled.share()
	return filled, nil
}

// Blank gives the fields of a kind that are still to be filled.
func (c *Call) Blank(per Per) []Field {
	var all []Field
	for _, f := range c.Fields {
		if f.Per == per && !f.filled {
			all = append(all, f)
		}
	}
	return all
}

func read(file string, data []byte, values map[string]string, watch func(name, key string)) (*Call, error) {
	r := &reader{call: &Call{file: file, data: slices.Clone(data)}, values: values, used: map[string]bool{}}
	err := referential.Decode(file, data, "call", watch, r.whole)
	if err != nil {
		return nil, err
	}
	return r.call, nil
}

// reader turns the mappings of a file into a call.
type reader struct {
	call   *Call
	values map[string]string // answers to fields of the call
	used   map[string]bool   // fields that something waits for

	dossier bool // fields of a dossier may stand here
}

func (r *reader) whole(o *referential.Object) {
	c := r.call
	format(o)
	c.ID, c.Version, c.Programme = o.ID("call"), o.Version("version"), o.ID("programme")
	c.Title, c.Aim = o.Text("title", true), o.Text("aim", false)
	c.Mode = referential.Choose(o, "mode", true, OneOff, Yearly, ServiceOffer)
	c.Source = o.Source()
	c.Platform = o.Text("platform", false)
	c.Regions, c.Libraries = o.Codes("regions", false), o.Codes("libraries", false)
	r.zone(o)
	o.Each("texts", "legal text", false, func(t *referential.Object) {
		c.Texts = append(c.Texts, LegalText{Title: t.Text("title", true), Signed: day(t, "signed"), Published: day(t, "published"), URL: t.URL("url"), Source: t.Source()})
	})
	// Fields come before what waits for them, wherever they stand in the file.
	r.fields(o)
	r.categories(o)
	r.phases(o)
	r.windows(o)
	r.requirements(o)
	r.money(o)
	r.scale(o)
	r.instalments(o)
	r.instruction(o)
	r.consistent(o)
}

func (r *reader) zone(o *referential.Object) {
	name := o.Words("zone", false)
	if name == "" {
		name = Paris
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		o.Fault("zone", "%q is not a time zone", name)
		zone = time.UTC
	}
	r.call.Zone = zone
}

// once reports a code that was used before among its like.
func once[T any](o *referential.Object, key string, list []T, code string, of func(T) string) {
	if _, twice := find(list, code, of); twice && code != "" {
		o.Fault(key, "%q is declared twice", code)
	}
}

func (r *reader) fields(o *referential.Object) {
	o.Each("fields", "field", false, func(f *referential.Object) {
		field := Field{Code: f.Code("code", true), Kind: referential.Choose(f, "kind", true, AmountField, RatioField, MomentField, WholeField),
			Per: referential.Choose(f, "per", false, PerCall, PerDossier), Title: f.Text("title", true), Note: f.Text("note", true), Source: f.Source(), at: f.Place()}
		if field.Per == "" {
			field.Per = PerCall
		}
		if m := field.Source.Mark; m != referential.Unsure && m != referential.Own && m != "" {
			f.Fault("source", "a field to be filled is marked unsure (it exists, and is not public) or own, not %s", m)
		}
		if _, filled := r.values[field.Code]; filled {
			field.filled, field.Source.Mark = true, referential.Completed
		}
		once(f, "code", r.call.Fields, field.Code, func(f Field) string { return f.Code })
		r.call.Fields = append(r.call.Fields, field)
	})
}

// written gives what stands under a key: a scalar, or the answer to the field it names. A field without an answer is given by its code.
func (r *reader) written(o *referential.Object, key string, required bool, kind FieldKind) (s, field string) {
	if !o.Has(key) {
		if required {
			o.Fault(key, "%q is missing; what is not public is {to_fill: FIELD}", key)
		}
		return "", ""
	}
	if !o.Mapping(key) {
		s, ok := o.Scalar(key)
		if !ok {
			o.Fault(key, "%s must be a value or {to_fill: FIELD}", key)
		}
		return s, ""
	}
	o.With(key, "blank", true, func(b *referential.Object) {
		code := b.Code("to_fill", true)
		f, known := r.call.Field(code)
		switch {
		case code == "":
		case !known:
			b.Fault("to_fill", "field %q is not declared under fields", code)
		case f.Per == PerDossier && !r.dossier:
			b.Fault("to_fill", "field %s is filled for each dossier, which only the scale and the services can use", code)
		case f.Kind != kind:
			b.Fault("to_fill", "field %s holds %s, and %s is needed here", code, f.Kind, kind)
		default:
			r.used[code] = true
			field, s = code, r.values[code]
		}
	})
	return s, field
}

// given reads a value, or the field that stands for it.
func given[T any](r *reader, o *referential.Object, key string, required bool, kind FieldKind, parse func(string) (T, error)) Given[T] {
	s, field := r.written(o, key, required, kind)
	if s == "" {
		return Given[T]{Field: field}
	}
	v, err := parse(s)
	if err != nil {
		o.Fault(key, "%s: %v", key, err)
		return Given[T]{Field: field}
	}
	return Given[T]{Value: v, Set: true, Field: field}
}

func (r *reader) amount(o *referential.Object, key string, required bool) Given[Cents] {
	return given(r, o, key, required, AmountField, ParseCents)
}

func (r *reader) ratio(o *referential.Object, key string, required bool) Given[Ratio] {
	return given(r, o, key, required, RatioField, ParseRatio)
}

// share is a ratio that lies between 0 and 1.
func (r *reader) share(o *referential.Object, key string, required bool) Given[Ratio] {
	g := r.ratio(o, key, required)
	if g.Set && g.Value.Compare(One()) > 0 {
		o.Fault(key, "%s is %s %%, more than the whole", key, g.Value.Percent())
	}
	return g
}

func (r *reader) moment(o *referential.Object, key string, required bool, edge Edge) Given[time.Time] {
	return given(r, o, key, required, MomentField, func(s string) (time.Time, error) { return ParseWall(s, r.call.Zone, edge) })
}

func (r *reader) number(o *referential.Object, key string, required bool) Given[int] {
	return given(r, o, key, required, WholeField, parseWhole)
}

// day reads a day as midnight UTC, as sources do.
func day(o *referential.Object, key string) time.Time {
	s, ok := o.Scalar(key)
	if !ok {
		if o.Has(key) {
			o.Fault(key, "%s must be a day such as 2026-03-31", key)
		}
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		o.Fault(key, "%s must be a day such as 2026-03-31, not %q", key, s)
	}
	return d
}
