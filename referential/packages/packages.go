// Package packages holds the referentials that come with hygie, one YAML file each, and the links between them (the formats are described in
// docs/formats/referential.md). Their words are the project's own; each line says where it comes from and how sure it is. What the
// authorities have not published is a parameter without a value, which an administrator may give: no file here invents a rule
// and calls it official.
package packages

import (
	"embed"
	"fmt"

	"hygie/referential"
)

//go:embed *.yaml
var files embed.FS

//go:embed maps/shipped.yaml
var links []byte

// Load reads the packages that come with hygie, by file name.
func Load() ([]*referential.Package, error) {
	all, err := referential.Check(files)
	if err != nil {
		return nil, fmt.Errorf("load the packages that come with hygie: %w", err)
	}
	return all, nil
}

// Links reads how the packages that come with hygie stand to each other.
func Links() (*referential.Map, error) {
	m, err := referential.ReadMap("shipped.yaml", links)
	if err != nil {
		return nil, fmt.Errorf("load the links between packages: %w", err)
	}
	return m, nil
}
