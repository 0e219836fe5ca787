package app

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/demo"
	"hygie/internal/overview"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/referential"
)

// demoTrajectory sets what the demonstration's hospital aims at on each axis of the programme: half of the demands at the end of the year, nearly all two years
// later; and its region, for all. The figures are invented.
func (p *Platform) demoTrajectory(ctx context.Context, world demo.World, officer right.Actor, now time.Time) error {
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		for _, one := range p.Shelf.Seen().Packages {
			if one.Kind != referential.Programme {
				continue
			}
			for i, axis := range one.Axes {
				for years, share := range []int{50, 70 + 5*i, 90} {
					on := time.Date(now.Year()+years, time.December, 31, 22, 0, 0, 0, time.UTC)
					if i == 3 && years < 2 { // the region aims too, a little lower, on the axis of the calls
						if err := overview.Aim(ctx, tx, world.Region, one.ID, axis.Code, on, share-10, "Projet régional (invention de la démonstration)", officer.Person, now.AddDate(0, -6, 0)); err != nil {
							return fmt.Errorf("set the targets of the demonstration's region: %w", err)
						}
					}
					if err := overview.Aim(ctx, tx, world.Hospital, one.ID, axis.Code, on, share, "Projet d’établissement (invention de la démonstration)", officer.Person, now.AddDate(0, -3, 0)); err != nil {
						return fmt.Errorf("set the demonstration's targets: %w", err)
					}
				}
			}
		}
		return nil
	})
}
