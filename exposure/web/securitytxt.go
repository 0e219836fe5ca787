package web

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"time"
)

// contactPlaces are where the contact file is (RFC 9116, section 3), and where it was before.
var contactPlaces = []string{"/.well-known/security.txt", "/security.txt"}

// securityTxt reads the contact file.
func (p *probe) securityTxt() {
	p.facts.Security.State = "unknown"
	for _, path := range contactPlaces {
		answer := p.answers[path]
		if answer == nil {
			return
		}
		p.facts.Security.State = "absent"
		if answer.Status != http.StatusOK || looksHTML(answer.Body) {
			continue
		}
		found := parseSecurityTxt(answer.Body)
		found.Path = path
		if found.State == "invalid" && p.sameAsMissing(path, answer) {
			continue
		}
		p.facts.Security = found
		return
	}
}

// parseSecurityTxt reads the fields an audit needs: Contact, at least once, and Expires, exactly once (RFC 9116, section 2.5).
func parseSecurityTxt(text []byte) SecurityTxt {
	found := SecurityTxt{State: "present"}
	expires := 0
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "contact":
			if value != "" && len(found.Contact) < 10 {
				found.Contact = append(found.Contact, clean(value, 300))
			}
		case "expires":
			expires++
			t, err := time.Parse(time.RFC3339, strings.ToUpper(value))
			if err != nil {
				found.Problem = "bad_expires"
				continue
			}
			found.Expires = t.UTC()
		}
	}
	switch {
	case len(found.Contact) == 0:
		found.Problem = "no_contact"
	case expires == 0:
		found.Problem = "no_expires"
	case expires > 1:
		found.Problem = "two_expires"
	}
	if found.Problem != "" {
		found.State = "invalid"
	}
	return found
}
