package wire

import "bytes"

// SplitContext finds the naming context of a name: its components "DC=", and whether "CN=Configuration" stands before them (MS-ADTS 3.1.1.1.5).
func SplitContext(dn []byte) (context []byte, configuration bool) {
	start := len(dn)
	for start > 0 {
		cut := lastComma(dn[:start])
		part := bytes.TrimLeft(dn[cut+1:start], " ")
		if len(part) < 3 || !bytes.EqualFold(part[:3], []byte("DC=")) {
			break
		}
		start = max(cut, 0)
	}
	if start == len(dn) {
		return nil, false
	}
	if cut := lastComma(dn[:start]); start > 0 && bytes.EqualFold(bytes.TrimSpace(dn[cut+1:start]), []byte("CN=Configuration")) {
		return dn[cut+1:], true
	}
	return bytes.TrimLeft(dn[start:], ", "), false
}

// lastComma gives the place of the last comma that separates components, -1 without one.
func lastComma(dn []byte) int {
	for i := len(dn) - 1; i >= 0; i-- {
		if dn[i] != ',' {
			continue
		}
		back := i
		for back > 0 && dn[back-1] == '\\' {
			back--
		}
		if (i-back)%2 == 0 {
			return i
		}
	}
	return -1
}
