// Package cards holds the reflex cards that come with hygie, one YAML file each (docs/formats/card.md), written for French health
// establishments. An establishment adapts them and keeps its own versions.
package cards

import (
	"embed"
	"fmt"

	"hygie/card"
)

//go:embed *.yaml
var files embed.FS

// Shipped reads the cards that come with hygie, in the order of their names.
func Shipped() ([]*card.Card, error) {
	all, err := card.Load(files)
	if err != nil {
		return nil, fmt.Errorf("load the reflex cards that come with hygie: %w", err)
	}
	return all, nil
}

// Source gives the file of a card that comes with hygie, to be adapted. The error says that there is none of that id.
func Source(id string) ([]byte, error) {
	data, err := files.ReadFile(id + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read the reflex card %s that comes with hygie: %w", id, err)
	}
	return data, nil
}
