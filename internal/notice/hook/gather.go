package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Message is the body of what an address is sent.
type Message struct {
	ID        string    `json:"id"` // the same when it is sent again
	Event     Topic     `json:"event"`
	At        time.Time `json:"at"`
	Structure Place     `json:"structure"`
	Subject   Subject   `json:"subject"`
	Change    *Change   `json:"change,omitempty"` // of a verdict
}

// Place is the structure that something happened to.
type Place struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Finess string `json:"finess,omitempty"`
}

// Subject is the thing that something happened to.
type Subject struct {
	Kind  string `json:"kind"` // evidence, action, directory, exposure or requirement
	ID    string `json:"id"`
	State string `json:"state,omitempty"` // of a run or an action
	URL   string `json:"url"`             // where the interface shows it
}

// Change is what a verdict was and is.
type Change struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// mark is a change that was noted.
type mark struct {
	number               int64
	kind, ref, structure string
}

// atOnce is how many marks one transaction follows.
const atOnce = 100

// Gather turns marks into messages, and returns how many marks it followed.
func (s *Service) Gather(ctx context.Context) (n int, err error) {
	waiting := false
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		waiting, err = store.One(ctx, tx, store.Column[bool], `select exists (select 1 from webhook_due)`)
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		marks, err := store.All(ctx, tx, func(row store.Row) (m mark, err error) {
			return m, row.Scan(&m.number, &m.kind, &m.ref, &m.structure)
		}, `select number, kind, ref, structure_id from webhook_due order by number limit $1`, atOnce)
		if err != nil {
			return err
		}
		n = len(marks)
		seen := map[mark]bool{}
		judge := map[string]bool{}
		for _, m := range marks {
			if _, err := tx.Exec(ctx, `delete from webhook_due where number = $1`, m.number); err != nil {
				return err
			}
			m.number = 0
			if seen[m] {
				continue
			}
			seen[m] = true
			judge[m.structure] = judge[m.structure] || m.kind == "fact" || m.kind == "evidence"
			if err := s.follow(ctx, tx, m); err != nil {
				return fmt.Errorf("%s %s: %w", m.kind, m.ref, err)
			}
		}
		for structure, changed := range judge {
			if changed {
				if err := s.judge(ctx, tx, structure); err != nil {
					return fmt.Errorf("verdicts of %s: %w", structure, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("gather what is to be told: %w", err)
	}
	return n, nil
}

// follow writes the messages of one mark.
func (s *Service) follow(ctx context.Context, tx *store.Tx, m mark) error {
	topic, path, query := Topic(""), "", ""
	switch m.kind {
	case "evidence":
		topic, path, query = EvidenceDeposited, "/evidence/", `select '' from evidence where id = $1`
	case "action":
		topic, path, query = ActionChanged, "/actions/", `select state from action where id = $1`
	case "dossier":
		topic, path, query = DossierMoved, "/dossiers/", `select state from dossier where id = $1`
	case "directory":
		topic, path, query = RunFinished, "/directory/runs/", `select state from audit_run where id = $1`
	case "exposure":
		topic, path, query = RunFinished, "/exposure/runs/", `select state from exposure_run where id = $1`
	default:
		return nil
	}
	hooks, place, err := s.listening(ctx, tx, m.structure, topic)
	if err != nil || len(hooks) == 0 {
		return err
	}
	state, err := store.One(ctx, tx, store.Column[string], query, m.ref)
	if err != nil {
		return err
	}
	subject := Subject{Kind: m.kind, ID: m.ref, State: state, URL: s.Address + "/api/v1/structures/" + m.structure + path + m.ref}
	return s.queue(ctx, tx, hooks, Message{Event: topic, Structure: place, Subject: subject})
}

// listening finds the addresses that are told of a topic at a structure, with the structure itself: those registered for it or above, by somebody who may
// still see such things there.
func (s *Service) listening(ctx context.Context, tx *store.Tx, structure string, topic Topic) ([]Hook, Place, error) {
	at, err := territory.Get(ctx, tx, territory.Everything(), territory.ID(structure))
	if err != nil {
		return nil, Place{}, err
	}
	all, err := store.All(ctx, tx, scanHook, `select `+hookColumns+` from webhook h join structure s on s.id = h.structure_id
		where h.revoked_at = 0 and s.lft <= $1 and s.rgt >= $2 order by h.id`, at.Interval.Left, at.Interval.Right)
	if err != nil {
		return nil, Place{}, err
	}
	var list []Hook
	for _, h := range all {
		if !slices.Contains(h.Topics, topic) {
			continue
		}
		person, err := s.People.PersonByID(ctx, tx, h.CreatedBy)
		if err != nil {
			return nil, Place{}, err
		}
		actor, err := s.People.Actor(ctx, tx, h.CreatedBy, true)
		if err != nil {
			return nil, Place{}, err
		}
		if person.Active() && right.Visible(actor, topic.Action()).Holds(at.Interval) {
			list = append(list, h)
		}
	}
	return list, Place{ID: structure, Name: at.Name, Finess: at.Finess}, nil
}

// queue puts a message into the outbox of each address.
func (s *Service) queue(ctx context.Context, tx *store.Tx, hooks []Hook, m Message) error {
	m.At = s.Now().UTC()
	for _, h := range hooks {
		m.ID = store.NewID(m.At)
		body, err := json.Marshal(m)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into webhook_delivery (id, webhook_id, event, body, state, queued_at, next_at) values ($1, $2, $3, $4, 'waiting', $5, $5)`,
			m.ID, h.ID, string(m.Event), string(body), store.Millis(m.At))
		if err != nil {
			return fmt.Errorf("write a message: %w", err)
		}
	}
	return nil
}

// judge tells of the verdicts of a structure that are not what they last were. What they were when nobody kept it yet is what was known when the oldest address
// was registered.
func (s *Service) judge(ctx context.Context, tx *store.Tx, structure string) error {
	hooks, place, err := s.listening(ctx, tx, structure, VerdictChanged)
	if err != nil || len(hooks) == 0 {
		return err
	}
	before, err := kept(ctx, tx, structure)
	if err != nil {
		return err
	}
	if len(before) == 0 {
		oldest := slices.MinFunc(hooks, func(a, b Hook) int { return a.Created.Compare(b.Created) })
		if before, err = s.verdicts(ctx, tx, structure, oldest.Created); err != nil {
			return err
		}
	}
	now, err := s.verdicts(ctx, tx, structure, s.Now())
	if err != nil {
		return err
	}
	for _, line := range now.order() {
		is, was := now[line], before[line]
		if _, err := tx.Exec(ctx, `insert into webhook_verdict (structure_id, package_id, requirement, status) values ($1, $2, $3, $4)
			on conflict (structure_id, package_id, requirement) do update set status = excluded.status`, structure, line[0], line[1], string(is)); err != nil {
			return fmt.Errorf("keep a verdict: %w", err)
		}
		if was == "" || was == is {
			continue
		}
		subject := Subject{Kind: "requirement", ID: line[0] + "/" + line[1], URL: s.Address + "/api/v1/structures/" + structure + "/referentials/" + line[0] + "/verdicts"}
		if err := s.queue(ctx, tx, hooks, Message{Event: VerdictChanged, Structure: place, Subject: subject, Change: &Change{From: string(was), To: string(is)}}); err != nil {
			return err
		}
	}
	return nil
}

// statuses are verdicts by package and requirement.
type statuses map[[2]string]referential.Status

func (s statuses) order() [][2]string {
	var list [][2]string
	for line := range s {
		list = append(list, line)
	}
	slices.SortFunc(list, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return list
}

// kept reads the verdicts that were last told of.
func kept(ctx context.Context, tx *store.Tx, structure string) (statuses, error) {
	all := statuses{}
	_, err := store.All(ctx, tx, func(row store.Row) (n struct{}, err error) {
		var line [2]string
		var status referential.Status
		err = row.Scan(&line[0], &line[1], &status)
		all[line] = status
		return n, err
	}, `select package_id, requirement, status from webhook_verdict where structure_id = $1`, structure)
	return all, err
}

// verdicts asks for the verdicts of a structure as known at a moment.
func (s *Service) verdicts(ctx context.Context, tx *store.Tx, structure string, at time.Time) (statuses, error) {
	place, err := territory.Get(ctx, tx, territory.Everything(), territory.ID(structure))
	if err != nil {
		return nil, err
	}
	set, err := s.Shelf.At(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	judged, err := proof.AssessAll(ctx, tx, territory.Everything(), set.Board, place, at, s.Zone)
	if err != nil {
		return nil, err
	}
	all := statuses{}
	for _, a := range judged {
		for _, v := range a.Requirements {
			all[[2]string{a.Package, v.Code}] = v.Status
		}
	}
	return all, nil
}
