package service

import "testing"

// Only recursion that is offered, and an answer that is not the server's own, show that names are looked up for strangers.
func TestDNSForStrangers(t *testing.T) {
	header := func(flags uint16, answers byte) []byte {
		return []byte{0x68, 0x79, byte(flags >> 8), byte(flags), 0, 1, 0, answers, 0, 0, 0, 0}
	}
	for name, row := range map[string]struct {
		answer []byte
		want   State
	}{
		"an open resolver":               {header(0x8180, 13), Yes},
		"a resolver that refuses":        {header(0x8185, 0), No},
		"a name server":                  {header(0x8105, 0), No},
		"a name server that refers":      {header(0x8100, 0), No},
		"a server of the root":           {header(0x8400, 13), No},
		"the root, and recursion":        {header(0x8580, 13), Unknown},
		"a resolver without the network": {header(0x8182, 0), Unknown},
	} {
		s := &session{facts: &Facts{}}
		if ok, err := s.dnsAnswer(row.answer); !ok || err != nil {
			t.Fatalf("%s: %v, %v", name, ok, err)
		}
		want(t, name, s.facts.Stranger, row.want)
	}
}
