package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

const columns = `c.id, c.structure_id, c.title, c.story, c.opens_at, c.closes_at, c.note, c.created_by`

func scan(row store.Row) (o Campaign, err error) {
	var opens, closes int64
	err = row.Scan(&o.ID, &o.Structure, &o.Title, &o.Story, &opens, &closes, &o.Note, &o.By)
	o.Opens, o.Closes = store.Time(opens), store.Time(closes)
	return o, err
}

// Launch records a campaign of a structure in scope with its invitations, and gives its id.
func Launch(ctx context.Context, tx *store.Tx, scope territory.Scope, c Campaign, invited []string, now time.Time) (string, error) {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(c.Structure)); err != nil {
		return "", err
	}
	id := store.NewID(now)
	_, err := tx.Exec(ctx, `insert into campaign (id, structure_id, title, story, opens_at, closes_at, note, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, c.Structure, c.Title, c.Story, store.Millis(c.Opens), store.Millis(c.Closes), c.Note, store.Millis(now), c.By)
	if err != nil {
		return "", fmt.Errorf("launch a campaign for %s: %w", c.Structure, err)
	}
	for _, structure := range invited {
		if _, err := tx.Exec(ctx, `insert into campaign_invitation (campaign_id, structure_id, state) values ($1, $2, $3)`, id, structure, string(Invited)); err != nil {
			return "", fmt.Errorf("invite %s: %w", structure, err)
		}
	}
	return id, nil
}

// ByID finds a campaign of a structure in scope; a [fault.NotFound] otherwise.
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Campaign, error) {
	var w store.Where
	w.And("c.id = ?", id)
	w.And("c.structure_id = ?", structure)
	scope.Within(&w, "c.structure_id")
	o, err := store.One(ctx, tx, scan, `select `+columns+` from campaign c`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return o, fault.NotFound("campaign.not_found")
	}
	return o, err
}

// List lists the campaigns of a structure in scope, the latest first.
func List(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Campaign, error) {
	var w store.Where
	w.And("c.structure_id = ?", structure)
	scope.Within(&w, "c.structure_id")
	all, err := store.All(ctx, tx, scan, `select `+columns+` from campaign c`+w.SQL()+` order by c.opens_at desc, c.id desc limit 200`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the campaigns of %s: %w", structure, err)
	}
	return all, nil
}

func scanInvitation(row store.Row) (o Invitation, err error) {
	var answered int64
	err = row.Scan(&o.Campaign, &o.Structure, &o.Name, &o.State, &answered, &o.Reason, &o.Exercise)
	o.Answered = store.Time(answered)
	return o, err
}

const invitationColumns = `i.campaign_id, i.structure_id, s.name, i.state, i.answered_at, i.reason, i.exercise_id`

// Invitations lists those of a campaign that was read with its scope, to establishments in scope, by name.
func Invitations(ctx context.Context, tx *store.Tx, scope territory.Scope, campaign string) ([]Invitation, error) {
	var w store.Where
	w.And("i.campaign_id = ?", campaign)
	scope.Within(&w, "i.structure_id")
	all, err := store.All(ctx, tx, scanInvitation, `select `+invitationColumns+` from campaign_invitation i join structure s on s.id = i.structure_id`+w.SQL()+` order by s.name, s.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the invitations of campaign %s: %w", campaign, err)
	}
	return all, nil
}

// received is an invitation with its campaign, as an establishment sees it.
type received struct {
	Campaign
	Invitation
}

// Received lists the invitations of an establishment in scope, the latest first. What is above it is not in its scope, and needs not be: the invitation shows it.
func Received(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]received, error) {
	var w store.Where
	w.And("i.structure_id = ?", structure)
	scope.Within(&w, "i.structure_id")
	all, err := store.All(ctx, tx, func(row store.Row) (o received, err error) {
		var opens, closes, answered int64
		err = row.Scan(&o.ID, &o.Campaign.Structure, &o.Title, &o.Story, &opens, &closes, &o.Note, &o.By, &o.Invitation.Campaign, &o.Invitation.Structure, &o.Name, &o.State, &answered, &o.Reason, &o.Exercise)
		o.Opens, o.Closes, o.Answered = store.Time(opens), store.Time(closes), store.Time(answered)
		return o, err
	}, `select `+columns+`, `+invitationColumns+` from campaign_invitation i join campaign c on c.id = i.campaign_id join structure s on s.id = i.structure_id`+w.SQL()+` order by c.opens_at desc, c.id desc limit 200`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the invitations of %s: %w", structure, err)
	}
	return all, nil
}

// Answer keeps what an establishment in scope answers.
func Answer(ctx context.Context, tx *store.Tx, scope territory.Scope, o Invitation, person string, now time.Time) error {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(o.Structure)); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update campaign_invitation set state = $1, answered_at = $2, answered_by = $3, reason = $4, exercise_id = $5 where campaign_id = $6 and structure_id = $7 and exercise_id = ''`,
		string(o.State), store.Millis(now), person, o.Reason, o.Exercise, o.Campaign, o.Structure)
	if err != nil {
		return fmt.Errorf("answer the invitation of %s: %w", o.Structure, err)
	}
	if n == 0 {
		return fault.Conflict("campaign.answered")
	}
	return nil
}

// A Target is the share that is aimed at for a year, in hundredths.
type Target struct {
	Year     int
	Audience Audience
	Share    int
}

// Targets lists what a structure in scope aims at, by year.
func Targets(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Target, error) {
	var w store.Where
	w.And("t.structure_id = ?", structure)
	scope.Within(&w, "t.structure_id")
	return store.All(ctx, tx, func(row store.Row) (t Target, err error) {
		return t, row.Scan(&t.Year, &t.Audience, &t.Share)
	}, `select t.year, t.audience, t.share from campaign_target t`+w.SQL()+` order by t.year, t.audience`, w.Args()...)
}

// Aim sets a target of a structure in scope.
func Aim(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, t Target) error {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(structure)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into campaign_target (structure_id, year, audience, share) values ($1, $2, $3, $4) on conflict (structure_id, year, audience) do update set share = excluded.share`,
		structure, t.Year, string(t.Audience), t.Share)
	if err != nil {
		return fmt.Errorf("aim at a share for %s: %w", structure, err)
	}
	return nil
}

// essentials are the operators of essential services in scope.
func essentials(ctx context.Context, tx *store.Tx, scope territory.Scope) (map[string]bool, error) {
	var w store.Where
	scope.Within(&w, "e.structure_id")
	ids, err := store.All(ctx, tx, store.Column[string], `select e.structure_id from campaign_essential e`+w.SQL(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list operators of essential services: %w", err)
	}
	all := map[string]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all, nil
}

// NoteEssential notes which of the establishments of a territory in scope are operators of essential services; those that are not named are none any more.
func NoteEssential(ctx context.Context, tx *store.Tx, scope territory.Scope, among, essential []string, person string, now time.Time) error {
	named := map[string]bool{}
	for _, id := range essential {
		named[id] = true
	}
	for _, id := range among {
		if _, err := territory.Get(ctx, tx, scope, territory.ID(id)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from campaign_essential where structure_id = $1`, id); err != nil {
			return fmt.Errorf("note operators of essential services: %w", err)
		}
		if !named[id] {
			continue
		}
		if _, err := tx.Exec(ctx, `insert into campaign_essential (structure_id, noted_at, noted_by) values ($1, $2, $3)`, id, store.Millis(now), person); err != nil {
			return fmt.Errorf("note operators of essential services: %w", err)
		}
	}
	return nil
}
