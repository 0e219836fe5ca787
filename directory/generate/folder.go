package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"hygie/directory/dump"
	"hygie/directory/generate/internal/share"
	"hygie/directory/generate/internal/whole"
	"hygie/directory/generate/internal/world"
	"hygie/directory/generate/oradad"
	"hygie/directory/generate/sharphound"
	"hygie/directory/ldif"
	"hygie/directory/model"
)

// Names of the files of [Folder] (docs/formats/directory-generated.md).
const (
	DumpFile       = "domain.dump"
	LDIFFile       = "domain.ldif"
	SharpHoundFile = "sharphound.zip"
	ORADADFolder   = "oradad"
	SysvolFolder   = "sysvol" // the files of group policies, without permissions: a copy has those of the copy
	TruthFile      = "truth.json"
)

// Forms lists the forms in which a domain is written, by the name of the file or folder (docs/formats/directory-generated.md).
func Forms() []string {
	return []string{DumpFile, LDIFFile, SharpHoundFile, ORADADFolder, SysvolFolder}
}

// Folder writes the domain into dir: a dump, an LDIF export, the files of SharpHound, the tables of ORADAD and the files of SYSVOL, or only some of
// these [Forms], with its truth (docs/formats/directory-generated.md). The folder is made when it is missing. Each file appears whole or not at all,
// readable by its owner only.
func Folder(o Options, dir string, only ...string) (*Truth, error) {
	for _, form := range only {
		if !slices.Contains(Forms(), form) {
			return nil, fmt.Errorf("generate domain: no form %q, want one of %q", form, Forms())
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("generate domain: %w", err)
	}
	f := folder{options: o, dir: dir, only: only}
	for _, write := range []func() error{f.dump, f.ldif, f.others, f.sysvol, f.told} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	return f.truth, nil
}

// folder is a folder being written.
type folder struct {
	options Options
	dir     string
	only    []string
	truth   *Truth
}

func (f *folder) wants(form string) bool { return len(f.only) == 0 || slices.Contains(f.only, form) }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) dump() error {
	if !f.wants(DumpFile) {
		return nil
	}
	header, err := Header(f.options)
	if err != nil {
		return err
	}
	return whole.File(f.path(DumpFile), func(out io.Writer) error {
		w, err := dump.NewWriter(out, header)
		if err != nil {
			return err
		}
		if f.truth, err = Hospital(f.options, w); err != nil {
			return err
		}
		return w.Close()
	})
}

func (f *folder) ldif() error {
	if !f.wants(LDIFFile) {
		return nil
	}
	return whole.File(f.path(LDIFFile), func(out io.Writer) error {
		w, err := ldif.NewWriter(out)
		if err != nil {
			return err
		}
		if f.truth, err = Hospital(f.options, Export(w)); err != nil {
			return err
		}
		return w.Close()
	})
}

// others writes the forms of other collectors, which start from a directory.
func (f *folder) others() error {
	if !f.wants(SharpHoundFile) && !f.wants(ORADADFolder) {
		return nil
	}
	header, err := Header(f.options)
	if err != nil {
		return err
	}
	b := model.NewBuilder()
	sink, err := Into(b, f.options)
	if err != nil {
		return err
	}
	if f.truth, err = Hospital(f.options, sink); err != nil {
		return err
	}
	d, err := b.Freeze()
	if err != nil {
		return fmt.Errorf("generate domain: %w", err)
	}
	if f.wants(SharpHoundFile) {
		err = whole.File(f.path(SharpHoundFile), func(out io.Writer) error { return sharphound.Write(out, d, header.Collected) })
	}
	if err == nil && f.wants(ORADADFolder) {
		_, err = oradad.Write(f.path(ORADADFolder), d, header.Collected)
	}
	return err
}

// sysvol writes the files of SYSVOL.
func (f *folder) sysvol() error {
	if !f.wants(SysvolFolder) {
		return nil
	}
	o, err := f.options.normal()
	if err != nil {
		return err
	}
	if f.truth == nil { // nothing else is written
		if f.truth, err = Hospital(f.options, nothing{}); err != nil {
			return err
		}
	}
	choices := []world.Choice{o.choice()}
	if o.Child {
		choices = append(choices, o.choice().ChildChoice())
	}
	for _, c := range choices {
		if err := f.tree(c); err != nil {
			return err
		}
	}
	return nil
}

// tree writes the files of SYSVOL of one domain.
func (f *folder) tree(c world.Choice) error {
	tree, err := share.Texts(c)
	if err != nil {
		return err
	}
	top := filepath.Join(f.path(SysvolFolder), c.DNSName)
	for _, name := range slices.Sorted(maps.Keys(tree)) { // a folder before what it holds
		path := filepath.Join(top, filepath.FromSlash(name))
		if tree[name] == nil {
			if err := os.MkdirAll(path, 0o700); err != nil {
				return fmt.Errorf("generate domain: %w", err)
			}
			continue
		}
		err := whole.File(path, func(out io.Writer) error {
			_, err := out.Write(tree[name])
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) WriteEntry(model.Entry) error { return nil }

// told writes the truth.
func (f *folder) told() error {
	text, err := json.MarshalIndent(f.truth, "", "  ")
	if err != nil {
		return fmt.Errorf("generate domain: %w", err)
	}
	return whole.File(f.path(TruthFile), func(out io.Writer) error {
		_, err := io.Copy(out, bytes.NewReader(append(text, '\n')))
		return err
	})
}
