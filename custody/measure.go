package custody

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// A Measure is what identifies the bytes of a file. SHA-256 is the one that counts; SHA-1 is what DFIR-ORC states, and is compared with it.
type Measure struct {
	Size   int64 // bytes
	SHA256 string
	SHA1   string
}

// MeasureOf reads r to its end, once, and stops when ctx does.
func MeasureOf(ctx context.Context, r io.Reader) (Measure, error) {
	long, short := sha256.New(), sha1.New()
	buffer := make([]byte, 1<<20)
	var size int64
	for {
		if err := ctx.Err(); err != nil {
			return Measure{}, fmt.Errorf("measure after %d bytes: %w", size, err)
		}
		n, err := r.Read(buffer)
		size += int64(n)
		_, _ = long.Write(buffer[:n])
		_, _ = short.Write(buffer[:n])
		if err == io.EOF {
			return Measure{size, hex.EncodeToString(long.Sum(nil)), hex.EncodeToString(short.Sum(nil))}, nil
		}
		if err != nil {
			return Measure{}, fmt.Errorf("measure after %d bytes: %w", size, err)
		}
	}
}
