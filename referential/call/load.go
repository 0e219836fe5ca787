package call

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"hygie/referential"
)

// longest is one byte more than a file may have, so that the reader sees that it is passed.
const longest = 1<<20 + 1

// Load reads every call and library of reasons (*.yaml, *.yml) of a file tree, in the order of their names. The error holds all faults of all files; two files
// that give the same version of one call are a fault. The calls without fault are given even so.
func Load(fsys fs.FS) ([]*Call, error) {
	var all []*Call
	var faults []error
	given := map[string]string{}
	libraries := map[string]*Library{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		data, err := open(fsys, name)
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		id := ""
		if IsLibrary(data) {
			if l, err := ReadLibrary(name, data); err != nil {
				faults = append(faults, err)
			} else {
				libraries[l.ID], id = l, "library "+l.ID
			}
		} else if c, err := Read(name, data); err != nil {
			faults = append(faults, err)
		} else {
			all, id = append(all, c), fmt.Sprintf("version %s of call %s", c.Version, c.ID)
		}
		if first, twice := given[id]; twice {
			faults = append(faults, referential.Problems{{File: name, Message: id + " is already given by " + first}})
		} else if id != "" {
			given[id] = name
		}
		return nil
	})
	if err != nil {
		faults = append(faults, fmt.Errorf("read calls: %w", err))
	}
	for _, c := range all {
		if err := c.join(libraries); err != nil {
			faults = append(faults, err)
		}
	}
	return all, errors.Join(faults...)
}

func open(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, longest))
	if err != nil {
		return nil, fmt.Errorf("read call %s: %w", name, err)
	}
	return data, nil
}
