package blob

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"
)

// Secrets are what a [Vault] needs to name, close and open objects.
type Secrets struct {
	Names      []byte          // secret of the names, at least 16 bytes; it never changes
	Recipients []age.Recipient // who can open what is put from now on; at least one
	Identities []age.Identity  // who opens; at least one
}

// Vault keeps content by its digest, encrypted. It is made by [NewVault].
type Vault struct {
	backend Backend
	secrets Secrets
}

// NewVault gives a vault over a backend.
func NewVault(backend Backend, s Secrets) (*Vault, error) {
	if len(s.Names) < 16 || len(s.Recipients) == 0 || len(s.Identities) == 0 {
		return nil, errors.New("open evidence store: a key is missing")
	}
	return &Vault{backend, s}, nil
}

// Name gives the name of the object that holds the content with this digest.
func (v *Vault) Name(d Digest) string {
	mac := hmac.New(sha256.New, v.secrets.Names)
	mac.Write(d[:])
	return hex.EncodeToString(mac.Sum(nil))
}

// Put stores all that r gives, and returns its digest and its size in bytes.
// Content that is there already is stored again in its place: this costs
// little and mends a damaged object. The content is durable when Put returns.
func (v *Vault) Put(ctx context.Context, r io.Reader) (Digest, int64, error) {
	var d Digest
	pending, err := v.backend.Create(ctx)
	if err != nil {
		return d, 0, err
	}
	defer pending.Abort()
	out := bufio.NewWriterSize(pending, 64<<10)
	sealed, err := age.Encrypt(out, v.secrets.Recipients...)
	if err != nil {
		return d, 0, fmt.Errorf("encrypt evidence: %w", err)
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(sum, sealed), contextReader{ctx, r})
	if err != nil {
		return d, size, fmt.Errorf("store evidence: after %d bytes: %w", size, err)
	}
	if err := sealed.Close(); err != nil {
		return d, size, fmt.Errorf("store evidence: %w", err)
	}
	if err := out.Flush(); err != nil {
		return d, size, fmt.Errorf("store evidence: %w", err)
	}
	sum.Sum(d[:0])
	return d, size, pending.Commit(ctx, v.Name(d))
}

// Open reads the content with this digest; the caller closes it. The reader
// gives io.EOF only after every byte was found to be right, and an error that
// wraps [ErrCorrupt] otherwise: do not act on content before the end.
func (v *Vault) Open(ctx context.Context, d Digest) (io.ReadCloser, error) {
	object, err := v.backend.Open(ctx, v.Name(d))
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(bufio.NewReaderSize(contextReader{ctx, object}, 64<<10), v.secrets.Identities...)
	if err != nil {
		object.Close()
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, fmt.Errorf("open evidence %x: it was encrypted for another key; put the keys back from a backup: %w", d[:4], err)
		}
		return nil, fmt.Errorf("open evidence %x: %w: %w", d[:4], ErrCorrupt, err)
	}
	return &checkedReader{ctx: ctx, plain: plain, object: object, sum: sha256.New(), want: d}, nil
}

// checkedReader compares the digest at the end.
type checkedReader struct {
	ctx    context.Context
	plain  io.Reader
	object io.Closer
	sum    hash.Hash
	want   Digest
}

func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.plain.Read(p)
	c.sum.Write(p[:n])
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		if c.ctx.Err() != nil {
			return n, fmt.Errorf("read evidence %x: %w", c.want[:4], err)
		}
		return n, fmt.Errorf("read evidence %x: %w: %w", c.want[:4], ErrCorrupt, err)
	case Digest(c.sum.Sum(nil)) != c.want:
		return n, fmt.Errorf("read evidence %x: %w: another content stands in its place", c.want[:4], ErrCorrupt)
	}
	return n, io.EOF
}

func (c *checkedReader) Close() error { return c.object.Close() }

// Stat describes the object of this digest. Its size is the encrypted one.
func (v *Vault) Stat(ctx context.Context, d Digest) (Object, error) {
	return v.backend.Stat(ctx, v.Name(d))
}

// Delete removes the content with this digest. It is no error that it is not there.
func (v *Vault) Delete(ctx context.Context, d Digest) error {
	return v.backend.Delete(ctx, v.Name(d))
}

// Walk calls fn for each object, in the order of names. A name leads to no
// digest: to find what nothing refers to, compare with [Vault.Name] of the digests known.
func (v *Vault) Walk(ctx context.Context, fn func(Object) error) error {
	return v.backend.Walk(ctx, fn)
}

// Reseal stores content again for the recipients of today, after a rotation.
func (v *Vault) Reseal(ctx context.Context, d Digest) error {
	r, err := v.Open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	_, _, err = v.Put(ctx, r)
	return err
}
