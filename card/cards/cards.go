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
