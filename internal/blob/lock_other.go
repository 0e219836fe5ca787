//go:build !unix

package blob

import (
	"errors"
	"os"
)

var errQuota = errors.New("quota") // never met

// hold does nothing: where this file is built, an open file cannot be removed.
func hold(*os.File) error { return nil }

// removeOrphan removes a temporary file unless it is open somewhere.
func removeOrphan(path string) error {
	os.Remove(path)
	return nil
}
