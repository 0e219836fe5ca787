package app

import (
	"context"
	"time"

	"hygie/internal/exhibit"
	"hygie/internal/incident"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web/asset"
)

// exhibits gives incidents their registers of exhibits. What leaves is signed with the key of journals; scratch is a folder for files under way.
func (p *Platform) exhibits(secret secrets, assets *asset.Set, scratch string, now func() time.Time) (*exhibit.Module, error) {
	private, err := secret.folder.Ed25519("journal")
	if err != nil {
		return nil, err
	}
	return exhibit.New(exhibit.Options{DB: p.DB, Books: p.Books, Trail: p.Trail, Private: private, Now: now, Scratch: scratch, Digest: assets.URL(exhibit.DigestName), Worker: assets.URL(exhibit.WorkerName),
		Find: func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (exhibit.Incident, error) {
			i, err := incident.Find(ctx, tx, scope, structure, id)
			return exhibit.Incident{ID: i.ID, Structure: i.Structure, Title: i.Title, Book: i.Book, Open: i.Closed.IsZero()}, err
		}}), nil
}
