//go:build unix

package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile is the file of a data folder that a running platform holds.
const lockFile = "running.lock"

// lock takes the data folder for this process: a second platform on it would throw away the work under way of the first. The
// system gives it back when the process ends, however it ends.
func lock(folder string) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take the data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(errTaken, f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("take the data folder: %w", err), f.Close())
	}
	return f.Close, nil
}
