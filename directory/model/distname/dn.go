// Package distname reads distinguished names (RFC 4514), gives the form under which they compare, and keeps many of them as a tree.
package distname

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"hygie/directory/reading"
)

// Bounds of a distinguished name; Active Directory itself stops long before.
const (
	maxDNLength = 64 << 10
	maxDNDepth  = 256
)

var (
	errNoEquals   = reading.Cause("dn_no_equals")
	errBadEscape  = reading.Cause("dn_escape")
	errDNLength   = reading.Cause("dn_long")
	errDNDepth    = reading.Cause("dn_deep")
	errEmptyDN    = reading.Cause("dn_empty")
	errEmptyType  = reading.Cause("dn_no_type")
	errBadType    = reading.Cause("dn_type")
	errTooManyDNs = reading.Cause("dn_storage")
)

// CutRDN splits a name at its first unescaped comma: "CN=a,OU=b" gives "CN=a" and "OU=b" (RFC 4514 2).
func CutRDN(dn string) (rdn, parent string) {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[:i], dn[i+1:]
		}
	}
	return dn, ""
}

// AppendRDNKey appends the normalised form of a component: value, a zero byte, type. Two components name the same thing if
// and only if their keys are equal; sorting by key sorts by value. Value: escapes resolved, case folded, runs of spaces made
// one and outer ones dropped (RFC 4514, RFC 4518 2.6.1).
func AppendRDNKey[T string | []byte](dst []byte, rdn T) ([]byte, error) {
	at := 0
	for at < len(rdn) && rdn[at] != '=' {
		at++
	}
	if at == len(rdn) {
		return dst, errNoEquals
	}
	from, to := 0, at
	for from < to && rdn[from] == ' ' {
		from++
	}
	for from < to && rdn[to-1] == ' ' {
		to--
	}
	kind, value := rdn[from:to], rdn[at+1:]
	if len(kind) == 0 {
		return dst, errEmptyType
	}
	for i := range len(kind) {
		if c := kind[i]; !isLetterOrDigit(c) && c != '-' && c != '.' { // RFC 4512 1.4: keystring or numericoid
			return dst, errBadType
		}
	}
	dst, err := appendValueKey(dst, value)
	if err != nil {
		return dst, err
	}
	dst = append(dst, 0)
	for i := range len(kind) {
		dst = append(dst, Lower(kind[i]))
	}
	return dst, nil
}

func isLetterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// Lower folds an ASCII letter (RFC 4512 1.4).
func Lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func appendValueKey[T string | []byte](dst []byte, value T) ([]byte, error) {
	start := len(dst)
	ascii := true
	space := true // drops leading spaces
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c > ' ' && c < utf8.RuneSelf && c != '\\' { // nearly every one
			dst = append(dst, Lower(c))
			space = false
			continue
		}
		if c == '\\' {
			var n int
			if c, n = unescape(value[i+1:]); n == 0 {
				return dst, errBadEscape
			}
			i += n
		}
		if c == ' ' {
			if !space {
				dst = append(dst, ' ')
			}
			space = true
			continue
		}
		space = false
		if c >= utf8.RuneSelf {
			ascii = false
		}
		dst = append(dst, Lower(c))
	}
	if space && len(dst) > start {
		dst = dst[:len(dst)-1]
	}
	if !ascii {
		end := len(dst)
		for rest := dst[start:]; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
			rest = rest[size:]
		}
		dst = append(dst[:start], dst[end:]...)
	}
	return dst, nil
}

// unescape reads what follows a backslash: two hexadecimal digits or one character; n is the number of bytes read, 0 when
// there is nothing.
func unescape[T string | []byte](s T) (c byte, n int) {
	if len(s) >= 2 && isHex(s[0]) && isHex(s[1]) {
		return hexDigit(s[0])<<4 | hexDigit(s[1]), 2
	}
	if len(s) == 0 {
		return 0, 0
	}
	return s[0], 1
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func hexDigit(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// RDNValue gives the value of the first component of a name, escapes resolved: "CN=Doe\, Ann,OU=x" gives "Doe, Ann" (RFC 4514 2.4).
func RDNValue(dn string) string {
	rdn, _ := CutRDN(dn)
	_, value, _ := strings.Cut(rdn, "=")
	if !strings.Contains(value, `\`) {
		return strings.TrimSpace(value)
	}
	value = strings.TrimLeft(value, " ")
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '\\' {
			var n int
			c, n = unescape(value[i+1:])
			i += n
		}
		out = append(out, c)
	}
	return string(out)
}

// ParentDN gives the name of the container of dn, "" for a name of one component (RFC 4514 2).
func ParentDN(dn string) string {
	_, parent := CutRDN(dn)
	return strings.TrimLeft(parent, " ")
}

// EscapeRDN escapes a value so that it can stand in a name (RFC 4514 2.4).
func EscapeRDN(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case strings.IndexByte(`,+"\<>;=`, c) >= 0,
			c == '#' && i == 0,
			c == ' ' && (i == 0 || i == len(value)-1):
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&b, `\%02X`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// NormalizeDN gives the form under which names compare: lower case, no spaces around separators, escapes reduced to the
// necessary ones (RFC 4518 2.6.1). It is a stable identity for findings.
func NormalizeDN(dn string) (string, error) {
	if err := checkDN(dn); err != nil {
		return "", reading.At(err, "dn", Clip(dn))
	}
	var out strings.Builder
	var key []byte
	for rest := dn; rest != ""; {
		var rdn string
		var err error
		rdn, rest = CutRDN(rest)
		if key, err = AppendRDNKey(key[:0], rdn); err != nil {
			return "", reading.At(err, "dn", Clip(dn))
		}
		value, kind, _ := lastCut(key)
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.Write(kind)
		out.WriteByte('=')
		out.WriteString(EscapeRDN(string(value)))
	}
	return out.String(), nil
}

// lastCut splits a component key into value and type at its last zero byte (a value may hold an escaped zero).
func lastCut(key []byte) (value, kind []byte, ok bool) {
	i := bytes.LastIndexByte(key, 0)
	if i < 0 {
		return key, nil, false
	}
	return key[:i], key[i+1:], true
}

func checkDN(dn string) error {
	switch {
	case dn == "":
		return errEmptyDN
	case len(dn) > maxDNLength:
		return errDNLength
	case strings.Count(dn, ",") > maxDNDepth && depth(dn) > maxDNDepth:
		return errDNDepth
	}
	return nil
}

func depth(dn string) int {
	n := 0
	for ; dn != ""; n++ {
		_, dn = CutRDN(dn)
	}
	return n
}

// DNSNameOf joins the DC components at the end of a name: "CN=x,DC=hopital,DC=test" gives "hopital.test" (RFC 2247).
func DNSNameOf(dn string) string {
	var labels []string
	for rest := dn; rest != ""; {
		var rdn string
		rdn, rest = CutRDN(rest)
		kind, _, _ := strings.Cut(rdn, "=")
		if strings.EqualFold(strings.TrimSpace(kind), "dc") {
			labels = append(labels, strings.ToLower(RDNValue(rdn)))
		} else {
			labels = labels[:0] // only the last run of DC components names the domain
		}
	}
	return strings.Join(labels, ".")
}

// Clip cuts a name for a message (RFC 4514).
func Clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
