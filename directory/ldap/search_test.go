package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/ldap"
	"hygie/directory/ldap/ldaptest"
	"hygie/directory/ldap/message"
)

// people makes a domain of n people.
func people(s *ldaptest.Server, n int) []ldaptest.Entry {
	entries := []ldaptest.Entry{{DN: s.Base(), Attributes: map[string][]string{"objectClass": {"top", "domainDNS"}}}}
	for i := range n {
		entries = append(entries, ldaptest.Entry{
			DN:         fmt.Sprintf("CN=Personne %d,%s", i, s.Base()),
			Attributes: map[string][]string{"objectClass": {"top", "user"}, "name": {fmt.Sprintf("Personne %d", i)}},
		})
	}
	return entries
}

func all(s *ldaptest.Server) ldap.Request {
	return ldap.Request{Base: s.Base(), Scope: message.Subtree, Attributes: []string{"objectClass", "name", "member"}, Descriptors: true}
}

func connect(t testing.TB, o ldap.Options) *ldap.Client {
	t.Helper()
	c, err := ldap.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestSearchPages(t *testing.T) {
	s, o := server(t)
	s.Entries = people(s, 2500)
	c := connect(t, o)
	names := map[string]bool{}
	res, err := c.Search(t.Context(), all(s), func(e *message.Entry) error {
		names[e.DN] = true
		return nil
	})
	if err != nil || res.Entries != 2501 || res.Pages != 3 || len(names) != 2501 {
		t.Fatalf("%+v, %d names, %v", res, len(names), err)
	}
	for _, r := range s.Requests() {
		if r.SDFlags != 7 || !slices.Contains(r.Controls, "1.2.840.113556.1.4.319") || !slices.Contains(r.Controls, "1.2.840.113556.1.4.1339") {
			t.Errorf("a page was asked for with controls %v, descriptor flags %d", r.Controls, r.SDFlags)
		}
	}
}

// A server may give fewer entries a page than asked for.
func TestSearchSmallPages(t *testing.T) {
	s, o := server(t)
	s.Entries, s.PageLimit = people(s, 100), 7
	res, err := connect(t, o).Search(t.Context(), all(s), func(*message.Entry) error { return nil })
	if err != nil || res.Entries != 101 || res.Pages != 15 {
		t.Errorf("%+v %v", res, err)
	}
}

func TestRangedValuesAreCompleted(t *testing.T) {
	for _, count := range []int{1500, 1501, 3000, 4321} {
		s, o := server(t)
		s.Range = 1500
		var members []string
		for i := range count {
			members = append(members, fmt.Sprintf("CN=%d,%s", i, s.Base()))
		}
		s.Entries = append(people(s, 3), ldaptest.Entry{DN: "CN=Tous," + s.Base(), Attributes: map[string][]string{"objectClass": {"group"}, "member": members}})
		var got []string
		found := 0
		res, err := connect(t, o).Search(t.Context(), all(s), func(e *message.Entry) error {
			if e.DN == "CN=Tous,"+s.Base() {
				found++
				got = e.Texts("member")
				if len(e.Attributes) != 2 {
					t.Errorf("attributes %v", e.Attributes)
				}
			}
			return nil
		})
		if err != nil || found != 1 || res.Entries != 5 || !slices.Equal(got, members) {
			t.Errorf("%d members: %d times, %d values, %v", count, found, len(got), err)
		}
	}
}

func TestSearchFaults(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault ldaptest.Fault
		want  ldap.Reason
		alive bool
	}{
		{"line cut in the middle of a page", ldaptest.Fault{After: 5}, ldap.Dropped, false},
		{"line cut in the middle of a message", ldaptest.Fault{After: 5, Raw: []byte{0x30, 0x20, 2, 1}}, ldap.Dropped, false},
		{"garbage", ldaptest.Fault{After: 5, Raw: []byte("HTTP/1.1 400 Bad Request\r\n\r\n")}, ldap.Malformed, false},
		{"answer to another request", ldaptest.Fault{After: 5, Raw: []byte{0x30, 0x0c, 2, 1, 99, 0x65, 7, 10, 1, 0, 4, 0, 4, 0}}, ldap.Malformed, false},
		{"notice of disconnection", ldaptest.Fault{After: 5, Raw: append([]byte{0x30, 0x24, 2, 1, 0, 0x78, 0x1f, 10, 1, 52, 4, 0, 4, 0, 0x8a, 0x16}, "1.3.6.1.4.1.1466.20036"...)}, ldap.Dropped, false},
		{"signing refused", ldaptest.Fault{Code: 8, Text: "00002028: LdapErr: DSID-0C0902B5, comment: The server requires binds to turn on integrity checking"}, ldap.SigningRequired, true},
		{"size limit", ldaptest.Fault{After: 3, Code: 4}, ldap.SizeLimit, true},
		{"time limit", ldaptest.Fault{After: 3, Code: 3}, ldap.TimeLimit, true},
		{"administrative limit", ldaptest.Fault{Code: 11}, ldap.TimeLimit, true},
		{"no right", ldaptest.Fault{Code: 50}, ldap.Denied, true},
		{"busy", ldaptest.Fault{Code: 51}, ldap.Busy, true},
		{"critical control refused", ldaptest.Fault{Code: 12}, ldap.NotActiveDirectory, true},
		{"unknown code", ldaptest.Fault{Code: 4711}, ldap.Refused, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, o := server(t)
			s.Entries = people(s, 10)
			row.fault.Search = 1
			s.Faults = []ldaptest.Fault{row.fault}
			c := connect(t, o)
			n := 0
			_, err := c.Search(t.Context(), all(s), func(*message.Entry) error { n++; return nil })
			if ldap.ReasonOf(err) != row.want || n != row.fault.After || c.Alive() != row.alive {
				t.Fatalf("%q after %d entries, alive %v: %v", ldap.ReasonOf(err), n, c.Alive(), err)
			}
			if row.alive {
				if _, err := c.Search(t.Context(), all(s), func(*message.Entry) error { return nil }); err != nil {
					t.Errorf("the connection does not serve any more: %v", err)
				}
			}
		})
	}
}

