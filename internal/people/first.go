package people

import (
	"context"
	"fmt"

	"hygie/internal/right"
	"hygie/internal/store"
)

// InvitationPath is where the page of an invitation lies; the secret follows.
const InvitationPath = "/invitation/"

// FirstAdministratorLink makes the link by which the first administrator comes in, below the base address of the platform
// ("https://hygie.example.org"). It returns nothing when there is an administrator already. Each call makes a new link, works for a
// day, and makes the former one useless: what a console scrolled away opens nothing.
func (s *Service) FirstAdministratorLink(ctx context.Context, base string) (string, error) {
	link := ""
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		link = ""
		chiefs, err := s.administrators(ctx, tx)
		if err != nil || len(chiefs) > 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update invitation set revoked_at = $1 where purpose = $2 and accepted_at = 0 and revoked_at = 0`,
			store.Millis(s.now()), First); err != nil {
			return err
		}
		_, secret, err := s.insertInvitation(ctx, tx, Invitation{Purpose: First, Role: right.Administrator})
		link = base + InvitationPath + secret
		return err
	})
	if err != nil {
		return "", fmt.Errorf("prepare the link of the first administrator: %w", err)
	}
	return link, nil
}

// Appoint gives a role in the name of the installation itself, without asking who may: for a demonstration and for tests, never
// from a page. It still checks that the role fits the structure.
func (s *Service) Appoint(ctx context.Context, tx *store.Tx, g Giving) (string, error) {
	if err := s.checkGiving(ctx, tx, g); err != nil {
		return "", err
	}
	return s.insertGrant(ctx, tx, g, "", "")
}
