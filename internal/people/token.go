package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Token lets a program act for a person, at most until a day, at most on one structure, perhaps only to read. It never gives more than its person has at
// the moment of the request: a role withdrawn from the person is withdrawn from the token.
type Token struct {
	ID            string
	Person        string
	Structure     string // it reaches this and what is below; empty: as far as its person
	StructureName string
	ReadOnly      bool
	Name          string // what the person calls it
	Created       time.Time
	Expires       time.Time
	Used          time.Time // to the minute; zero: never
}

// TokenPrefix begins every token, so that one that leaked can be recognised by those who look for secrets.
const TokenPrefix = "hygie_"

// Bounds of tokens.
const (
	longestToken = 366 * 24 * time.Hour
	mostTokens   = 50
	longestName  = 100
)

// MakeToken makes a token for the person who asks, in a strong session, and returns its secret, which is never shown again.
func (s *Service) MakeToken(ctx context.Context, tx *store.Tx, actor right.Actor, t Token) (secret string, made Token, err error) {
	t.Name = strings.TrimSpace(t.Name)
	now := s.now()
	var wrong []fault.Field
	if t.Name == "" || utf8.RuneCountInString(t.Name) > longestName {
		wrong = append(wrong, fault.Field{Name: "name", Key: "people.token_name"})
	}
	if !t.Expires.After(now) || t.Expires.Sub(now) > longestToken {
		wrong = append(wrong, fault.Field{Name: "expires", Key: "people.token_expires"})
	}
	if len(wrong) > 0 {
		return "", t, fault.Invalid(wrong...)
	}
	if !actor.Strong {
		return "", t, fault.Refused("people.token_weak")
	}
	if t.Structure != "" {
		if _, err := right.Authorize(ctx, tx, actor, right.SeeStructure, t.Structure); err != nil {
			return "", t, err
		}
	}
	held, err := store.One(ctx, tx, store.Column[int], `select count(*) from api_token where person_id = $1 and revoked_at = 0 and expires_at > $2`, actor.Person, store.Millis(now))
	if err != nil {
		return "", t, fmt.Errorf("count tokens: %w", err)
	}
	if held >= mostTokens {
		return "", t, fault.Conflict("people.token_many", "limit", mostTokens)
	}
	if secret, err = s.NewSecret(); err != nil {
		return "", t, err
	}
	secret = TokenPrefix + secret
	t.ID, t.Person, t.Created = store.NewID(now), actor.Person, now
	_, err = tx.Exec(ctx, `insert into api_token (id, token_hash, person_id, structure_id, read_only, name, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.ID, HashSecret(secret), t.Person, nullable(t.Structure), t.ReadOnly, t.Name, store.Millis(now), store.Millis(t.Expires))
	if err != nil {
		return "", t, fmt.Errorf("make a token: %w", err)
	}
	detail := map[string]string{"name": t.Name, "until": day(t.Expires)}
	return secret, t, s.Record(ctx, tx, Event{Actor: actor.Person, Action: "people.add_token", Subject: t.ID, Structure: t.Structure, Detail: detail})
}

const tokenColumns = `t.id, t.person_id, coalesce(t.structure_id, ''), coalesce(x.name, ''), t.read_only, t.name, t.created_at, t.expires_at, t.used_at`

const tokenFrom = ` from api_token t left join structure x on x.id = t.structure_id`

func scanToken(row store.Row) (t Token, err error) {
	var created, expires, used int64
	err = row.Scan(&t.ID, &t.Person, &t.Structure, &t.StructureName, &t.ReadOnly, &t.Name, &created, &expires, &used)
	t.Created, t.Expires, t.Used = store.Time(created), store.Time(expires), store.Time(used)
	return t, err
}

// Tokens returns the tokens of a person that are in force, the latest made first.
func (s *Service) Tokens(ctx context.Context, tx *store.Tx, person string) ([]Token, error) {
	list, err := store.All(ctx, tx, scanToken, `select `+tokenColumns+tokenFrom+` where t.person_id = $1 and t.revoked_at = 0 and t.expires_at > $2 order by t.created_at desc, t.id desc`,
		person, store.Millis(s.now()))
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

// RevokeToken ends one of the person's own tokens. The error is fault.NotFound when it is not theirs or has ended.
func (s *Service) RevokeToken(ctx context.Context, tx *store.Tx, person, id string) error {
	n, err := tx.Exec(ctx, `update api_token set revoked_at = $1 where id = $2 and person_id = $3 and revoked_at = 0`, store.Millis(s.now()), id, person)
	if err != nil {
		return fmt.Errorf("end a token: %w", err)
	}
	if n == 0 {
		return fault.NotFound("people.no_token")
	}
	return s.Record(ctx, tx, Event{Actor: person, Action: "people.revoke_token", Subject: id})
}

// ByToken finds for whom a token acts: the actor with the grants that count now, cut to what the token reaches. The zero Actor comes back, without error, when
// the token is unknown or has ended, or when the account was closed.
func (s *Service) ByToken(ctx context.Context, secret string) (actor right.Actor, t Token, err error) {
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) > 200 {
		return right.Actor{}, Token{}, nil
	}
	now := s.now()
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		t, err = store.One(ctx, tx, scanToken, `select `+tokenColumns+tokenFrom+` join person p on p.id = t.person_id
			where t.token_hash = $1 and t.revoked_at = 0 and t.expires_at > $2 and p.disabled_at = 0`, HashSecret(secret), store.Millis(now))
		if err != nil {
			return err
		}
		if actor, err = s.Actor(ctx, tx, t.Person, true); err != nil {
			return err
		}
		actor.ReadOnly = t.ReadOnly
		if t.Structure != "" {
			actor.Grants, err = within(ctx, tx, actor.Grants, t.Structure)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return right.Actor{}, Token{}, nil
	}
	if err != nil {
		return right.Actor{}, Token{}, fmt.Errorf("read the token: %w", err)
	}
	if now.Sub(t.Used) >= touchEvery {
		t.Used = now
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update api_token set used_at = $1 where id = $2 and used_at < $1`, store.Millis(now), t.ID)
			return err
		})
		if err != nil {
			return right.Actor{}, Token{}, fmt.Errorf("note the last use of the token: %w", err)
		}
	}
	return actor, t, nil
}

// within cuts grants to a structure: those that cover it count on it alone, those below stay, the others go.
func within(ctx context.Context, tx *store.Tx, grants []right.Grant, structure string) ([]right.Grant, error) {
	interval, leaves, err := territory.Extent(ctx, tx, territory.ID(structure))
	if err != nil {
		return nil, err
	}
	var kept []right.Grant
	for _, g := range grants {
		switch {
		case g.Interval.Left <= interval.Left && interval.Right <= g.Interval.Right:
			g.Structure, g.Interval, g.Leaves = structure, interval, leaves
		case interval.Left <= g.Interval.Left && g.Interval.Right <= interval.Right:
		default:
			continue
		}
		kept = append(kept, g)
	}
	return kept, nil
}
