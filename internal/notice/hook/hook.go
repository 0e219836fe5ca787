// Package hook tells other programs what happens: an address registered for a structure gets a signed message when evidence is deposited, a run ends, a
// verdict changes or an action changes, there or below.
//
// # From a change to a message
//
// Triggers (package store) mark changes in the transaction that makes them. [Service.Gather] turns marks into messages, one for each address that wants to know,
// in the outbox; [Service.Deliver] sends them, and tries again ever more rarely for three days. A message may come twice, never in vain: it carries its id.
//
// # What a message tells, and to whom
//
// A message names things, it does not show them: what happened, to which structure, the id and the address of the thing, for a verdict what it was and is.
// Whoever wants more asks the interface with a token. A message is written only while the person who registered the address may still see such things there.
//
// # Signature
//
// Hygie-Signature is "t=SECONDS,v1=HEX": the HMAC-SHA256, under the secret of the address, of the seconds, a full stop and the body. A receiver compares, and
// refuses what is older than some minutes, so that a message overheard is of no use. The secret is never stored: it is derived from the installation's key.
//
// # Where messages go
//
// Only over https and only to public addresses, looked at when the connection is made, whatever the name said before; redirections are not followed. A
// setting of the installation lets private addresses in.
package hook

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Topic is something to be told.
type Topic string

// The topics.
const (
	EvidenceDeposited Topic = "evidence.deposited"
	RunFinished       Topic = "run.finished"
	VerdictChanged    Topic = "verdict.changed"
	ActionChanged     Topic = "action.changed"
	DossierMoved      Topic = "dossier.moved"
)

// Topics returns every topic, in the order in which they are offered.
func Topics() []Topic {
	return []Topic{EvidenceDeposited, RunFinished, VerdictChanged, ActionChanged, DossierMoved}
}

// Action is what whoever registers an address must be allowed to do, to be told of a topic.
func (t Topic) Action() right.Action {
	switch t {
	case EvidenceDeposited:
		return right.SeeProof
	case RunFinished:
		return right.SeeAudit
	case VerdictChanged:
		return right.SeePosture
	case ActionChanged:
		return right.SeeActions
	case DossierMoved:
		return right.SeeDossier
	}
	return ""
}

// Options are what the service needs; all but AllowPrivate and Transport are required.
type Options struct {
	DB        *store.DB
	People    *people.Service
	Trail     *trail.Trail
	Shelf     *proof.Shelf
	Key       []byte // of the installation, at least 32 bytes: the secrets of addresses come from it
	Address   string // public address of the platform, without a slash at its end
	Version   string
	Zone      *time.Location
	Now       func() time.Time
	Log       *slog.Logger
	Private   bool              // messages may go to private addresses, and without TLS
	Transport http.RoundTripper // for tests; nil: the network, guarded
}

// Service registers addresses and sends messages.
type Service struct {
	Options
	client *http.Client
}

