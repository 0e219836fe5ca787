package app

import (
	"time"

	"hygie/internal/reflex"
)

// reflexes gives structures their reflex cards.
func (p *Platform) reflexes(now func() time.Time) error {
	cards, err := reflex.New(reflex.Options{DB: p.DB, Trail: p.Trail, Now: now})
	if err != nil {
		return err
	}
	cards.Routes(p.Router)
	return nil
}
