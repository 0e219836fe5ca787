package app

import (
	"context"
	"time"

	"hygie/crisisfolder"
	"hygie/internal/continuity"
	"hygie/internal/incident"
	"hygie/internal/locale"
	"hygie/internal/reflex"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// foldersEvery is how often the platform looks for crisis folders that something else than an act made old.
const foldersEvery = 10 * time.Minute

// folders gives structures their crisis folder, made of their contacts and services, of reflex cards and of whom incidents tell to call. It is in the
// language that the establishment chose, whoever asks for it.
func (p *Platform) folders(catalogue *locale.Catalogue, zone *time.Location, cards *reflex.Module, now func() time.Time) *continuity.Module {
	m := continuity.New(continuity.Options{DB: p.DB, Vault: p.Vault, Trail: p.Trail, Queue: p.Queue, Now: now, Log: p.log, Bring: p.Bring, Program: Version,
		Printer: func(lang locale.Lang) *locale.Printer { return catalogue.Printer(lang, zone) },
		Outside: incident.NumbersChanged,
		Calls: func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]crisisfolder.Contact, error) {
			calls, err := p.Incidents.Calls(ctx, tx, scope, structure)
			all := make([]crisisfolder.Contact, len(calls))
			for i, c := range calls {
				all[i] = crisisfolder.Contact{Name: c.Name, Role: c.For, Phones: []string{c.Phone}, Mail: c.Web, Hours: c.Hours, Source: c.Source, Unsure: c.Unsure}
			}
			return all, err
		},
		Cards: func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]crisisfolder.Card, error) {
			sheets, err := cards.Sheets(ctx, tx, scope, structure)
			all := make([]crisisfolder.Card, len(sheets))
			for i, s := range sheets {
				all[i] = crisisfolder.Card(s)
			}
			return all, err
		}})
	p.Runner.Handle(continuity.JobKind, m.Work)
	return m
}
