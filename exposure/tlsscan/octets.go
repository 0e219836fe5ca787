package tlsscan

import "encoding/binary"

// octets is a message of TLS being written (RFC 8446 3): numbers with the highest byte first, and vectors that begin with their length.
type octets struct {
	all  []byte
	long bool // a vector holds more than its length can say
}

func (b *octets) add(more ...byte)    { b.all = append(b.all, more...) }
func (b *octets) add16(number uint16) { b.all = binary.BigEndian.AppendUint16(b.all, number) }

// vector writes what content adds, after its length in that many bytes.
func (b *octets) vector(width int, content func()) {
	at := len(b.all)
	b.add(make([]byte, width)...)
	content()
	n := len(b.all) - at - width
	b.long = b.long || n >= 1<<(8*width)
	for i := range width {
		b.all[at+i] = byte(n >> (8 * (width - 1 - i)))
	}
}

func (b *octets) extension(number uint16, content func()) {
	b.add16(number)
	b.vector(2, content)
}

// schemes is an extension that lists schemes of signature.
func (b *octets) schemes(number uint16, all []uint16) {
	b.extension(number, func() {
		b.vector(2, func() {
			for _, s := range all {
				b.add16(s)
			}
		})
	})
}

func nothing() {}
