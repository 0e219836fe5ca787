package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// sealer encrypts small values with a key derived from the installation key: AES-256-GCM, a random nonce in front. What a value is
// for and whom it belongs to is authenticated with it, so that one row's value cannot be moved to another.
type sealer struct {
	aead   cipher.AEAD
	random io.Reader
}

func newSealer(key []byte, random io.Reader) (sealer, error) {
	if len(key) < 32 {
		return sealer{}, fmt.Errorf("the installation key has %d bytes, at least 32 are needed", len(key))
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "hygie signin seal 1", 32)
	if err != nil {
		return sealer{}, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return sealer{}, fmt.Errorf("prepare the sealing key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealer{}, fmt.Errorf("prepare the sealing key: %w", err)
	}
	return sealer{aead: aead, random: random}, nil
}

func (s sealer) seal(plain []byte, use string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return s.aead.Seal(nonce, nonce, plain, []byte(use)), nil
}

var errSeal = errors.New("the value was sealed for something else, with another installation key, or was changed")

func (s sealer) open(sealed []byte, use string) ([]byte, error) {
	if len(sealed) < s.aead.NonceSize() {
		return nil, errSeal
	}
	nonce, text := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	plain, err := s.aead.Open(nil, nonce, text, []byte(use))
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}
