package directory

import (
	"cmp"
	"context"
	"path/filepath"

	"hygie/directory/model"
	"hygie/directory/sysvol"
)

// splitSysvol tells the folders of SYSVOL from the other sources.
func splitSysvol(sources []Source) (files, shares []Source) {
	for _, s := range sources {
		if s.Sysvol {
			shares = append(shares, s)
		} else {
			files = append(files, s)
		}
	}
	return files, shares
}

// loadSysvol reads a folder of SYSVOL. What could not be read is among the warnings of the source.
func loadSysvol(ctx context.Context, b *model.Builder, s Source, l Limits) error {
	s.Name = cmp.Or(s.Name, s.Path)
	tree, err := sysvol.OpenFolder(s.Path)
	if err != nil {
		return err
	}
	defer func() { _ = tree.Close() }()
	folder := s.Path
	if whole, err := filepath.Abs(s.Path); err == nil { // "." has a name too
		folder = whole
	}
	shares, err := sysvol.Read(ctx, tree, sysvol.Options{Source: s.Name, Folder: filepath.Base(folder), Files: l.Objects})
	if err != nil {
		return err
	}
	source := model.Source{Tool: "sysvol", Name: s.Name}
	for _, share := range shares {
		b.Sysvol(share)
		source.Warnings = append(source.Warnings, share.Warnings...)
		for _, p := range share.Policies {
			for _, f := range p.Faults {
				if len(source.Warnings) < 100 {
					source.Warnings = append(source.Warnings, f.Warning())
				}
			}
		}
	}
	b.Source(source)
	return nil
}
