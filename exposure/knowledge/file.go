package knowledge

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// format names the file; a reader refuses another.
const format = "hygie-knowledge/1"

// manifest is what is signed.
type manifest struct {
	Format  string    `json:"format"`
	Made    time.Time `json:"made"`
	Content string    `json:"content_sha256"` // of knowledge.json
	Key     string    `json:"public_key"`     // base64, Ed25519
}

// Errors of a bundle file.
var (
	ErrFormat   = errors.New("not a knowledge bundle, or of a version this program does not know")
	ErrAltered  = errors.New("the bundle was altered after it was signed")
	ErrStranger = errors.New("the bundle is signed by a key that is not trusted here")
)

// maxContent bounds the distilled knowledge, once decompressed.
const maxContent = 256 << 20

// Write writes a bundle as a ZIP of manifest.json, manifest.sig (Ed25519 over the bytes of manifest.json) and knowledge.json. The same
// bundle and key give the same bytes.
func Write(w io.Writer, b *Bundle, key ed25519.PrivateKey) error {
	content, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	sum := sha256.Sum256(content)
	signed, err := json.Marshal(manifest{format, b.Made, hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))})
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	z := zip.NewWriter(w)
	for _, part := range []struct {
		name string
		data []byte
	}{{"manifest.json", signed}, {"manifest.sig", ed25519.Sign(key, signed)}, {"knowledge.json", content}} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: b.Made})
		if err == nil {
			_, err = f.Write(part.data)
		}
		if err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	return nil
}

// Read reads a bundle and checks its signature against trusted keys. Without any trusted key the signature must still hold, and the
// signer is returned for a person to decide.
func Read(r io.ReaderAt, size int64, trusted ...ed25519.PublicKey) (*Bundle, ed25519.PublicKey, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, ErrFormat
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		limit := int64(64 << 10)
		if f.Name == "knowledge.json" {
			limit = maxContent
		}
		in, err := f.Open()
		if err != nil {
			return nil, nil, fmt.Errorf("read %s of the bundle: %w", f.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(in, limit+1))
		in.Close()
		if err != nil || int64(len(data)) > limit || parts[f.Name] != nil || len(z.File) != 3 {
			return nil, nil, ErrFormat
		}
		parts[f.Name] = data
	}
	var m manifest
	if json.Unmarshal(parts["manifest.json"], &m) != nil || m.Format != format {
		return nil, nil, ErrFormat
	}
	raw, err := base64.StdEncoding.DecodeString(m.Key)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, nil, ErrFormat
	}
	signer := ed25519.PublicKey(raw)
	sum := sha256.Sum256(parts["knowledge.json"])
	if !ed25519.Verify(signer, parts["manifest.json"], parts["manifest.sig"]) || hex.EncodeToString(sum[:]) != m.Content {
		return nil, nil, ErrAltered
	}
	if len(trusted) > 0 && !containsKey(trusted, signer) {
		return nil, signer, ErrStranger
	}
	var b Bundle
	dec := json.NewDecoder(bytes.NewReader(parts["knowledge.json"]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return nil, signer, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &b, signer, nil
}

func containsKey(list []ed25519.PublicKey, key ed25519.PublicKey) bool {
	for _, k := range list {
		if k.Equal(key) {
			return true
		}
	}
	return false
}
