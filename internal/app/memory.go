package app

import (
	"runtime/debug"

	"hygie/internal/cli"
	"hygie/internal/proof"
)

// spend lets a platform hold more of what it no longer uses (docs/decisions/022-memory-of-a-platform.md). What is set by GOGC stands.
func spend(s *cli.Streams) {
	if s.Env("GOGC") == "" {
		debug.SetGCPercent(proof.Collecting)
	}
}
