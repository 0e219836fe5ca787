package signature

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"strconv"
	"time"
)

// readPDF finds signatures by their byte ranges, which cannot be hidden: they and the signature between them stand in the file as they
// are, whatever else is compressed (ISO 32000-1 section 12.8.1). Two marks of the same range are one signature.
func readPDF(content []byte, o Options) (found []Signature) {
	seen := map[[4]int64]bool{}
	word := []byte("/ByteRange")
	for at, marks := 0, 0; marks < maxMarks && len(found) < maxSignatures; marks++ {
		next := bytes.Index(content[at:], word)
		if next < 0 {
			break
		}
		mark := at + next
		at = mark + len(word)
		r, ok := readRange(content[at:min(len(content), at+200)])
		if !ok || seen[r] {
			continue
		}
		seen[r] = true
		found = append(found, judgePDF(content, mark, r, o)...)
	}
	return found[:min(len(found), maxSignatures)]
}

// readRange reads four numbers between brackets.
func readRange(text []byte) (r [4]int64, ok bool) {
	text = bytes.TrimLeft(text, space)
	inside, found := bytes.CutPrefix(text, []byte("["))
	if !found {
		return r, false
	}
	inside, _, found = bytes.Cut(inside, []byte("]"))
	fields := bytes.Fields(inside)
	if !found || len(fields) != len(r) {
		return r, false
	}
	for i, f := range fields {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil || n < 0 {
			return r, false
		}
		r[i] = n
	}
	return r, true
}

// space are the blanks of a PDF (ISO 32000-1 table 1).
const space = " \t\r\n\f\x00"

// judgePDF judges the signature whose byte range stands at mark. What is between the two ranges must be the text of the signature and
// nothing else, in the same dictionary: anything more would be a part of the file that nobody signed.
func judgePDF(content []byte, mark int, r [4]int64, o Options) []Signature {
	size := int64(len(content))
	begin, gap, after, length := r[0], r[0]+r[1], r[2], r[3]
	if r[0] > size || r[1] > size || after > size || length > size-after || gap > size || gap >= after {
		return []Signature{{Fault: Unreadable, Trust: NotVerified}}
	}
	d, same := dictionary(content, mark, int(gap), int(after))
	s := Signature{Format: d.name("/SubFilter"), Trust: NotVerified}
	text, ok := hexText(content[gap:after])
	if begin != 0 || !ok || !same {
		s.Fault = Gap
		return []Signature{s}
	}
	if s.Format == "ETSI.RFC3161" {
		s.Fault = Timestamped
	}
	signed, err := readCMS(text)
	if err != nil {
		s.Fault = cmp.Or(s.Fault, Unreadable)
		return []Signature{s}
	}
	beyond := int64(len(bytes.TrimRight(content[after+length:], space)))
	var all []Signature
	for _, one := range signed.signers {
		var judged Signature
		switch {
		case s.Fault == Timestamped:
			judged = signed.told(one, o)
			judged.Fault = Timestamped
		case signed.content != nil: // adbe.pkcs7.sha1: what is signed is a SHA-1 of the file
			judged = signed.told(one, o)
			judged.Fault = OldMethod
		default:
			judged = signed.judge(one, o, content[:gap], content[after:after+length])
		}
		judged.Format, judged.Beyond, judged.Whole = s.Format, beyond, beyond == 0
		if judged.At.IsZero() {
			judged.At = d.moment("/M")
		}
		all = append(all, judged)
	}
	return all
}

// hexText decodes the text of a signature with its angle brackets.
func hexText(text []byte) ([]byte, bool) {
	if len(text) < 4 || len(text) > 2*maxContainer || text[0] != '<' || text[1] == '<' || text[len(text)-1] != '>' {
		return nil, false
	}
	digits := bytes.Join(bytes.FieldsFunc(text[1:len(text)-1], func(r rune) bool { return r < 0x80 && bytes.IndexByte([]byte(space), byte(r)) >= 0 }), nil)
	if len(digits)%2 == 1 { // ISO 32000-1 section 7.3.4.3
		digits = append(digits, '0')
	}
	out := make([]byte, len(digits)/2)
	_, err := hex.Decode(out, digits)
	return out, err == nil
}

// entries is the text of a dictionary, the signature left out.
type entries []byte

// dictionary gives the object around a signature, and tells whether its byte range, its key /Contents and the signature stand in the same one.
func dictionary(content []byte, mark, gap, after int) (entries, bool) {
	first, last := min(mark, gap), max(mark, after)
	from := max(0, first-maxDictionary)
	if i := bytes.LastIndex(content[from:first], []byte("obj")); i >= 0 {
		from += i
	}
	until := min(len(content), last+maxDictionary)
	if i := bytes.Index(content[last:until], []byte("endobj")); i >= 0 {
		until = last + i
	}
	var d entries
	if mark >= after && mark-after <= maxDictionary || mark < gap && gap-mark <= maxDictionary {
		d = append(append(d, content[from:gap]...), ' ')
		d = append(d, content[after:until]...)
	}
	between := content[min(mark, after):max(mark, after)]
	if mark < gap {
		between = content[mark:gap]
	}
	key := bytes.HasSuffix(bytes.TrimRight(content[from:gap], space), []byte("/Contents"))
	return d, d != nil && key && !bytes.Contains(between, []byte("obj"))
}

// value is what follows a key.
func (d entries) value(key string) []byte {
	for rest := []byte(d); ; {
		i := bytes.Index(rest, []byte(key))
		if i < 0 {
			return nil
		}
		rest = rest[i+len(key):]
		if len(rest) > 0 && bytes.IndexByte([]byte(space+"/(<["), rest[0]) >= 0 { // /M, not /MK
			return bytes.TrimLeft(rest, space)
		}
	}
}

// name is the name that follows a key.
func (d entries) name(key string) string {
	v, found := bytes.CutPrefix(d.value(key), []byte("/"))
	if !found {
		return ""
	}
	if i := bytes.IndexAny(v, space+"/<>[]()%"); i >= 0 {
		v = v[:i]
	}
	return clean(string(v[:min(len(v), 64)]))
}

// moment is the date that follows a key: (D:20260315101500+01'00'), of which all after the year may be left out (ISO 32000-1 section 7.9.4).
func (d entries) moment(key string) time.Time {
	v, found := bytes.CutPrefix(d.value(key), []byte("(D:"))
	if !found {
		return time.Time{}
	}
	v, _, found = bytes.Cut(v[:min(len(v), 40)], []byte(")"))
	if !found {
		return time.Time{}
	}
	text := string(bytes.ReplaceAll(v, []byte("'"), nil))
	for _, layout := range []string{"20060102150405Z0700", "20060102150405Z", "20060102150405Z0000", "20060102150405", "200601021504", "20060102"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
