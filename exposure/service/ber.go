package service

import "fmt"

// ber is one element of the basic encoding rules (X.690 8.1), with definite lengths only.
type ber struct {
	tag   byte // low tag numbers only
	value []byte
}

// readBER reads the first element of b and returns what follows it.
func readBER(b []byte) (e ber, rest []byte, err error) {
	if len(b) < 2 {
		return ber{}, nil, errShort
	}
	e.tag = b[0]
	if e.tag&0x1f == 0x1f {
		return ber{}, nil, fmt.Errorf("a tag of more than one byte")
	}
	size, header := int(b[1]), 2
	if b[1]&0x80 != 0 {
		n := int(b[1] & 0x7f)
		if n == 0 || n > 4 || len(b) < 2+n {
			return ber{}, nil, fmt.Errorf("a length of %d bytes: %w", n, errShort)
		}
		size = 0
		for _, c := range b[2 : 2+n] {
			size = size<<8 | int(c)
		}
		header += n
	}
	if size < 0 || size > len(b)-header {
		return ber{}, nil, fmt.Errorf("an element of %d bytes in %d: %w", size, len(b)-header, errShort)
	}
	e.value = b[header : header+size]
	return e, b[header+size:], nil
}

// children reads the elements inside e, at most 4096.
func (e ber) children() ([]ber, error) {
	var out []ber
	for b := e.value; len(b) > 0; {
		if len(out) == 4096 {
			return nil, fmt.Errorf("more than 4096 elements")
		}
		c, rest, err := readBER(b)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		b = rest
	}
	return out, nil
}

// number is the value of an integer or an enumeration of at most eight bytes.
func (e ber) number() int64 {
	if len(e.value) == 0 || len(e.value) > 8 {
		return -1
	}
	n := int64(int8(e.value[0]))
	for _, c := range e.value[1:] {
		n = n<<8 | int64(c)
	}
	return n
}

// put encodes one element.
func put(tag byte, parts ...[]byte) []byte {
	var value []byte
	for _, p := range parts {
		value = append(value, p...)
	}
	n := len(value)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, value...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, value...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, value...)
	}
}

func putInt(n int64) []byte {
	var v []byte
	for shift := 56; shift >= 0; shift -= 8 {
		v = append(v, byte(n>>shift))
	}
	for len(v) > 1 && (v[0] == 0 && v[1] < 0x80 || v[0] == 0xff && v[1] >= 0x80) {
		v = v[1:]
	}
	return put(2, v)
}
