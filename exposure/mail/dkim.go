package mail

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"unicode"

	"hygie/exposure/dns"
)

// DKIM is the key of one declared selector (RFC 6376 section 3.6.1).
type DKIM struct {
	Selector string `json:"selector"`
	Record
	Algorithm string `json:"algorithm,omitempty"` // "rsa", "ed25519", or as published
	Bits      int    `json:"bits,omitempty"`
	Revoked   bool   `json:"revoked,omitempty"` // an empty key
	Testing   bool   `json:"testing,omitempty"` // t=y: receivers treat the mail as unsigned
	SHA1      bool   `json:"sha1,omitempty"`    // accepts no digest but SHA-1
}

// readDKIM looks up a selector. Only declared selectors are asked for: nobody can list those of a domain, so that an absent selector says
// nothing of whether mail is signed.
func readDKIM(ctx context.Context, client *dns.Client, domain, selector string) (DKIM, error) {
	k := DKIM{Selector: selector}
	owner := selector + "._domainkey." + domain
	if !dns.Valid(owner) {
		k.Fault = "selector"
		return k, nil
	}
	answer, err := client.Ask(ctx, owner, dns.TypeTXT)
	var f *dns.Failure
	if errors.As(err, &f) {
		k.Unknown = string(f.Reason)
		return k, nil
	} else if err != nil {
		return k, err
	}
	texts := slices.DeleteFunc(answer.Texts(), func(t string) bool { return !looksDKIM(t) })
	switch len(texts) {
	case 0:
	case 1:
		k.parse(texts[0])
	default:
		k.Text, k.Fault = shown(texts[0]), "several"
	}
	return k, nil
}

// looksDKIM leaves out other texts that live at the same name. The version may be missing; then a key must be there.
func looksDKIM(text string) bool {
	tags := Tags(text)
	v, versioned := tags["v"]
	_, keyed := tags["p"]
	return versioned && v == "DKIM1" || !versioned && keyed
}

func (k *DKIM) parse(text string) {
	k.Text, k.Tags = shown(text), Tags(text)
	if len(k.Tags["p"]) > 64 {
		k.Tags["p"] = k.Tags["p"][:64] + "…" // the key itself stands in Text
	}
	tags := Tags(text)
	k.Algorithm = "rsa"
	if a := tags["k"]; a != "" {
		k.Algorithm = strings.ToLower(a)
	}
	k.Testing = slices.Contains(splitColon(tags["t"]), "y")
	hashes := splitColon(tags["h"])
	k.SHA1 = len(hashes) > 0 && !slices.Contains(hashes, "sha256") && slices.Contains(hashes, "sha1")
	p, given := tags["p"]
	switch {
	case !given:
		k.Fault = "no_key"
	case p == "":
		k.Revoked = true
	default:
		k.key(p)
	}
}

func splitColon(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ":") {
		if part = strings.ToLower(strings.TrimSpace(part)); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// key reads the size of the key: an RSA key in either of the two forms that are in use (RFC 6376 erratum 3017), or Ed25519 (RFC 8463).
func (k *DKIM) key(p string) {
	compact := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, p)
	raw, err := base64.StdEncoding.DecodeString(compact)
	if err != nil {
		k.Fault = "key"
		return
	}
	switch k.Algorithm {
	case "ed25519":
		if len(raw) != ed25519.PublicKeySize {
			k.Fault = "key"
			return
		}
		k.Bits = 256
	case "rsa":
		if key, err := x509.ParsePKIXPublicKey(raw); err == nil {
			if rsaKey, ok := key.(*rsa.PublicKey); ok {
				k.Bits = rsaKey.N.BitLen()
				return
			}
		}
		if key, err := x509.ParsePKCS1PublicKey(raw); err == nil {
			k.Bits = key.N.BitLen()
			return
		}
		k.Fault = "key"
	default:
		k.Fault = "algorithm"
	}
}
