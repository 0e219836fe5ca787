package tlsscan

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// schedule is the key schedule of one handshake of TLS 1.3 (RFC 8446 7.1), from our side and without resumption.
type schedule struct {
	suite      Suite
	hash       func() hash.Hash
	transcript hash.Hash
	secret     []byte // of the stage reached
	finish     []byte // traffic secret under which we say Finished
}

// newSchedule begins one; it fails for the suites that nobody but constrained devices speaks.
func newSchedule(suite Suite) (*schedule, error) {
	k := &schedule{suite: suite, hash: sha256.New}
	switch suite {
	case 0x1301, 0x1303:
	case 0x1302:
		k.hash = sha512.New384
	default:
		return nil, fmt.Errorf("suite %v: %w", suite, errNotOurs)
	}
	k.transcript = k.hash()
	none := make([]byte, k.transcript.Size())
	var err error
	k.secret, err = hkdf.Extract(k.hash, none, none)
	return k, err
}

// retried replaces the first hello by its digest (RFC 8446 4.4.1).
func (k *schedule) retried(first []byte) {
	k.transcript.Write(first)
	digest := k.transcript.Sum(nil)
	k.transcript.Reset()
	k.transcript.Write([]byte{254, 0, 0, byte(len(digest))})
	k.transcript.Write(digest)
}

// stage goes on to the next secret with what both sides agreed on, and gives the traffic secrets of client and server so far.
func (k *schedule) stage(agreed []byte, client, server string) (ours, theirs []byte, err error) {
	derived, err := k.expand(k.secret, "derived", k.hash().Sum(nil), k.transcript.Size())
	if err != nil {
		return nil, nil, err
	}
	if k.secret, err = hkdf.Extract(k.hash, agreed, derived); err != nil {
		return nil, nil, err
	}
	sum := k.transcript.Sum(nil)
	if ours, err = k.expand(k.secret, client, sum, len(sum)); err != nil {
		return nil, nil, err
	}
	theirs, err = k.expand(k.secret, server, sum, len(sum))
	return ours, theirs, err
}

// handshake gives the traffic secret of the server up to its Finished; the transcript ends with its ServerHello.
func (k *schedule) handshake(agreed []byte) (theirs []byte, err error) {
	k.finish, theirs, err = k.stage(agreed, "c hs traffic", "s hs traffic")
	return theirs, err
}

// application gives the traffic secrets after the server's Finished, with which the transcript ends.
func (k *schedule) application() (ours, theirs []byte, err error) {
	return k.stage(make([]byte, k.transcript.Size()), "c ap traffic", "s ap traffic")
}

// finished is our Finished message (RFC 8446 4.4.4).
func (k *schedule) finished() ([]byte, error) {
	key, err := k.expand(k.finish, "finished", nil, k.transcript.Size())
	if err != nil {
		return nil, err
	}
	mac := hmac.New(k.hash, key)
	mac.Write(k.transcript.Sum(nil))
	return mac.Sum([]byte{typeFinished, 0, 0, byte(mac.Size())}), nil
}

// expand is HKDF-Expand-Label (RFC 8446 7.1).
func (k *schedule) expand(secret []byte, label string, context []byte, length int) ([]byte, error) {
	info := make([]byte, 0, 64+len(context))
	info = binary.BigEndian.AppendUint16(info, uint16(length))
	info = append(info, byte(6+len(label)))
	info = append(info, "tls13 "+label...)
	info = append(info, byte(len(context)))
	return hkdf.Expand(k.hash, secret, string(append(info, context...)), length)
}

// protection protects the records of one side under one traffic secret (RFC 8446 5.2 and 7.3).
type protection struct {
	aead     cipher.AEAD
	iv       []byte
	sequence uint64
}

func (k *schedule) protect(traffic []byte) (*protection, error) {
	size := 32
	if k.suite == 0x1301 {
		size = 16
	}
	key, err := k.expand(traffic, "key", nil, size)
	if err != nil {
		return nil, err
	}
	p := &protection{}
	if p.iv, err = k.expand(traffic, "iv", nil, 12); err != nil {
		return nil, err
	}
	if k.suite == 0x1303 {
		p.aead, err = chacha20poly1305.New(key)
		return p, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	p.aead, err = cipher.NewGCM(block)
	return p, err
}

func (p *protection) nonce() []byte {
	nonce := bytes.Clone(p.iv)
	last := nonce[len(nonce)-8:]
	binary.BigEndian.PutUint64(last, binary.BigEndian.Uint64(last)^p.sequence)
	p.sequence++
	return nonce
}

// open gives type and content of a record's protected content.
func (p *protection) open(record []byte) (kind byte, content []byte, err error) {
	head := []byte{typeApplicationData, 3, 3, byte(len(record) >> 8), byte(len(record))}
	plain, err := p.aead.Open(nil, p.nonce(), record, head)
	if err != nil {
		return 0, nil, fmt.Errorf("record %d: %w", p.sequence, err)
	}
	plain = bytes.TrimRight(plain, "\x00")
	if len(plain) == 0 {
		return 0, nil, fmt.Errorf("record %d holds nothing", p.sequence)
	}
	return plain[len(plain)-1], plain[:len(plain)-1], nil
}

// seal makes the record of some content.
func (p *protection) seal(kind byte, content []byte) []byte {
	n := len(content) + 1 + p.aead.Overhead()
	record := []byte{typeApplicationData, 3, 3, byte(n >> 8), byte(n)}
	return p.aead.Seal(record, p.nonce(), append(bytes.Clone(content), kind), record[:5:5])
}
