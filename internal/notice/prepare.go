package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// When people are reminded, and how much one mail and one look hold.
const (
	ahead       = 7 // days before the due day
	firstHour   = 7 // of the day in the installation's zone: nobody is woken
	mostInMail  = 20
	mostLooked  = 500
	peopleAtOne = 100
)

// Prepare writes the mails that are due now: what happened to dossiers, windows that close soon; reminders of actions due today or within a week, each action once for each of the two days; evidence that ends; and the digest on the
// day each person chose. It returns how many mails it wrote. Who gets them may work on the plan of the structure; an action whose owner has an account is told to
// its owner alone.
func (s *Service) Prepare(ctx context.Context) (written int, err error) {
	now := s.Now().In(s.Zone)
	if s.Sender == nil || now.Hour() < firstHour {
		return 0, nil
	}
	alone := hearers{}
	for after := ""; ; {
		var part []people.Person
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			part, err = activeAfter(ctx, tx, after)
			return err
		})
		if err != nil {
			return written, err
		}
		for _, p := range part {
			n, err := s.prepareFor(ctx, p, alone, now)
			if written += n; err != nil {
				return written, err
			}
			after = p.ID
		}
		if len(part) < peopleAtOne {
			return written, nil
		}
	}
}

// activeAfter reads people whose account may be used, in the order of their ids.
func activeAfter(ctx context.Context, tx *store.Tx, id string) ([]people.Person, error) {
	return store.All(ctx, tx, func(row store.Row) (p people.Person, err error) {
		return p, row.Scan(&p.ID, &p.Email, &p.Name, &p.Locale)
	}, `select id, email, name, locale from person where disabled_at = 0 and id > $1 order by id limit $2`, id, peopleAtOne)
}

// hearers tells, by owner and action, whether the owner of an action hears of it alone.
type hearers map[[2]string]bool

