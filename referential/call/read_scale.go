package call

import (
	"cmp"
	"maps"
	"slices"

	"hygie/referential"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (r *reader) scale(o *referential.Object) {
	o.With("scale", "scale", true, func(s *referential.Object) {
		r.dossier = true
		defer func() { r.dossier = false }()
		scale := &r.call.Scale
		s.Each("measures", "measure", false, func(m *referential.Object) {
			kind := MeasureKind{Code: m.Code("code", true), Title: m.Text("title", true), Unit: m.Text("unit", true)}
			once(m, "code", scale.Measures, kind.Code, func(k MeasureKind) string { return k.Code })
			scale.Measures = append(scale.Measures, kind)
		})
		scale.Grouping = cmp.Or(referential.Choose(s, "grouping", false, Combined, MemberSum), Combined)
		scale.Cofinancing = r.share(s, "cofinancing", false)
		scale.MostDossier, scale.LeastDossier = r.amount(s, "most", false), r.amount(s, "least", false)
		scale.Source = s.Source()
		scale.RoundDownTo = 1
		if step := r.amount(s, "round_down_to", false); step.Set && step.Value > 0 {
			scale.RoundDownTo = step.Value
		} else if !step.Absent() {
			s.Fault("round_down_to", "round_down_to is an amount of at least one cent")
		}
		if m, l := scale.MostDossier, scale.LeastDossier; m.Set && l.Set && m.Value < l.Value {
			s.Fault("most", "most lies below least")
		}
		s.Each("lines", "scale line", r.call.Mode != ServiceOffer, func(l *referential.Object) {
			line := r.line(l)
			once(l, "code", scale.Lines, line.Code, func(l ScaleLine) string { return l.Code })
			scale.Lines = append(scale.Lines, line)
		})
		for _, k := range r.call.Categories {
			if k.Eligible && r.call.Mode != ServiceOffer {
				r.gapless(s, k.Code)
			}
		}
	})
}

func (r *reader) line(l *referential.Object) ScaleLine {
	line := ScaleLine{Code: l.Code("code", true), Title: l.Text("title", false), Categories: r.some(l, "categories", true), Measure: l.Code("measure", false),
		From: r.ratio(l, "from", false), Below: r.ratio(l, "below", false), Flat: r.amount(l, "flat", false), PerUnit: r.ratio(l, "per_unit", false),
		PerUnitAbove: r.ratio(l, "per_unit_above", false), PerMember: r.amount(l, "per_member", false), Most: r.amount(l, "most", false),
		Source: l.Source(), at: l.Place()}
	_, known := find(r.call.Scale.Measures, line.Measure, func(k MeasureKind) string { return k.Code })
	sized := !line.From.Absent() || !line.Below.Absent() || !line.PerUnit.Absent() || !line.PerUnitAbove.Absent()
	switch {
	case line.Measure != "" && !known:
		l.Fault("measure", "measure %q is not declared under measures", line.Measure)
	case line.Measure == "" && sized:
		l.Fault("code", "a line with a band or a price a unit says which measure it looks at")
	case line.Flat.Absent() && line.PerUnit.Absent() && line.PerUnitAbove.Absent() && line.PerMember.Absent():
		l.Fault("code", "the line gives nothing: flat, per_unit, per_unit_above or per_member is missing")
	case line.From.Set && line.Below.Set && line.Below.Value.Compare(line.From.Value) <= 0:
		l.Fault("below", "the band ends before it begins")
	}
	for _, code := range line.Categories {
		if k, ok := r.call.Category(code); ok && !k.Group && !line.PerMember.Absent() {
			l.Fault("per_member", "category %s has no members", code)
		}
	}
	return line
}

// gapless reports what the lines of a category leave without an amount, and what they give twice. A bound that is not public closes no gap and makes no overlap.
func (r *reader) gapless(o *referential.Object, category string) {
	var lines []ScaleLine
	for _, l := range r.call.Scale.Lines {
		if contains(l.Categories, category) {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		o.Fault("lines", "the scale has no line for category %s, which is eligible", category)
		return
	}
	for _, l := range lines[1:] {
		if l.Measure != lines[0].Measure || l.Measure == "" {
			o.FaultAt(l.at, "scale line %s: category %s already has line %s, which looks at another size or at none", l.Code, category, lines[0].Code)
			return
		}
	}
	for _, l := range lines {
		if !l.From.Set && !l.From.Absent() || !l.Below.Set && !l.Below.Absent() {
			return // bands that are not public are looked at once they are filled
		}
	}
	slices.SortStableFunc(lines, func(a, b ScaleLine) int { return a.From.Value.Compare(b.From.Value) })
	if first := lines[0]; first.From.Value.Sign() != 0 {
		o.FaultAt(first.at, "scale line %s: nothing is given to category %s below %s", first.Code, category, first.From.Value)
	}
	for i, l := range lines {
		if i == len(lines)-1 {
			if !l.Below.Absent() {
				o.FaultAt(l.at, "scale line %s: nothing is given to category %s from %s on", l.Code, category, l.Below.Value)
			}
			continue
		}
		next := lines[i+1]
		switch {
		case l.Below.Absent() || l.Below.Value.Compare(next.From.Value) > 0:
			o.FaultAt(next.at, "scale line %s overlaps line %s for category %s", next.Code, l.Code, category)
		case l.Below.Value.Compare(next.From.Value) < 0:
			o.FaultAt(next.at, "scale line %s: nothing is given to category %s from %s to %s", next.Code, category, l.Below.Value, next.From.Value)
		}
	}
}
