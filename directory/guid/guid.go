// Package guid holds the 16-byte identifiers of Active Directory (MS-DTYP 2.3.4).
//
// A GUID travels in two forms: packet form, whose first three fields are little-endian (objectGUID, schemaIDGUID, object
// entries of a security descriptor), and text form (rightsGuid, group policy names). This package keeps the packet form
// and converts to and from text, so that values of both kinds compare with ==.
package guid

import (
	"encoding/hex"
	"fmt"
)

// GUID is an identifier in packet form (MS-DTYP 2.3.4.2). The zero value means "none".
type GUID [16]byte

// order gives, for each byte in text order, its place in packet form (MS-DTYP 2.3.4.2).
var order = [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

// FromBytes reads the packet form; false when b is not 16 bytes long (MS-DTYP 2.3.4.2).
func FromBytes(b []byte) (GUID, bool) {
	if len(b) != 16 {
		return GUID{}, false
	}
	return GUID(b), true
}

// Parse reads the text form "bf9679c0-0de6-11d0-a285-00aa003049e2", in any case, with or without braces (MS-DTYP 2.3.4.3).
func Parse(text string) (GUID, error) {
	s := text
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return GUID{}, fmt.Errorf("read GUID %q: want 8-4-4-4-12 hexadecimal digits", clip(text))
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	var plain [16]byte
	if _, err := hex.Decode(plain[:], []byte(digits)); err != nil {
		return GUID{}, fmt.Errorf("read GUID %q: %w", clip(text), err)
	}
	var g GUID
	for i, at := range order {
		g[at] = plain[i]
	}
	return g, nil
}

// MustParse is Parse for constants of the source code; it panics on a malformed text (MS-DTYP 2.3.4.3).
func MustParse(text string) GUID {
	g, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return g
}

// IsZero tells whether g is the zero value.
func (g GUID) IsZero() bool { return g == GUID{} }

// String gives the text form in lower case, without braces.
func (g GUID) String() string {
	var plain [16]byte
	for i, at := range order {
		plain[i] = g[at]
	}
	var out [36]byte
	hex.Encode(out[0:8], plain[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], plain[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], plain[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], plain[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], plain[10:16])
	return string(out[:])
}

// clip keeps messages short when the text is hostile.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
