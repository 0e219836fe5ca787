// Package calls holds the calls for candidates that come with hygie, one YAML file each (docs/formats/call.md). What the authorities have not published,
// most of all the amounts a dossier can get, is a field to be filled and never a number.
package calls

import (
	"embed"
	"fmt"

	"hygie/referential/call"
)

//go:embed *.yaml
var files embed.FS

// Shipped reads the calls that come with hygie, by file name.
func Shipped() ([]*call.Call, error) {
	all, err := call.Load(files)
	if err != nil {
		return nil, fmt.Errorf("load the calls that come with hygie: %w", err)
	}
	return all, nil
}
