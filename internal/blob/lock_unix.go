//go:build unix

package blob

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

var errQuota error = syscall.EDQUOT

// hold marks a temporary file as belonging to a living process; the system
// takes the lock away when the process ends, however it ends.
func hold(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// removeOrphan removes a temporary file that nobody holds.
func removeOrphan(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil // being written
	}
	return os.Remove(path)
}
