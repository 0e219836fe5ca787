package discover

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	wire "github.com/miekg/dns"

	"hygie/exposure/perimeter"
)

// looksLikeZone tells a zone file from a table: it has directives, or a start of authority.
func looksLikeZone(data []byte) bool {
	head := data[:min(len(data), 64<<10)]
	return regexp.MustCompile(`(?im)^\$(ORIGIN|TTL)\s|\sSOA\s+\S+\s+\S+`).Match(head)
}

// origin guesses the zone from the file's name, as name servers and registrars call it: ch-brume.example.zone, db.ch-brume.example. A file
// that says its $ORIGIN does not need it.
func origin(file string) string {
	base := strings.TrimPrefix(filepath.Base(file), "db.")
	for _, end := range []string{".zone", ".txt", ".db", ".dns", ".hosts"} {
		base = strings.TrimSuffix(base, end)
	}
	if name, err := perimeter.Name(base); err == nil && strings.Contains(name, ".") {
		return name + "."
	}
	return ""
}

// zoneNames lists the names of a zone file that may be hosts: owners of addresses and aliases, and what mail and name server records
// point to. Files that the zone includes are not opened.
func zoneNames(file string, data []byte) ([]string, error) {
	z := wire.NewZoneParser(bytes.NewReader(data), origin(file), file)
	z.SetIncludeAllowed(false)
	var out []string
	add := func(name string) {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if name != "" && !strings.Contains(name, "_") {
			out = append(out, strings.TrimPrefix(name, "*."))
		}
	}
	for n := 0; ; n++ {
		rr, ok := z.Next()
		if !ok {
			break
		}
		if n == maxEntries {
			return nil, fmt.Errorf("more than %d records", maxEntries)
		}
		switch rr := rr.(type) {
		case *wire.A, *wire.AAAA:
			add(rr.Header().Name)
		case *wire.CNAME:
			add(rr.Header().Name)
			add(rr.Target)
		case *wire.MX:
			add(rr.Mx)
		case *wire.NS:
			add(rr.Ns)
		case *wire.SOA:
			add(rr.Header().Name)
		}
	}
	return out, z.Err()
}
