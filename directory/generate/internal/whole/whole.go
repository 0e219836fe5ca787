// Package whole writes files that appear whole or not at all.
package whole

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File writes a file beside its place and renames it when it is complete (docs/decisions/003-durable-by-default.md).
func File(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("generate domain: %w", err)
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
