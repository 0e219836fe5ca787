package app

import (
	"context"
	"fmt"

	"hygie/internal/cli"
	"hygie/internal/doctor"
	"hygie/internal/store"
)

// Doctor examines an installation.
type Doctor struct {
	Settings
	Format string `help:"Output: text or json." enum:"text,json" default:"text"`
}

// Help shows examples.
func (Doctor) Help() string {
	return "hygie doctor --data /var/lib/hygie\nhygie doctor --config /etc/hygie.toml --format json"
}

// Run prints the findings; it ends with 1 when something is broken.
func (d Doctor) Run(ctx context.Context, s *cli.Streams) error {
	c, err := d.load(s)
	if err != nil {
		return err
	}
	p, err := printer(s)
	if err != nil {
		return err
	}
	findings := doctor.Examine(ctx, c, doctor.Outside{FreeBytes: doctor.FreeBytes, Now: s.Now, OpenDB: store.Open})
	write := doctor.WriteText
	if d.Format == "json" {
		write = doctor.WriteJSON
	}
	if err := write(s.Out, p, findings); err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	if doctor.Worst(findings) == doctor.Broken {
		return cli.Exit{Code: cli.Failed}
	}
	return nil
}
