package referential

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// Check reads every package (*.yaml, *.yml) of a file tree, in the order of their names. The error holds all faults of all files, so that they can
// be mended in one go; two files that give the same version of one package are a fault. The packages without fault are
// given even so.
func Check(fsys fs.FS) ([]*Package, error) {
	var all []*Package
	var faults []error
	given := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		p, err := readFile(fsys, name)
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		id := p.ID + " " + p.Version
		if first, twice := given[id]; twice {
			faults = append(faults, Problems{{File: name, Message: fmt.Sprintf("version %s of package %s is already given by %s", p.Version, p.ID, first)}})
			return nil
		}
		given[id] = name
		all = append(all, p)
		return nil
	})
	if err != nil {
		faults = append(faults, fmt.Errorf("read packages: %w", err))
	}
	return all, errors.Join(faults...)
}

func readFile(fsys fs.FS, name string) (*Package, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	defer file.Close()
	// One byte more than the limit, so that Read sees that it is passed.
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read package %s: %w", name, err)
	}
	return Read(name, data)
}