func TestSearchReferral(t *testing.T) {
	s, o := server(t)
	s.Entries, s.Referral = people(s, 2), "ldap://autre.test/DC=autre\x1b,DC=test"
	c := connect(t, o)
	res, err := c.Search(t.Context(), all(s), func(*message.Entry) error { return nil })
	if err != nil || res.Entries != 3 || !slices.Equal(res.Referrals, []string{"ldap://autre.test/DC=autre ,DC=test"}) {
		t.Errorf("%+v %v", res, err)
	}
	s.Faults = []ldaptest.Fault{{Search: 2, Code: 10}}
	_, err = c.Search(t.Context(), all(s), func(*message.Entry) error { return nil })
	if ldap.ReasonOf(err) != ldap.Referred || !strings.Contains(err.Error(), "autre.test") {
		t.Error(err)
	}
}

func TestSearchCancel(t *testing.T) {
	s, o := server(t)
	s.Entries = people(s, 10)
	c := connect(t, o)
	_, err := c.Search(t.Context(), ldap.Request{Base: "CN=absent", Scope: message.Base, Attributes: []string{"name"}}, func(*message.Entry) error { return nil })
	if ldap.ReasonOf(err) != ldap.NotFound {
		t.Errorf("absent base: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = c.Search(ctx, all(s), func(*message.Entry) error { cancel(); return nil })
	if err != nil && ldap.ReasonOf(err) != ldap.Canceled {
		t.Errorf("canceled while reading: %v", err)
	}
	_, err = c.Search(ctx, all(s), func(*message.Entry) error { return nil })
	if ldap.ReasonOf(err) != ldap.Canceled || c.Alive() {
		t.Errorf("canceled before: %v", err)
	}
}

func TestVisitorStopsTheSearch(t *testing.T) {
	s, o := server(t)
	s.Entries = people(s, 10)
	c := connect(t, o)
	full := errors.New("disk full")
	n := 0
	_, err := c.Search(t.Context(), all(s), func(*message.Entry) error { n++; return full })
	if !errors.Is(err, full) || n != 1 || c.Alive() {
		t.Errorf("%v after %d, alive %v", err, n, c.Alive())
	}
}

func TestAttributesAreNamed(t *testing.T) {
	s, o := server(t)
	c := connect(t, o)
	for _, attributes := range [][]string{nil, {"*"}, {"+"}, {""}} {
		q := all(s)
		q.Attributes = attributes
		if _, err := c.Search(t.Context(), q, func(*message.Entry) error { return nil }); err == nil {
			t.Errorf("attributes %q accepted", attributes)
		}
	}
	if len(s.Requests()) != 0 {
		t.Errorf("%d requests were sent", len(s.Requests()))
	}
}

func BenchmarkSearch(b *testing.B) {
	s, o := server(b)
	s.Entries = people(s, 5000)
	for i := range s.Entries {
		s.Entries[i].Attributes["nTSecurityDescriptor"] = []string{strings.Repeat("d", 2000)}
	}
	c := connect(b, o)
	q := all(s)
	q.Attributes = append(q.Attributes, "nTSecurityDescriptor")
	total := 0
	b.ReportAllocs()
	for b.Loop() {
		res, err := c.Search(b.Context(), q, func(*message.Entry) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		total += res.Entries
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "objects/s")
}

// A server that falls silent does not hold the program for ever.
func TestSearchTimeout(t *testing.T) {
	s, o := server(t)
	s.Entries = people(s, 10)
	s.Faults = []ldaptest.Fault{{Search: 1, After: 4, Silent: true}}
	o.Timeout = 200 * time.Millisecond
	c := connect(t, o)
	n := 0
	_, err := c.Search(t.Context(), all(s), func(*message.Entry) error { n++; return nil })
	if ldap.ReasonOf(err) != ldap.Dropped || n != 4 || !strings.Contains(err.Error(), "no answer in the time allowed") {
		t.Errorf("after %d entries: %v", n, err)
	}
}
