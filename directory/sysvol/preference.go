package sysvol

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// preferences names the preference files that are read, and what a password in them is for (MS-GPPREF 2.2.1).
func preferenceKind(base string) (string, bool) {
	switch strings.ToLower(base) {
	case "groups.xml":
		return "Groups", true
	case "services.xml":
		return "Services", true
	case "scheduledtasks.xml":
		return "ScheduledTasks", true
	case "drives.xml":
		return "Drives", true
	case "datasources.xml":
		return "DataSources", true
	case "printers.xml":
		return "Printers", true
	}
	return "", false
}

// maxDepth bounds the nesting of a preference file; Windows writes less than ten levels.
const maxDepth = 64

// takePreference reads a preference file: passwords, without keeping them, and changes to groups.
func (p *Policy) takePreference(file string, b []byte) error {
	base := file[strings.LastIndexByte(file, '/')+1:]
	kind, _ := preferenceKind(base)
	if len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		text, err := decodeText(b)
		if err != nil {
			return err
		}
		b = []byte(text)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return latin1(in), nil }
	r := preference{policy: p, file: file, kind: kind}
	for depth := 0; ; {
		offset := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if depth > 0 {
				return faultAt(len(b), "xml_open")
			}
			return nil
		}
		if err != nil {
			return faultAt(int(d.InputOffset()), "xml", "line", lineOf(err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return faultAt(int(offset), "xml_deep", "limit", maxDepth)
			}
			r.start(t, offset)
		case xml.EndElement:
			if depth--; depth < 0 {
				return faultAt(int(offset), "xml_closed")
			}
			r.end(t)
		}
	}
}

// lineOf gives the line of a fault of XML, "" when it has none; the rest of the fault may quote the file, which may hold a secret.
func lineOf(err error) string {
	if s, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return strconv.Itoa(s.Line)
	}
	return ""
}

// latin1 gives UTF-8 for a declared encoding that is not UTF-8: names are ASCII, and texts are shown, not compared.
func latin1(in io.Reader) io.Reader {
	b, err := io.ReadAll(in)
	if err != nil {
		return bytes.NewReader(nil)
	}
	var out bytes.Buffer
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return &out
}

// preference is the state of one file.
type preference struct {
	policy     *Policy
	file, kind string
	changed    string // of the element that Properties is in
	name       string
	group      int // place of the group being read in policy.Groups, plus one
}

func (r *preference) start(e xml.StartElement, offset int64) {
	values := make(map[string]string, len(e.Attr))
	for _, a := range e.Attr {
		values[strings.ToLower(a.Name.Local)] = a.Value
	}
	switch strings.ToLower(e.Name.Local) {
	case "properties":
		// "D" removes the object: it needs no password, but one left in the file is as readable as any.
		if values["cpassword"] != "" {
			r.policy.Secrets = append(r.policy.Secrets, Secret{
				File: r.file, Offset: offset, Kind: r.kind, Changed: r.changed,
				Account: cmp.Or(values["newname"], values["runas"], values["accountname"], values["username"], r.name),
			})
		}
		if name := cmp.Or(values["groupsid"], values["groupname"]); name != "" && r.kind == "Groups" {
			r.policy.Groups = append(r.policy.Groups, Group{File: r.file, Group: name, Adds: []string{}, Joins: []string{}, Removes: []string{}})
			r.group = len(r.policy.Groups)
		}
	case "member":
		if r.group == 0 {
			return
		}
		g, who := &r.policy.Groups[r.group-1], cmp.Or(values["sid"], values["name"])
		switch strings.ToUpper(values["action"]) {
		case "ADD":
			g.Adds = append(g.Adds, who)
		case "REMOVE":
			g.Removes = append(g.Removes, who)
		}
	default:
		if values["clsid"] != "" || values["uid"] != "" {
			r.changed, r.name = values["changed"], values["name"]
		}
	}
}

func (r *preference) end(e xml.EndElement) {
	if strings.EqualFold(e.Name.Local, "properties") {
		r.group = 0
	}
}
