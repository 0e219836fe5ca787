package generate

import (
	"strconv"

	"hygie/directory/generate/internal/entry"
	"hygie/directory/model"
)

// Export gives a sink that completes entries as an export of every attribute would ("*"): instance type, update numbers,
// category (MS-ADTS 3.1.1.2.3). A reader of LDIF, which has no list of what was asked for, recognises by them that a missing attribute is absent
// (see model.Directory.Collected).
func Export(out Sink) Sink { return &exportSink{out: out} }

type exportSink struct {
	out  Sink
	root string // first name written: the domain
	usn  int
}

func (s *exportSink) WriteEntry(e model.Entry) error {
	if s.root == "" {
		s.root = e.DN
	}
	s.usn += 7
	class := ""
	for _, a := range e.Attributes {
		if a.Name == "objectClass" && len(a.Values) > 0 {
			class = string(a.Values[len(a.Values)-1])
		}
	}
	all := make([]model.Attribute, 0, len(e.Attributes)+4)
	all = append(all, e.Attributes...)
	all = append(all,
		entry.Number("instanceType", 4),
		entry.Text("uSNCreated", strconv.Itoa(8000+s.usn)),
		entry.Text("uSNChanged", strconv.Itoa(8000+s.usn+3)),
		entry.Text("objectCategory", "CN="+class+",CN=Schema,CN=Configuration,"+s.root),
	)
	return s.out.WriteEntry(model.Entry{DN: e.DN, Attributes: all})
}
