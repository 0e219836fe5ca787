package smb

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// derive is the key derivation of SMB 3 (MS-SMB2 3.1.4.2): SP800-108 in counter mode with HMAC-SHA256, 128 bits.
func derive(key []byte, label, context string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte{0, 0, 0, 1})
	h.Write([]byte(label))
	h.Write([]byte{0})
	h.Write([]byte(context))
	h.Write([]byte{0, 0, 0, 128})
	return h.Sum(nil)[:16]
}

// cmac is AES-CMAC (RFC 4493).
func cmac(key, message []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("smb: " + err.Error()) // keys are 16 bytes long
	}
	double := func(b []byte) []byte {
		out := make([]byte, len(b))
		carry := byte(0)
		for i := len(b) - 1; i >= 0; i-- {
			out[i] = b[i]<<1 | carry
			carry = b[i] >> 7
		}
		out[len(out)-1] ^= carry * 0x87
		return out
	}
	zero := make([]byte, aes.BlockSize)
	block.Encrypt(zero, zero)
	one := double(zero)
	two := double(one)

	mac := make([]byte, aes.BlockSize)
	for len(message) > aes.BlockSize {
		subtle.XORBytes(mac, mac, message[:aes.BlockSize])
		block.Encrypt(mac, mac)
		message = message[aes.BlockSize:]
	}
	last := make([]byte, aes.BlockSize)
	n := copy(last, message)
	if n == aes.BlockSize {
		subtle.XORBytes(last, last, one)
	} else {
		last[n] = 0x80
		subtle.XORBytes(last, last, two)
	}
	subtle.XORBytes(mac, mac, last)
	block.Encrypt(mac, mac)
	return mac
}

var errSeal = errors.New("a message was altered on its way, or was not made for this session")

// ccm is AES-CCM with a nonce of 11 bytes and a tag of 16 (RFC 3610: L = 4, M = 16), as SMB 3 uses it.
type ccm struct{ block cipher.Block }

const (
	ccmNonce = 11
	tagSize  = 16
)

func newCCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	return ccm{block}, err
}

func (ccm) NonceSize() int { return ccmNonce }
func (ccm) Overhead() int  { return tagSize }

// mac is CBC-MAC over the nonce and length, the additional data, then the message (RFC 3610 2.2). The additional data is shorter than 0xff00
// bytes: the 32 of a header.
func (c ccm) mac(nonce, plain, data []byte) []byte {
	x := make([]byte, aes.BlockSize)
	x[0] = 0x40 | (tagSize-2)/2<<3 | 3
	copy(x[1:], nonce)
	binary.BigEndian.PutUint32(x[12:], uint32(len(plain)))
	c.block.Encrypt(x, x)
	absorb := func(b []byte) {
		for len(b) > 0 {
			n := subtle.XORBytes(x, x, b[:min(len(b), aes.BlockSize)])
			c.block.Encrypt(x, x)
			b = b[n:]
		}
	}
	absorb(append(binary.BigEndian.AppendUint16(nil, uint16(len(data))), data...))
	absorb(plain)
	return x
}

// stream gives the key stream, whose first block hides the tag.
func (c ccm) stream(nonce []byte) cipher.Stream {
	start := make([]byte, aes.BlockSize)
	start[0] = 3
	copy(start[1:], nonce)
	return cipher.NewCTR(c.block, start)
}

func (c ccm) Seal(dst, nonce, plain, data []byte) []byte {
	tag, s := c.mac(nonce, plain, data), c.stream(nonce)
	s.XORKeyStream(tag, tag)
	sealed := make([]byte, len(plain))
	s.XORKeyStream(sealed, plain)
	return append(append(dst, sealed...), tag...)
}

func (c ccm) Open(dst, nonce, sealed, data []byte) ([]byte, error) {
	if len(sealed) < tagSize {
		return nil, errSeal
	}
	body, tag := sealed[:len(sealed)-tagSize], append([]byte(nil), sealed[len(sealed)-tagSize:]...)
	s := c.stream(nonce)
	s.XORKeyStream(tag, tag)
	plain := make([]byte, len(body))
	s.XORKeyStream(plain, body)
	if subtle.ConstantTimeCompare(tag, c.mac(nonce, plain, data)) != 1 {
		return nil, errSeal
	}
	return append(dst, plain...), nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
