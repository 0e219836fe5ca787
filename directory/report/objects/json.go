package objects

import (
	"bytes"
	"cmp"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"hygie/directory/points/reasons"
	"hygie/directory/report/jsontext"
)

// WriteIndented writes a list of objects as a list of [Object] would be written, without making one for each: nearly all of
// a large report is such lists. A long one is put in words by several goroutines, each a part at a time, and written in order.
func (o List) WriteIndented(w *jsontext.Writer, depth int) {
	_ = w.WriteByte('[')
	for text := range o.parts(min(runtime.GOMAXPROCS(0), (o.Len()+partLength-1)/partLength), newIndent(depth+2)) {
		_, _ = w.Write(text)
	}
	w.End(o.Len() == 0, depth, ']')
}

// partLength is how many objects are put in words at once: some hundred kilobytes of text.
const partLength = 512

// parts gives the text of the list by parts of partLength, in order. A text is good until the next one.
func (o *List) parts(scribes int, sep indent) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if scribes < 2 {
			s := newScribe(o, sep)
			for from := 0; from < o.Len() && yield(s.part(from)); from += partLength {
			}
			return
		}
		full, free := make([]chan []byte, scribes), make([]chan []byte, scribes)
		faults := make([]any, scribes)
		quit := make(chan struct{})
		var all sync.WaitGroup
		defer all.Wait()
		defer close(quit)
		for k := range scribes {
			full[k], free[k] = make(chan []byte), make(chan []byte, 2)
			free[k] <- nil
			free[k] <- nil
			all.Go(func() { // the parts k, k+scribes …
				defer close(full[k])
				defer func() { faults[k] = recover() }()
				s := newScribe(o, sep)
				for from := k * partLength; from < o.Len(); from += scribes * partLength {
					s.text = <-free[k]
					select {
					case full[k] <- s.part(from):
					case <-quit:
						return
					}
				}
			})
		}
		for i := range (o.Len() + partLength - 1) / partLength {
			text, ok := <-full[i%scribes]
			if !ok {
				panic(faults[i%scribes])
			}
			if !yield(text) {
				return
			}
			free[i%scribes] <- text
		}
	}
}

// scribe puts objects of a list in words.
type scribe struct {
	*List
	sep   indent
	known map[uint32][]byte // fields of the reasons met lately
	text  []byte
}

func newScribe(o *List, sep indent) *scribe {
	return &scribe{List: o, sep: sep, known: make(map[uint32][]byte)}
}

// part writes the objects from one on, at most partLength, over the text before.
func (s *scribe) part(from int) []byte {
	s.text = s.text[:0]
	for i := from; i < min(from+partLength, s.Len()); i++ {
		if i > 0 {
			s.text = append(s.text, ',')
		}
		s.text = append(s.text, s.sep.end...)
		if s.found == nil {
			s.text = appendObject(s.text, s.List, i, s.sep)
			continue
		}
		s.text = appendFound(s.text, s.List, i, s.reason(i), s.sep)
	}
	return s.text
}

// reason gives the fields that tell why an object is there.
func (s *scribe) reason(i int) []byte {
	number := s.found.ReasonNumber(i)
	out, ok := s.known[number]
	if !ok {
		if len(s.known) >= sentences {
			clear(s.known)
		}
		out = appendReason(nil, s.found.At(i).Reason, s.lang, s.sep)
		s.known[number] = out
	}
	return out
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
	dst = appendSaid(dst, from.Reason, reasons.Of(from.Code, from.Params), from.Params == nil, sep)
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