// New makes the service.
func New(o Options) (*Service, error) {
	if len(o.Key) < 32 {
		return nil, fmt.Errorf("hook: the installation key has %d bytes, at least 32 are needed", len(o.Key))
	}
	if o.Transport == nil {
		o.Transport = guarded(o.Private)
	}
	return &Service{o, &http.Client{Transport: o.Transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Hook is an address that wants to know.
type Hook struct {
	ID        string
	Structure string
	URL       string
	Topics    []Topic
	Created   time.Time
	CreatedBy string // person
	salt      string
	interval  territory.Interval
}

// Bounds of addresses.
const (
	longestURL = 500
	mostHooks  = 20 // of one structure
)

// Register takes an address for a structure in scope and returns it with its secret, which is not shown again.
func (s *Service) Register(ctx context.Context, actor right.Actor, scope territory.Scope, h Hook) (made Hook, secret string, err error) {
	h.URL = strings.TrimSpace(h.URL)
	h.Topics = slices.DeleteFunc(h.Topics, func(t Topic) bool { return t.Action() == "" })
	var wrong []fault.Field
	if key := s.wrongURL(h.URL); key != "" {
		wrong = append(wrong, fault.Field{Name: "url", Key: key})
	}
	if len(h.Topics) == 0 {
		wrong = append(wrong, fault.Field{Name: "topics", Key: "hook.no_topic"})
	}
	if len(wrong) > 0 {
		return h, "", fault.Invalid(wrong...)
	}
	salt := make([]byte, 16)
	rand.Read(salt) //nolint:errcheck // never fails since Go 1.24
	h.salt, h.Created, h.CreatedBy = hex.EncodeToString(salt), s.Now(), actor.Person
	h.ID = store.NewID(h.Created)
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		for _, topic := range h.Topics {
			if _, err := right.Authorize(ctx, tx, actor, topic.Action(), h.Structure); err != nil {
				return err
			}
		}
		all, err := Of(ctx, tx, scope, h.Structure)
		if err != nil {
			return err
		}
		if len(all) >= mostHooks {
			return fault.Conflict("hook.many", "limit", mostHooks)
		}
		var w store.Where
		marks := ""
		for _, v := range []any{h.ID, h.URL, h.salt, joined(h.Topics), store.Millis(h.Created), h.CreatedBy} {
			marks += ", " + w.Arg(v)
		}
		w.And("s.id = ?", h.Structure)
		scope.Within(&w, "s.id")
		n, err := tx.Exec(ctx, `insert into webhook (structure_id, id, url, secret, events, created_at, created_by) select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("register an address: %w", err)
		}
		if n != 1 {
			return fault.NotFound("hook.not_found")
		}
		return s.Trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "hook.add", Structure: h.Structure, Subject: "hook/" + h.ID, Data: trail.Data(map[string]any{"host": hostOf(h.URL), "events": joined(h.Topics)})})
	})
	return h, s.secret(h), err
}

// wrongURL says what is wrong with an address, as a message; empty when nothing is.
func (s *Service) wrongURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(text) > longestURL:
		return "hook.bad_url"
	case u.Scheme != "https" && !(s.Private && u.Scheme == "http"):
		return "hook.not_https"
	}
	return ""
}

// hostOf is what the trail keeps of an address: the rest may hold a secret.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// Remove ends an address in scope; what waits for it is not sent any more.
func (s *Service) Remove(ctx context.Context, actor right.Actor, scope territory.Scope, structure, id string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		var w store.Where
		set := `update webhook set revoked_at = ` + w.Arg(store.Millis(s.Now()))
		w.And("id = ?", id)
		w.And("structure_id = ?", structure)
		w.And("revoked_at = 0")
		scope.Within(&w, "structure_id")
		n, err := tx.Exec(ctx, set+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("end an address: %w", err)
		}
		if n != 1 {
			return fault.NotFound("hook.not_found")
		}
		if _, err := tx.Exec(ctx, `update webhook_delivery set state = 'refused', ended_at = $1 where webhook_id = $2 and state = 'waiting'`, store.Millis(s.Now()), id); err != nil {
			return fmt.Errorf("end an address: %w", err)
		}
		return s.Trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "hook.remove", Structure: structure, Subject: "hook/" + id})
	})
}

const hookColumns = `h.id, h.structure_id, h.url, h.secret, h.events, h.created_at, h.created_by, s.lft, s.rgt`

func scanHook(row store.Row) (h Hook, err error) {
	var topics string
	var created int64
	err = row.Scan(&h.ID, &h.Structure, &h.URL, &h.salt, &topics, &created, &h.CreatedBy, &h.interval.Left, &h.interval.Right)
	for topic := range strings.SplitSeq(topics, ",") {
		h.Topics = append(h.Topics, Topic(topic))
	}
	h.Created = store.Time(created)
	return h, err
}

// Of lists the addresses of a structure in scope, the oldest first.
func Of(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Hook, error) {
	var w store.Where
	w.And("h.structure_id = ?", structure)
	w.And("h.revoked_at = 0")
	scope.Within(&w, "h.structure_id")
	list, err := store.All(ctx, tx, scanHook, `select `+hookColumns+` from webhook h join structure s on s.id = h.structure_id`+w.SQL()+` order by h.created_at, h.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	return list, nil
}

func joined(topics []Topic) string {
	var texts []string
	for _, t := range topics {
		texts = append(texts, string(t))
	}
	return strings.Join(texts, ",")
}

// secret of an address.
func (s *Service) secret(h Hook) string {
	mac := hmac.New(sha256.New, s.Key)
	fmt.Fprintf(mac, "webhook\n%s\n%s", h.ID, h.salt)
	return "hygiehook_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Sign makes the signature of a body at a moment, as the header carries it.
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at.Unix())
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}
