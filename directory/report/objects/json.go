package objects

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"hygie/directory/points/reasons"
	"hygie/directory/report/jsontext"
)

// WriteIndented writes a list of objects as a list of [Object] would be written, without making one for each: nearly all of
// a large report is such lists.
func (o List) WriteIndented(w *jsontext.Writer, depth int) {
	_ = w.WriteByte('[')
	var line []byte                  // scratch
	known := make(map[uint32][]byte) // fields of the reasons met lately
	sep := newIndent(depth + 2)
	for i := range o.Len() {
		w.Row(i == 0, depth+1)
		if o.found == nil {
			_, _ = w.Write(appendObject(line[:0], &o, i, sep))
			continue
		}
		number := o.found.ReasonNumber(i)
		reason, ok := known[number]
		if !ok {
			if len(known) >= sentences {
				clear(known)
			}
			reason = appendReason(nil, o.found.At(i).Reason, o.lang, sep)
			known[number] = reason
		}
		line = appendFound(line[:0], &o, i, reason, sep)
		_, _ = w.Write(line)
	}
	w.End(o.Len() == 0, depth, ']')
}

// indent is what stands between the fields of an object, and between those of a list in it.
type indent struct{ field, inner, end string }

func newIndent(depth int) indent {
	pad := "\n" + string(bytes.Repeat([]byte("  "), depth))
	return indent{field: pad, inner: pad + "  ", end: pad[:len(pad)-2]}
}

// appendFound appends an object of an audit whose reason is written already.
func appendFound(dst []byte, o *List, i int, reason []byte, sep indent) []byte {
	from := o.found.Named(i)
	dst = append(dst, '{')
	dst = jsontext.AppendString(append(append(dst, sep.field...), `"dn": `...), from.DN)
	if !from.SID.IsZero() {
		dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"sid": `...), from.SID.String())
	}
	if from.GUID != "" {
		dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"guid": `...), from.GUID)
	}
	dst = append(dst, reason...)
	return appendRest(dst, from.Levels, o.statusOf(i), sep)
}

// appendObject appends an object that was read back.
func appendObject(dst []byte, o *List, i int, sep indent) []byte {
	from := &o.read[i]
	dst = append(dst, '{')
	dst = jsontext.AppendString(append(append(dst, sep.field...), `"dn": `...), from.DN)
	if from.SID != "" {
		dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"sid": `...), from.SID)
	}
	if from.GUID != "" {
		dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"guid": `...), from.GUID)
	}
	r := reasons.Reason{Code: from.Code}
	for name, value := range from.Params {
		r.Params = append(r.Params, reasons.Param{Name: name, Value: value})
	}
	dst = appendSaid(dst, from.Reason, r, from.Params == nil, sep)
	return appendRest(dst, from.Levels, o.statusOf(i), sep)
}

// appendReason appends the fields that tell why.
func appendReason(dst []byte, r reasons.Reason, lang string, sep indent) []byte {
	return appendSaid(dst, r.Text(lang), r, false, sep)
}

func appendSaid(dst []byte, text string, r reasons.Reason, null bool, sep indent) []byte {
	dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"reason": `...), text)
	dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"reason_code": `...), r.Code)
	dst = append(append(append(dst, ','), sep.field...), `"reason_params": `...)
	if null {
		return append(dst, "null"...)
	}
	// A name given twice counts once, as in a map: the last one.
	params := slices.Clone(r.Params)
	slices.Reverse(params)
	slices.SortStableFunc(params, func(a, b reasons.Param) int { return cmp.Compare(a.Name, b.Name) })
	params = slices.CompactFunc(params, func(a, b reasons.Param) bool { return a.Name == b.Name })
	dst = append(dst, '{')
	for i, p := range params {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(append(dst, sep.inner...), p.Name)
		dst = jsontext.AppendString(append(dst, ": "...), p.Value)
	}
	if len(params) > 0 {
		dst = append(dst, sep.field...)
	}
	return append(dst, '}')
}

// appendRest appends the levels and the status, and ends the object.
func appendRest(dst []byte, levels []int, status string, sep indent) []byte {
	dst = append(append(append(dst, ','), sep.field...), `"levels": `...)
	switch {
	case levels == nil:
		dst = append(dst, "null"...)
	case len(levels) == 0:
		dst = append(dst, "[]"...)
	default:
		for i, level := range levels {
			dst = append(append(dst, "[,"[min(i, 1)]), sep.inner...)
			dst = strconv.AppendInt(dst, int64(level), 10)
		}
		dst = append(append(dst, sep.field...), ']')
	}
	if status != "" {
		dst = jsontext.AppendString(append(append(append(dst, ','), sep.field...), `"status": `...), status)
	}
	return append(append(dst, sep.end...), '}')
}
