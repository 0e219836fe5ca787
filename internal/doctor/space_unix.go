//go:build unix

package doctor

import "syscall"

// FreeBytes is the space an ordinary user may still fill on the disk of folder.
func FreeBytes(folder string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
