package check

import (
	"fmt"
	"strconv"
	"strings"

	"hygie/exposure/tlsscan"
)

// Sizes of finite-field groups (PG-083: at least 2048 bits until the end of 2030, 3072 from 2031): 1024 bits and less are within
// reach of those with means (the Logjam paper, 2015).
const (
	brokenPrime = 1024
	weakPrime   = 2048
)

// forwardSecrecy: recorded exchanges open once the server's key is stolen, or the group in which keys are agreed is too small.
func forwardSecrecy(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	var list []Found
	if c := s.tls.Class(tlsscan.NoForwardSecrecy); c.Accepted.Yes() {
		f := s.found(Important, Proven, shows(c))
		f.Key = "rsa"
		f.Params["suites"] = c.Example.String()
		if !secret(s.tls) {
			f.Severity, f.Variant = Major, "only"
		}
		list = append(list, f)
	}
	for _, dh := range s.tls.DH {
		if dh.Bits >= weakPrime {
			continue
		}
		seen := fmt.Sprintf("ServerKeyExchange: p of %d bits", dh.Bits)
		if dh.Known != "" {
			seen += ", " + dh.Known
		}
		f := s.found(Important, Proven, seen)
		f.Key, f.Variant = "dh", "dh"
		f.Params["bits"] = strconv.Itoa(dh.Bits)
		if dh.Bits <= brokenPrime {
			f.Severity = Major
		}
		list = append(list, f)
		break // sorted: the smallest
	}
	var curves []string
	for _, g := range s.tls.Curves {
		if g.Bits() > 0 && g.Bits() < leastCurve {
			curves = append(curves, g.String())
		}
	}
	if len(curves) > 0 {
		f := s.found(Important, Proven, "ServerKeyExchange: "+join(curves))
		f.Key, f.Variant = "curve", "curve"
		f.Params["curves"] = join(curves)
		list = append(list, f)
	}
	if len(list) > 0 {
		return opinion{found: list}
	}
	for _, class := range []tlsscan.Class{tlsscan.NoForwardSecrecy, tlsscan.FiniteField} {
		if c := s.tls.Class(class); c.Accepted.Unknown() {
			return dunno(c.Accepted)
		}
	}
	return opinion{passed: true}
}

// secret tells whether the server accepts any forward secret exchange with a strong cipher, or may do so.
func secret(f *tlsscan.Facts) bool {
	if !f.Version(tlsscan.TLS13).Accepted.No() {
		return true
	}
	for _, class := range []tlsscan.Class{tlsscan.Modern, tlsscan.BlockMode, tlsscan.FiniteField} {
		if !f.Class(class).Accepted.No() {
			return true
		}
	}
	return false
}

// blockMode: CBC and nothing better, or CBC whose code is computed before encryption.
func blockMode(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	cbc, modern := s.tls.Class(tlsscan.BlockMode), s.tls.Class(tlsscan.Modern)
	tls13 := s.tls.Version(tlsscan.TLS13).Accepted
	switch {
	case cbc.Accepted.Yes() && modern.Accepted.No() && tls13.No():
		f := s.found(Important, Proven, shows(cbc))
		f.Variant, f.Params["suites"] = "only", cbc.Example.String()
		return opinion{found: []Found{f}}
	case cbc.Accepted.Yes() && s.tls.EncryptThenMAC.No():
		f := s.found(Minor, Observed, shows(cbc), "encrypt_then_mac: –")
		f.Params["suites"] = cbc.Example.String()
		return opinion{found: []Found{f}}
	case cbc.Accepted.Unknown():
		return dunno(cbc.Accepted)
	}
	return opinion{passed: true}
}

// habits: what goes wrong beside versions and suites, one finding for each.
func habits(s secured) opinion {
	var list []Found
	add := func(bad bool, severity Severity, key, evidence string) {
		if !bad {
			return
		}
		f := s.found(severity, Proven, evidence)
		f.Key, f.Variant = key, key
		list = append(list, f)
	}
	t := s.tls
	add(t.Compression.Yes(), Important, "compression", "ServerHello: compression_method 1 (DEFLATE)")
	add(t.SecureRenegotiation.No(), Important, "renegotiation", "ServerHello: renegotiation_info –")
	add(t.EarlyData.Yes(), Minor, "early_data", "NewSessionTicket: early_data, max_early_data_size > 0")
	add(t.ExtendedMasterSecret.No() && !s.mail(), Minor, "master_secret", "ServerHello: extended_master_secret –")
	if len(list) > 0 {
		return opinion{found: list}
	}
	legacy, _, _ := versions(t, tlsscan.SSL3, tlsscan.TLS10, tlsscan.TLS11, tlsscan.TLS12)
	for _, a := range []tlsscan.Answer{t.Compression, t.SecureRenegotiation} {
		if len(legacy) > 0 && a.Unknown() {
			return dunno(a)
		}
	}
	return opinion{passed: true}
}

// join writes a list for people.
func join(list []string) string { return strings.Join(list, ", ") }
