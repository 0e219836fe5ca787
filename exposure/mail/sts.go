package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hygie/exposure/dns"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// STS is what a domain publishes for MTA-STS (RFC 8461): the record, and the policy file where its host may be asked.
type STS struct {
	Record
	Policy *Policies `json:"policy,omitempty"`
	// PolicyUnknown says why the file is not known: "not_proven" where its host is outside the perimeter.
	PolicyUnknown string `json:"policy_unknown,omitempty"`
	PolicyFault   string `json:"policy_fault,omitempty"` // why the file does not count: "status 404", "certificate", a fault of syntax
}

// Policies is the content of a policy file (RFC 8461 section 3.2).
type Policies struct {
	Mode   string   `json:"mode"` // "enforce", "testing", "none"
	MX     []string `json:"mx"`   // patterns, as written
	MaxAge int      `json:"max_age"`
}

// Allows tells whether the policy lets mail go to an exchanger: a name, or "*." for exactly one label (RFC 8461 section 4.1).
func (p *Policies) Allows(host string) bool {
	host = dns.Plain(host)
	return slices.ContainsFunc(p.MX, func(pattern string) bool {
		pattern = dns.Plain(pattern)
		if below, ok := strings.CutPrefix(pattern, "*."); ok {
			_, above, dotted := strings.Cut(host, ".")
			return dotted && above == below
		}
		return pattern == host
	})
}

// maxPolicy bounds a policy file (RFC 8461 section 3.3 suggests 64 kB).
const maxPolicy = 64 << 10

// ParsePolicy reads a policy file. Errors give the line.
func ParsePolicy(text string) (*Policies, error) {
	p := &Policies{MaxAge: -1}
	version := ""
	seen := map[string]bool{}
	number := 0
	for line := range strings.Lines(text[:min(len(text), maxPolicy)]) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" {
			return nil, fmt.Errorf("line %d: no colon", number)
		}
		if key != "mx" && seen[key] {
			continue // the first counts
		}
		seen[key] = true
		switch key {
		case "version":
			version = value
		case "mode":
			p.Mode = value
		case "mx":
			if len(p.MX) < 100 {
				p.MX = append(p.MX, value)
			}
		case "max_age":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n > 31557600 {
				return nil, fmt.Errorf("line %d: max_age is not a number from 0 to 31557600", number)
			}
			p.MaxAge = n
		}
	}
	switch {
	case version != "STSv1":
		return nil, errors.New("version is not STSv1")
	case p.Mode != "enforce" && p.Mode != "testing" && p.Mode != "none":
		return nil, errors.New("mode is not enforce, testing or none")
	case p.MaxAge < 0:
		return nil, errors.New("max_age is missing")
	case len(p.MX) == 0 && p.Mode != "none":
		return nil, errors.New("no mx")
	}
	return p, nil
}

// PolicyHost is the host that serves a domain's policy file.
func PolicyHost(domain string) string { return "mta-sts." + dns.Plain(domain) }

// FetchPolicy gets the policy file of a domain from its host, over TLS with a certificate that roots vouch for (nil: those of the machine). A
// redirect is not followed (RFC 8461 section 3.3). The two results are for [STS]: the policy, or why it does not count; the error says that
// nothing is known.
func FetchPolicy(ctx context.Context, dialer *reach.Dialer, host perimeter.Target, roots *x509.CertPool) (policy *Policies, fault string, err error) {
	raw, err := dialer.Dial(ctx, host)
	if err != nil {
		return nil, "", err
	}
	defer raw.Close()
	conn := tls.Client(raw, &tls.Config{ServerName: host.Name(), RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(ctx); err != nil {
		var wrong *tls.CertificateVerificationError
		if errors.As(err, &wrong) {
			return nil, "certificate: " + wrong.Err.Error(), nil
		}
		return nil, "", err
	}
	status, body, err := get(conn, host.Name(), "/.well-known/mta-sts.txt")
	if err != nil {
		return nil, "", err
	}
	if status != http.StatusOK {
		return nil, fmt.Sprintf("status %d", status), nil
	}
	policy, err = ParsePolicy(body)
	if err != nil {
		return nil, err.Error(), nil
	}
	return policy, "", nil
}

func get(conn net.Conn, host, path string) (status int, body string, err error) {
	request, err := http.NewRequest(http.MethodGet, "https://"+host+path, nil)
	if err != nil {
		return 0, "", err
	}
	request.Close = true
	request.Header.Set("User-Agent", "hygie")
	if err := request.Write(conn); err != nil {
		return 0, "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxPolicy))
	return response.StatusCode, string(text), err
}
