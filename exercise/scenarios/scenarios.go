// Package scenarios holds the exercises that come with hygie, one YAML file each (docs/formats/scenario.md). The establishments, the people and the attacks in
// them are invented.
package scenarios

import (
	"embed"
	"fmt"

	"hygie/exercise"
)

//go:embed *.yaml
var files embed.FS

// Shipped reads the scenarios that come with hygie, in the order of their names.
func Shipped() ([]*exercise.Scenario, error) {
	all, err := exercise.Load(files)
	if err != nil {
		return nil, fmt.Errorf("load the scenarios that come with hygie: %w", err)
	}
	return all, nil
}