// alone tells whether an action is told to its owner alone: somebody with an account who may still work on its plan. Of an owner who left, whoever else
// keeps the plan has to hear.
func (h hearers) alone(ctx context.Context, tx *store.Tx, s *Service, a plan.Action) (bool, error) {
	if a.OwnerID == "" {
		return false, nil
	}
	key := [2]string{a.OwnerID, a.Structure}
	if known, ok := h[key]; ok {
		return known, nil
	}
	owner, err := s.People.PersonByID(ctx, tx, a.OwnerID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if err != nil || !owner.Disabled.IsZero() {
		h[key] = false
		return false, nil
	}
	actor, err := s.People.Actor(ctx, tx, a.OwnerID, true)
	if err != nil {
		return false, err
	}
	_, err = plan.ByID(ctx, tx, right.Visible(actor, right.EditActions), a.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	h[key] = err == nil
	return err == nil, nil
}

// prepareFor writes the mails for one person.
func (s *Service) prepareFor(ctx context.Context, p people.Person, alone hearers, now time.Time) (written int, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		written = 0
		choice, err := ChoiceOf(ctx, tx, p.ID)
		if err != nil || !choice.Reminders && !choice.Digest {
			return err
		}
		actor, err := s.People.Actor(ctx, tx, p.ID, true)
		if err != nil {
			return err
		}
		scope := right.Visible(actor, right.EditActions)
		if choice.Reminders {
			n, err := s.remind(ctx, tx, scope, p, alone, now)
			if written += n; err != nil {
				return err
			}
			n, err = s.remindEvidence(ctx, tx, actor, p, now)
			if written += n; err != nil {
				return err
			}
			n, err = s.dossiers(ctx, tx, actor, p, now)
			if written += n; err != nil {
				return err
			}
		}
		if choice.Digest && now.Weekday() == choice.DigestDay {
			n, err := s.digest(ctx, tx, scope, actor, p, now)
			if written += n; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("prepare the mail of a person: %w", err)
	}
	return written, nil
}

// midnight begins the day of a moment in its zone.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// remind writes one mail of all that is due today or within a week and was not told yet.
func (s *Service) remind(ctx context.Context, tx *store.Tx, scope territory.Scope, p people.Person, alone hearers, now time.Time) (int, error) {
	today := midnight(now)
	f := plan.Filter{States: []plan.State{plan.Open, plan.Doing}, DueFrom: today, DueBefore: today.AddDate(0, 0, ahead+1)}
	actions, _, err := plan.List(ctx, tx, scope, f, mostLooked, 0)
	if err != nil {
		return 0, err
	}
	var due []plan.Action
	for _, a := range actions {
		if others, err := alone.alone(ctx, tx, s, a); err != nil {
			return 0, err
		} else if others && a.OwnerID != p.ID {
			continue
		}
		day, kind := a.DueOn.In(s.Zone).Format(time.DateOnly), "soon"
		if day == today.Format(time.DateOnly) {
			kind = "today"
		}
		fresh, err := tell(ctx, tx, p.ID, "due-"+kind+"/"+a.ID+"/"+day, now)
		if err != nil {
			return 0, err
		}
		if fresh {
			due = append(due, a)
		}
	}
	if len(due) == 0 {
		return 0, nil
	}
	w := s.words(p)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", w.T("notice.hello", "name", p.Name))
	s.lines(&b, w, due, today)
	s.foot(&b, w)
	return 1, write(ctx, tx, p, w.T("notice.remind_subject", "count", len(due)), b.String(), now)
}

// digest writes what the week brings, once on its day; nothing when no action is open and no evidence ends.
func (s *Service) digest(ctx context.Context, tx *store.Tx, scope territory.Scope, actor right.Actor, p people.Person, now time.Time) (int, error) {
	t, err := plan.CountAll(ctx, tx, scope, now)
	if err != nil {
		return 0, err
	}
	ends, err := s.ending(ctx, tx, actor, endsInDigest, now)
	if err != nil || t.Current() == 0 && len(ends) == 0 {
		return 0, err
	}
	fresh, err := tell(ctx, tx, p.ID, "digest/"+now.Format(time.DateOnly), now)
	if err != nil || !fresh {
		return 0, err
	}
	levels, err := plan.Burndown(ctx, tx, scope, "", 1, now)
	if err != nil {
		return 0, err
	}
	w := s.words(p)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n%s\n\n", w.T("notice.hello", "name", p.Name), w.T("notice.digest_open", "count", t.Current()), w.T("notice.digest_closed", "count", levels[1].Closed))
	for _, part := range []struct {
		key    string
		count  int
		filter plan.Filter
	}{
		{"notice.digest_late", t.Late, plan.Filter{LateAt: now}},
		{"notice.digest_soon", t.Soon, plan.Filter{SoonAt: now}},
		{"notice.digest_first", t.Current(), plan.Filter{States: []plan.State{plan.Open, plan.Doing}, Order: plan.ByWorth}},
	} {
		if part.count == 0 {
			continue
		}
		most := mostInMail
		if part.filter.Order == plan.ByWorth {
			most = 3
		}
		actions, _, err := plan.List(ctx, tx, scope, part.filter, most, 0)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(&b, "%s\n\n", w.T(part.key, "count", part.count))
		s.lines(&b, w, actions, midnight(now))
	}
	if len(ends) > 0 {
		fmt.Fprintf(&b, "%s\n\n", w.T("notice.digest_evidence", "count", len(ends)))
		s.evidenceLines(&b, w, ends)
	}
	s.foot(&b, w)
	subject := w.T("notice.digest_subject", "open", t.Current(), "late", t.Late)
	if t.Current() == 0 {
		subject = w.T("notice.evidence_subject", "count", len(ends))
	}
	return 1, write(ctx, tx, p, subject, b.String(), now)
}

// words speaks a person's language.
func (s *Service) words(p people.Person) *locale.Printer {
	lang := locale.Lang(p.Locale)
	if !lang.Valid() {
		lang = locale.French
	}
	return s.Catalogue.Printer(lang, s.Zone)
}

// lines writes actions one under another, each with when it is due and where it is found.
func (s *Service) lines(b *strings.Builder, w *locale.Printer, actions []plan.Action, today time.Time) {
	for i, a := range actions {
		if i == mostInMail {
			fmt.Fprintf(b, "%s\n\n", w.T("notice.more", "count", len(actions)-i))
			break
		}
		fmt.Fprintf(b, "- %s\n", a.Title)
		if !a.DueOn.IsZero() {
			day := midnight(a.DueOn.In(s.Zone))
			text := w.T("notice.due", "day", w.Date(day))
			if day.Equal(today) {
				text = w.T("notice.due_today")
			}
			fmt.Fprintf(b, "  %s\n", text)
		}
		fmt.Fprintf(b, "  %s/structures/%s/actions/%s\n\n", s.Address, a.Structure, a.ID)
	}
}

// foot says where the mail comes from and how to have no more.
func (s *Service) foot(b *strings.Builder, w *locale.Printer) {
	fmt.Fprintf(b, "%s\n%s%s\n", w.T("notice.foot"), s.Address, choicePath)
}

// dayNumber is how a form names a day of the week: 1 for Monday to 7 for Sunday.
func dayNumber(d time.Weekday) string { return strconv.Itoa((int(d)+6)%7 + 1) }

// week is the days of the week as people here count them.
func week() []time.Weekday {
	return slices.Concat([]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}, []time.Weekday{time.Sunday})
}
