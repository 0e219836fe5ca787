package generate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"hygie/directory/dump"
	"hygie/directory/ldif"
	"hygie/directory/model"
)

// Names of the files of [Folder].
const (
	DumpFile       = "domain.dump"
	LDIFFile       = "domain.ldif"
	SharpHoundFile = "sharphound.zip"
	ORADADFolder   = "oradad"
	TruthFile      = "truth.json"
)

// Folder writes the domain into dir in every form that is read back: a dump, an LDIF export, the files of SharpHound and the tables
// of ORADAD, with its truth. The folder is made when it is missing. Each
// file appears whole or not at all, readable by its owner only.
func Folder(o Options, dir string) (*Truth, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("generate domain: %w", err)
	}
	header, err := Header(o)
	if err != nil {
		return nil, err
	}
	var truth *Truth
	err = whole(filepath.Join(dir, DumpFile), func(out io.Writer) error {
		w, err := dump.NewWriter(out, header)
		if err != nil {
			return err
		}
		if truth, err = Hospital(o, w); err != nil {
			return err
		}
		return w.Close()
	})
	if err != nil {
		return nil, err
	}
	err = whole(filepath.Join(dir, LDIFFile), func(out io.Writer) error {
		w, err := ldif.NewWriter(out)
		if err != nil {
			return err
		}
		if _, err := Hospital(o, Export(w)); err != nil {
			return err
		}
		return w.Close()
	})
	if err != nil {
		return nil, err
	}
	if err := others(o, header.Collected, dir); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("generate domain: %w", err)
	}
	return truth, whole(filepath.Join(dir, TruthFile), func(out io.Writer) error {
		_, err := io.Copy(out, bytes.NewReader(append(text, '\n')))
		return err
	})
}

// others writes the forms of other collectors, which start from a directory.
func others(o Options, collected time.Time, dir string) error {
	b := model.NewBuilder()
	sink, err := Into(b, o)
	if err != nil {
		return err
	}
	if _, err := Hospital(o, sink); err != nil {
		return err
	}
	d, err := b.Freeze()
	if err != nil {
		return fmt.Errorf("generate domain: %w", err)
	}
	err = whole(filepath.Join(dir, SharpHoundFile), func(out io.Writer) error { return SharpHound(out, d, collected) })
	if err != nil {
		return err
	}
	_, err = ORADAD(filepath.Join(dir, ORADADFolder), d, collected)
	return err
}

// whole writes a file beside its place and renames it when it is complete.
func whole(path string, write func(io.Writer) error) error {
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
