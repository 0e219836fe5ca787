// Package blob keeps the bytes of evidence.
//
// A [Vault] stores content once, by the SHA-256 of its plain bytes, encrypts it
// with age (age-encryption.org/v1), and gives it a name that says nothing: the
// HMAC-SHA-256 of that hash with a secret of the installation. Whoever reads the
// folder learns how many objects there are, their sizes and dates, and
// cannot even test whether a known file is among them.
//
// Under it, a [Backend] keeps named objects: [Folder] in files, [Memory] for
// tests; an object store fits the same interface. Package blobtest holds the
// suite that each of them must pass.
//
// Everything streams; nothing is held whole in memory. A put that fails or
// is cut by a crash leaves nothing that can be opened.
//
// An object can be opened with the age tool and the identity file, without this program:
//
//	age --decrypt -i keys/evidence.age blobs/ab/abcd…
package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"
)

// Digest is the SHA-256 of plain content.
type Digest = [sha256.Size]byte

// Sentinels on which callers decide.
var (
	// ErrNotFound: no object has this name or digest.
	ErrNotFound = errors.New("the evidence store does not have it")
	// ErrCorrupt: the object is there but is not what was put.
	ErrCorrupt = errors.New("the stored content is damaged")
	// ErrFull: the disk has no room left.
	ErrFull = errors.New("the disk of the evidence store is full; free some space and try again")
)

// Object describes a stored object.
type Object struct {
	Name     string    // lower-case hexadecimal digits
	Size     int64     // bytes as stored; encryption adds about 220 and 16 for each 64 KiB
	Modified time.Time // when it was last put
}

// Backend keeps objects by name. Names are 64 lower-case hexadecimal digits; any
// other is an error. Methods may be called by several goroutines. Errors wrap
// ErrNotFound and ErrFull where they apply.
type Backend interface {
	// Create begins a new object. Nothing is visible before Commit.
	Create(ctx context.Context) (Pending, error)

	// Open reads an object; the caller closes it.
	Open(ctx context.Context, name string) (io.ReadCloser, error)

	// Stat describes an object.
	Stat(ctx context.Context, name string) (Object, error)

	// Delete removes an object. It is no error that it is not there.
	Delete(ctx context.Context, name string) error

	// Walk calls fn for each object, in the order of names, and stops at the
	// first error of fn, which it returns as it is. Objects put or deleted
	// meanwhile may or may not be seen.
	Walk(ctx context.Context, fn func(Object) error) error
}

// Pending is an object being written.
type Pending interface {
	io.Writer

	// Commit makes the object durable and visible under the name, in the place
	// of one that has the name already.
	Commit(ctx context.Context, name string) error

	// Abort forgets the object. After Commit it does nothing.
	Abort()
}

// validName keeps hostile names, such as paths, away from backends.
func validName(name string) bool {
	if len(name) != 2*sha256.Size {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// contextReader stops a long copy when the context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
