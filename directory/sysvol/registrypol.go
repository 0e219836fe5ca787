package sysvol

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Types of registry values (MS-GPREG 2.2.1).
const (
	regDWord          = 4
	regDWordBigEndian = 5
	regQWord          = 11
)

// Bounds of Registry.pol. Windows limits keys to 255 characters and names to 16,383.
const (
	maxName   = 16_384
	maxValues = 100_000
)

// registryValue is one instruction of Registry.pol.
type registryValue struct {
	offset    int
	key, name string
	kind      uint32
	data      []byte
}

// parseRegistryPol reads "PReg", version 1, then [key;name;type;size;data] in UTF-16 little-endian (MS-GPREG 2.2.1). With an
// error, what precedes it is given too.
func parseRegistryPol(b []byte) ([]registryValue, error) {
	if len(b) < 8 || string(b[:4]) != "PReg" {
		return nil, faultAt(0, "pol_signature")
	}
	if v := binary.LittleEndian.Uint32(b[4:]); v != 1 {
		return nil, faultAt(4, "pol_version", "version", v)
	}
	p := polReader{b: b, at: 8}
	var out []registryValue
	for p.at < len(b) {
		v, err := p.value()
		if err != nil {
			return out, err
		}
		if len(out) == maxValues {
			return out, faultAt(v.offset, "pol_values", "limit", maxValues)
		}
		out = append(out, v)
	}
	return out, nil
}

type polReader struct {
	b  []byte
	at int
}

func (p *polReader) value() (v registryValue, err error) {
	v.offset = p.at
	if err = p.sign('['); err != nil {
		return v, err
	}
	if v.key, err = p.text(); err != nil {
		return v, err
	}
	if v.name, err = p.text(); err != nil {
		return v, err
	}
	if v.kind, err = p.number(); err != nil {
		return v, err
	}
	size, err := p.number()
	if err != nil {
		return v, err
	}
	if uint64(size) > uint64(len(p.b)-p.at) {
		return v, faultAt(p.at, "pol_data", "size", size, "left", len(p.b)-p.at)
	}
	v.data = p.b[p.at : p.at+int(size)]
	p.at += int(size)
	return v, p.sign(']')
}

// sign reads one of the characters that hold the form together.
func (p *polReader) sign(want byte) error {
	if len(p.b)-p.at < 2 {
		return faultAt(p.at, "pol_cut", "want", strconv.QuoteRune(rune(want)))
	}
	if p.b[p.at] != want || p.b[p.at+1] != 0 {
		return faultAt(p.at, "pol_missing", "want", strconv.QuoteRune(rune(want)))
	}
	p.at += 2
	return nil
}

// text reads characters up to their final zero and the semicolon.
func (p *polReader) text() (string, error) {
	start := p.at
	var units []uint16
	for {
		if len(p.b)-p.at < 2 {
			return "", faultAt(start, "pol_name_open")
		}
		u := binary.LittleEndian.Uint16(p.b[p.at:])
		p.at += 2
		if u == 0 {
			return string(utf16.Decode(units)), p.sign(';')
		}
		if len(units) == maxName {
			return "", faultAt(start, "pol_name_long", "limit", maxName)
		}
		units = append(units, u)
	}
}

// number reads four bytes and the semicolon.
func (p *polReader) number() (uint32, error) {
	if len(p.b)-p.at < 4 {
		return 0, faultAt(p.at, "pol_number_cut")
	}
	n := binary.LittleEndian.Uint32(p.b[p.at:])
	p.at += 4
	return n, p.sign(';')
}

// number gives the value of a numeric kind.
func (v registryValue) number() (uint64, bool) {
	switch {
	case v.kind == regDWord && len(v.data) == 4:
		return uint64(binary.LittleEndian.Uint32(v.data)), true
	case v.kind == regDWordBigEndian && len(v.data) == 4:
		return uint64(binary.BigEndian.Uint32(v.data)), true
	case v.kind == regQWord && len(v.data) == 8:
		return binary.LittleEndian.Uint64(v.data), true
	}
	return 0, false
}

// logonPassword tells whether a value is the password of the automatic logon, in clear.
func (v registryValue) logonPassword() bool {
	return strings.EqualFold(v.name, "DefaultPassword") && len(v.data) > 2 &&
		strings.HasSuffix(strings.ToLower(v.key), `\currentversion\winlogon`)
}

// takeRegistry adds what a Registry.pol holds to a policy.
func (p *Policy) takeRegistry(file string, b []byte) error {
	values, err := parseRegistryPol(b)
	for _, v := range values {
		if strings.HasPrefix(v.name, "**") { // an instruction to delete (MS-GPREG 3.2.5.1)
			continue
		}
		if v.logonPassword() {
			p.Secrets = append(p.Secrets, Secret{File: file, Offset: int64(v.offset), Kind: "Registry"})
			continue
		}
		n, ok := v.number()
		p.Values = append(p.Values, Value{File: file, Key: v.key, Name: v.name, Number: n, Numeric: ok})
	}
	return err
}
