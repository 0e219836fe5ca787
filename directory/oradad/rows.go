package oradad

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"hygie/directory/internal/pack"
	"hygie/directory/model"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

var (
	errRow     = reading.Cause("row_long")
	errObjects = reading.Cause("rows_many")
)

// lines reads rows of a table.
type lines struct {
	r      *bufio.Reader
	number int
	limit  int
	buf    []byte
}

// next gives the next row, without its end. It is lost with the following one.
func (l *lines) next() ([]byte, error) {
	l.buf = l.buf[:0]
	l.number++
	for {
		piece, err := l.r.ReadSlice('\n')
		if len(l.buf)+len(piece) > l.limit {
			return nil, errRow
		}
		whole := err == nil && len(l.buf) == 0
		if !whole {
			l.buf = append(l.buf, piece...)
			piece = l.buf
		}
		switch {
		case err == nil:
			return bytes.TrimRight(piece, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(l.buf) > 0:
			return l.buf, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// table reads the rows of one table. Its faults are noted; the error is for what ends the whole reading.
func (r *reader) table(f pack.File) error {
	p, _ := r.placeOf(f.Name)
	p.folder = path.Dir(f.Name)
	l := &lines{r: bufio.NewReaderSize(decode(f), 1<<20), limit: r.o.Row}
	t := r.tables[strings.ToLower(strings.TrimPrefix(f.Name, r.root))]
	fault := func(err error) { r.fault(reading.At(err, "file", f.Name, "line", l.number)) }
	if p.request == "sysvol" {
		return r.files(l, t, p, fault)
	}
	var columns []column
	use := func(t table) {
		var secret bool
		if columns, secret = describe(t.columns, t.types, isAccount(p.request)); secret {
			r.secretColumns(f.Name)
		}
	}
	if len(t.columns) > 0 {
		use(t)
	}
	r.summary.Tables++
	for {
		row, err := l.next()
		cut := errors.Is(err, io.ErrUnexpectedEOF)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !cut:
			fault(err)
			return ended(err)
		}
		cells := bytes.Split(row, []byte{'\t'})
		if first := string(cells[0]); l.number == 1 && (first == "dn" || first == "server") {
			head := table{types: t.types}
			for _, c := range cells {
				head.columns = append(head.columns, string(c))
			}
			use(head)
			continue
		}
		if columns == nil {
			r.fault(reading.At(reading.Cause("table_undescribed"), "file", f.Name))
			return nil
		}
		if r.summary.Rows++; r.summary.Rows > r.o.Objects {
			fault(errObjects)
			return errObjects
		}
		switch {
		case cut && len(cells) < len(columns):
			fault(reading.Cause("row_cut"))
			r.summary.Bad++
			return nil
		case len(cells) != len(columns):
			err = reading.Cause("row_columns", "count", len(cells), "announced", len(columns))
		default:
			err = r.row(cells, columns, p)
		}
		if err != nil {
			fault(err)
			if r.summary.Bad++; r.summary.Bad > maxBadRows {
				return reading.Cause("rows_bad", "limit", maxBadRows)
			}
		}
		if cut {
			return nil
		}
	}
}

// ended tells whether an error of one file ends the others too: the limits of the archive do.
func ended(err error) error {
	if errors.Is(err, pack.ErrBytes) || errors.Is(err, pack.ErrRatio) {
		return err
	}
	return nil
}

// row adds an object or completes it.
func (r *reader) row(cells [][]byte, columns []column, p place) error {
	dn := string(cells[0])
	if dn == "" {
		if p.request == "rootDSE" {
			return nil
		}
		return reading.Cause("row_nameless")
	}
	r.entry.DN = dn
	r.entry.Attributes = r.entry.Attributes[:0]
	r.values = r.values[:0]
	var bad error
	deleted, classed := false, false
	for i, c := range columns {
		if c.form == skipped {
			continue
		}
		from := len(r.values)
		if !r.cell(cells[i], c) && bad == nil {
			bad = reading.Cause("column_unread", "column", c.name)
			r.values = r.values[:from]
			continue
		}
		n := len(r.values)
		if n == from {
			continue
		}
		switch strings.ToLower(c.name) {
		case "isdeleted":
			deleted = string(r.values[from]) == "TRUE"
		case "objectclass":
			classed = true
		case "objectsid":
			r.learn(r.values[from])
		}
		r.entry.Attributes = append(r.entry.Attributes, model.Attribute{Name: c.name, Values: r.values[from:n:n]})
	}
	if deleted || strings.Contains(strings.ToLower(dn), ",cn=deleted objects,") {
		return bad
	}
	context := contextOf(dn, p.kind)
	if context == "" {
		return reading.At(reading.Cause("row_elsewhere"), "dn", clip(dn))
	}
	r.cover(context, p, columns)
	if !classed && !r.tops[p.folder] && p.request != "top" {
		r.entry.Attributes = append(r.entry.Attributes, fallback(p.request))
	}
	if err := r.b.Complete(r.entry); err != nil {
		return err
	}
	return bad
}

// fallback gives the class of an object that only a table of its kind tells.
func fallback(request string) model.Attribute {
	classes := []string{"top"}
	switch name := className(request); {
	case isAccount(request):
		classes = append(classes, "person", "organizationalPerson", "user")
		if !strings.EqualFold(request, "user") {
			classes = append(classes, "computer")
		}
		if name != "user" && name != "computer" {
			classes = append(classes, name)
		}
	case name == "domainDNS":
		classes = append(classes, "domain", name)
	default:
		classes = append(classes, name)
	}
	a := model.Attribute{Name: "objectClass"}
	for _, c := range classes {
		a.Values = append(a.Values, []byte(c))
	}
	return a
}

// learn takes the SID of the domain, for the names that SDDL gives to its groups.
func (r *reader) learn(v []byte) {
	if s, err := sid.FromBytes(v); err == nil && r.domain.IsZero() && s.IsAccount() {
		r.domain = s.Domain()
		if s.Len() == 4 {
			r.domain = s
		}
	}
}

// cell appends the values of a cell.
func (r *reader) cell(cell []byte, c column) bool {
	if len(cell) == 0 {
		if c.zero {
			r.values = append(r.values, []byte("0"))
		}
		return true
	}
	switch c.form {
	case list:
		r.values = append(r.values, bytes.Split(cell, []byte{';'})...)
	case names:
		r.values = splitNames(r.values, cell)
	case number:
		if _, err := strconv.ParseInt(string(cell), 10, 64); err != nil {
			return false
		}
		r.values = append(r.values, cell)
	case truth:
		switch string(cell) {
		case "1":
			r.values = append(r.values, []byte("TRUE"))
		case "0":
			r.values = append(r.values, []byte("FALSE"))
		default:
			return false
		}
	case instant, fileTime:
		v, ok := dateValue(cell, c.form)
		if !ok {
			return false
		}
		r.values = append(r.values, v)
	case binary:
		for part := range bytes.SplitSeq(cell, binarySeparator(cell)) {
			v, ok := binaryValue(part, r.domain)
			if !ok {
				return false
			}
			r.values = append(r.values, v)
		}
	default:
		r.values = append(r.values, cell)
	}
	return true
}

// binarySeparator is the semicolon between values; in SDDL it is part of the only value.
func binarySeparator(cell []byte) []byte {
	if len(cell) > 1 && cell[1] == ':' {
		return []byte{'\t'} // never in a cell
	}
	return []byte{';'}
}

// contextOf finds the naming context of a name by the kind of its table.
func contextOf(dn string, kind model.Kind) string {
	low := strings.ToLower(dn)
	at := func(mark string) string {
		if i := strings.Index(","+low, ","+mark); i >= 0 {
			return dn[i:]
		}
		return ""
	}
	switch kind {
	case model.Configuration:
		return at("cn=configuration,dc=")
	case model.Schema:
		return at("cn=schema,cn=configuration,dc=")
	case model.DNSZones:
		if out := at("dc=domaindnszones,dc="); out != "" {
			return out
		}
		return at("dc=forestdnszones,dc=")
	}
	// The components DC= at the end of the name.
	end := len(low)
	for end > 0 {
		cut := strings.LastIndexByte(low[:end], ',')
		if !strings.HasPrefix(strings.TrimLeft(low[cut+1:end], " "), "dc=") {
			break
		}
		end = max(cut, 0)
	}
	if end == len(low) {
		return ""
	}
	return strings.TrimLeft(dn[end:], ", ")
}

// cover notes what a table gives of its class in a naming context.
func (r *reader) cover(context string, p place, columns []column) {
	key := context
	known, ok := r.asked[key]
	if !ok {
		known = make(map[string][]string)
		r.asked[key], r.kinds[key] = known, p.kind
	}
	class := className(p.request)
	if known[class] != nil {
		return
	}
	attributes := make([]string, 0, len(columns))
	for _, c := range columns {
		if c.form != skipped {
			attributes = append(attributes, c.name)
		}
	}
	known[class] = attributes
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// files reads the table of the files of SYSVOL.
func (r *reader) files(l *lines, t table, p place, fault func(error)) error {
	columns := t.columns
	if len(columns) == 0 {
		columns = []string{"forest", "domain", "guid", "path", "filename", "archivename", "securitydescriptor", "fileattributes"}
	}
	at := make(map[string]int)
	for i, name := range columns {
		at[strings.ToLower(name)] = i
	}
	domain := strings.ToLower(p.dns)
	share := r.shares[domain]
	if share == nil {
		share = &sysvol.Share{Domain: domain, Source: r.o.Name, Permissions: true, Files: []sysvol.File{}, Policies: []sysvol.Policy{}}
		r.shares[domain] = share
	}
	seen := make(map[string]int)
	policies := make(map[string]bool)
	for {
		row, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			fault(err)
			share.Partial = true
			return ended(err)
		}
		cells := bytes.Split(row, []byte{'\t'})
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(cells) {
				return string(cells[i])
			}
			return ""
		}
		if l.number == 1 && cell("forest") == "forest" || cell("path") == "" && cell("securitydescriptor") == "" {
			continue
		}
		if len(share.Files) >= maxShareFiles {
			share.Partial = true
			fault(reading.Cause("share_files"))
			return nil
		}
		r.shareFile(share, cell, seen, policies, fault)
	}
}

// directoryAttribute is FILE_ATTRIBUTE_DIRECTORY (MS-FSCC 2.6).
const directoryAttribute = 0x10

func (r *reader) shareFile(share *sysvol.Share, cell func(string) string, seen map[string]int, policies map[string]bool, fault func(error)) {
	file := sysvol.File{Path: strings.ReplaceAll(cell("path"), `\`, "/")}
	flags, _ := strconv.ParseUint(cell("fileattributes"), 10, 32)
	file.Folder = flags&directoryAttribute != 0
	file.Size, _ = strconv.ParseInt(cell("filesize"), 10, 64)
	if raw := cell("securitydescriptor"); raw != "" {
		n, known := seen[raw]
		if !known {
			sd, ok := binaryValue([]byte(raw), r.domain)
			if _, err := secdesc.Parse(sd); !ok || err != nil {
				share.Partial = true
				fault(reading.Cause("share_descriptor"))
			} else {
				share.Descriptors = append(share.Descriptors, sd)
				n = len(share.Descriptors)
			}
			seen[raw] = n
		}
		file.Descriptor = n
	}
	share.Files = append(share.Files, file)
	first, rest, _ := strings.Cut(file.Path, "/")
	if strings.EqualFold(first, "policies") && strings.HasPrefix(rest, "{") {
		id, _, _ := strings.Cut(rest, "/")
		if id = strings.ToUpper(id); !policies[id] {
			policies[id] = true
			share.Policies = append(share.Policies, sysvol.Policy{GUID: id, Path: first + "/" + rest[:len(id)]})
		}
	}
}
