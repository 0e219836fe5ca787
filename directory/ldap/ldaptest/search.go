package ldaptest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// search answers a search request.
func (l *link) search(id int64, op, envelope *ber.Packet) bool {
	if len(op.Children) != 8 {
		l.s.t.Errorf("search of %d parts", len(op.Children))
		return false
	}
	base, _ := op.Children[0].Value.(string)
	scope, _ := op.Children[1].Value.(int64)
	if filter := op.Children[6]; filter.Tag != 7 || filter.Data.String() != "objectClass" {
		l.s.t.Errorf("filter of tag %d", filter.Tag)
		return false
	}
	var asked []string
	for _, a := range op.Children[7].Children {
		name, _ := a.Value.(string)
		asked = append(asked, name)
	}
	if base == "" && scope == 0 {
		return l.entry(id, l.s.rootEntry(), asked) && l.done(id, 5, 0, "", "", nil)
	}
	if !l.bound {
		return l.done(id, 5, 1, "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563", "", nil)
	}
	size, start, paged := l.controls(envelope, base, asked)
	return l.answer(id, base, scope, asked, size, start, paged)
}

// controls reads the paging and descriptor controls and keeps a record of the request.
func (l *link) controls(envelope *ber.Packet, base string, asked []string) (size, start int, paged bool) {
	r := Request{Base: base, Attributes: asked}
	if len(envelope.Children) > 2 {
		for _, c := range envelope.Children[2].Children {
			oid, _ := c.Children[0].Value.(string)
			r.Controls = append(r.Controls, oid)
			value := c.Children[len(c.Children)-1]
			switch oid {
			case "1.2.840.113556.1.4.319":
				inner := ber.DecodePacket(value.Data.Bytes())
				n, _ := inner.Children[0].Value.(int64)
				cookie := inner.Children[1].Data.String()
				size, paged = int(n), true
				start, _ = strconv.Atoi(cookie)
			case "1.2.840.113556.1.4.801":
				r.SDFlags, _ = ber.DecodePacket(value.Data.Bytes()).Children[0].Value.(int64)
			}
		}
	}
	l.s.mu.Lock()
	l.s.requests = append(l.s.requests, r)
	l.s.mu.Unlock()
	return size, start, paged
}

func below(dn, base string, scope int64) bool {
	dn, base = strings.ToLower(dn), strings.ToLower(base)
	return dn == base || scope == 2 && strings.HasSuffix(dn, ","+base)
}

// answer sends one page.
func (l *link) answer(id int64, base string, scope int64, asked []string, size, start int, paged bool) bool {
	s := l.s
	var found []Entry
	for _, e := range s.Entries {
		if below(e.DN, base, scope) {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		return l.done(id, 5, 32, "0000208D: NameErr", "", nil)
	}
	s.mu.Lock()
	s.searches++
	number := s.searches
	s.mu.Unlock()
	if s.PageLimit > 0 {
		size = min(size, s.PageLimit)
	}
	end := len(found)
	if paged {
		end = min(end, start+size)
	}
	for i, e := range append(slices.Clone(found[start:end]), Entry{}) {
		for _, f := range s.Faults {
			if f.Search != number || f.After != i {
				continue
			}
			if f.Code != 0 {
				return l.done(id, 5, f.Code, f.Text, s.Referral, nil)
			}
			_, _ = l.conn.Write(f.Raw)
			if f.Silent {
				_, _ = l.in.Peek(1)
			}
			return false
		}
		if e.DN != "" && !l.entry(id, e, asked) {
			return false
		}
	}
	if s.Referral != "" {
		m := message(id)
		r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 19, nil, "")
		r.AppendChild(octets(s.Referral))
		m.AppendChild(r)
		if _, err := l.conn.Write(m.Bytes()); err != nil {
			return false
		}
	}
	if !paged {
		return l.done(id, 5, 0, "", "", nil)
	}
	cookie := ""
	if end < len(found) {
		cookie = strconv.Itoa(end)
	}
	return l.done(id, 5, 0, "", "", nil, pagingControl(cookie))
}

func pagingControl(cookie string) *ber.Packet {
	value := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	value.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(0), ""))
	value.AppendChild(octets(cookie))
	c := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	c.AppendChild(octets("1.2.840.113556.1.4.319"))
	c.AppendChild(octets(string(value.Bytes())))
	return c
}

// entry sends one object with the attributes asked for.
func (l *link) entry(id int64, e Entry, asked []string) bool {
	m := message(id)
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 4, nil, "")
	r.AppendChild(octets(e.DN))
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	names := make([]string, 0, len(e.Attributes))
	for name := range e.Attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, shown := range l.s.shown(name, e.Attributes[name], asked) {
			a := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
			a.AppendChild(octets(shown.name))
			set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
			for _, v := range shown.values {
				set.AppendChild(octets(v))
			}
			a.AppendChild(set)
			list.AppendChild(a)
		}
	}
	r.AppendChild(list)
	m.AppendChild(r)
	_, err := l.conn.Write(m.Bytes())
	return err == nil
}

type shownAttribute struct {
	name   string
	values []string
}

// shown cuts an attribute into the range asked for, or the first one, as Active Directory does.
func (s *Server) shown(name string, values, asked []string) []shownAttribute {
	from, wanted := 0, s.Unasked
	for _, a := range asked {
		plain, option, ranged := strings.Cut(a, ";range=")
		if !strings.EqualFold(plain, name) {
			continue
		}
		wanted = true
		if ranged {
			bound, _, _ := strings.Cut(option, "-")
			from, _ = strconv.Atoi(bound)
		}
	}
	switch {
	case !wanted:
		return nil
	case s.Range == 0 || from == 0 && len(values) <= s.Range:
		return []shownAttribute{{name, values}}
	case from >= len(values):
		return nil
	}
	to := min(from+s.Range, len(values))
	last := strconv.Itoa(to - 1)
	if to == len(values) {
		last = "*"
	}
	out := []shownAttribute{{fmt.Sprintf("%s;range=%d-%s", name, from, last), values[from:to]}}
	if from == 0 {
		out = append([]shownAttribute{{name, nil}}, out...) // announced a second time, empty
	}
	return out
}
