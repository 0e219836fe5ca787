package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/directory/report"
	"hygie/internal/store"
)

// Tie is one thing that a domain of a run has in common with others, or by which others may know it.
type Tie struct {
	Run    string
	Domain string // DNS name
	Kind   TieKind
	Name   string
	SID    string
	Other  string
	Detail []string // codes
	At     time.Time
}

// TieKind says what a tie is.
type TieKind string

// The kinds of ties.
const (
	Self       TieKind = "self"       // the domain itself: its SID
	Trust      TieKind = "trust"      // Name: the partner; SID: its domain; Detail: direction, kind, and flags
	Member     TieKind = "member"     // SID: an account of elsewhere; Other: the group that it is in
	History    TieKind = "history"    // SID: an identifier of elsewhere; Other: the account that keeps it
	Privileged TieKind = "privileged" // Name: the account; Other: its distinguished name; At: its password
)

// tiesOf lays the ties of a report out for the table.
func tiesOf(run string, r *report.Report) []Tie {
	var out []Tie
	for _, d := range r.Domains {
		add := func(t Tie) {
			t.Run, t.Domain = run, d.DNSName
			out = append(out, t)
		}
		if d.Ties == nil {
			continue
		}
		add(Tie{Kind: Self, Name: d.NetBIOS, SID: d.SID})
		for _, t := range d.Ties.Trusts {
			detail := []string{t.Direction, t.Kind}
			for _, flag := range []struct {
				on   bool
				word string
			}{{t.Filtered, "filtered"}, {t.Selective, "selective"}, {t.Delegates, "delegates"}} {
				if flag.on {
					detail = append(detail, flag.word)
				}
			}
			add(Tie{Kind: Trust, Name: t.Partner, SID: t.SID, Detail: detail})
		}
		for _, m := range d.Ties.ForeignMembers {
			tie := Tie{Kind: Member, Name: m.Member, SID: m.MemberSID, Other: m.Group}
			if m.Privileged {
				tie.Detail = []string{"privileged"}
			}
			add(tie)
		}
		for _, h := range d.Ties.SIDHistory {
			add(Tie{Kind: History, SID: h.Past, Other: h.DN})
		}
		for _, p := range d.Ties.Privileged {
			tie := Tie{Kind: Privileged, Name: p.Name, SID: p.SID, Other: p.DN}
			if !p.Enabled {
				tie.Detail = []string{"disabled"}
			}
			if p.PasswordSet != nil {
				tie.At = *p.PasswordSet
			}
			add(tie)
		}
	}
	return out
}

// insertTies writes the ties of a run.
func insertTies(ctx context.Context, tx *store.Tx, ties []Tie) error {
	for i, t := range ties {
		if _, err := tx.Exec(ctx, `insert into audit_tie (run_id, domain, number, kind, name, sid, other, detail, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.Run, store.Text(t.Domain), i+1, string(t.Kind), store.Text(t.Name), store.Text(t.SID), store.Text(t.Other), strings.Join(t.Detail, " "), store.Millis(t.At)); err != nil {
			return fmt.Errorf("record ties: %w", err)
		}
	}
	return nil
}

// tiesOfRuns reads the ties of some runs, which the caller may see.
func tiesOfRuns(ctx context.Context, tx *store.Tx, runs []string) ([]Tie, error) {
	var w store.Where
	in(&w, "run_id", runs)
	ties, err := store.All(ctx, tx, func(row store.Row) (t Tie, err error) {
		var detail string
		var at int64
		err = row.Scan(&t.Run, &t.Domain, &t.Kind, &t.Name, &t.SID, &t.Other, &detail, &at)
		t.Detail, t.At = strings.Fields(detail), store.Time(at)
		return t, err
	}, `select run_id, domain, kind, name, sid, other, detail, at from audit_tie`+w.SQL()+` order by run_id, number`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read ties: %w", err)
	}
	return ties, nil
}
