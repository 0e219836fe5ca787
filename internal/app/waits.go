package app

import (
	"slices"
	"time"

	"hygie/internal/assessment"
	"hygie/internal/funding"
	"hygie/internal/incident"
	"hygie/internal/overview"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// incidentAlarm tells of an incident under way, to those who follow it.
func incidentAlarm(c *web.Context, tx *store.Tx, s territory.Structure) (ui.NextAction, error) {
	i, found, err := incident.UnderWay(c.Ctx, tx, right.Visible(c.Actor, right.SeeIncident), string(s.ID))
	if err != nil || !found {
		return ui.NextAction{}, err
	}
	p := c.Printer
	return ui.NextAction{Line: p.T("overview.alarm_incident", "title", i.Title), Why: p.T("overview.alarm_incident_why", "date", p.DateTime(i.Noticed)),
		Act: ui.Button{Text: p.T("overview.alarm_incident_open"), Kind: ui.Primary, Href: "/structures/" + i.Structure + "/incidents/" + i.ID}}, nil
}

// closesSoon is how long before a window closes an application that is not deposited comes first on the home page of who may deposit it.
const closesSoon = 30 * 24 * time.Hour

// firstOf asks several modules in turn what waits, until one answers.
func firstOf(all ...overview.Waits) overview.Waits {
	return func(c *web.Context, tx *store.Tx, g right.Grant, s territory.Structure) (ui.NextAction, error) {
		for _, waits := range all {
			if next, err := waits(c, tx, g, s); err != nil || next.Line != "" {
				return next, err
			}
		}
		return ui.NextAction{}, nil
	}
}

// beginning leads a structure that never did it to the questionnaire written for its category: who has no computer specialist learns there what to ask for.
func beginning(shelf *proof.Shelf, now func() time.Time) overview.Waits {
	return func(c *web.Context, tx *store.Tx, _ right.Grant, s territory.Structure) (ui.NextAction, error) {
		if s.Kind != territory.Entity || !c.May(right.AddProof, s.Interval) {
			return ui.NextAction{}, nil
		}
		p, found, err := assessment.Start(c.Ctx, tx, right.Visible(c.Actor, right.SeePosture), shelf, s, now())
		if err != nil || !found {
			return ui.NextAction{}, err
		}
		lang := referential.Lang(c.Printer.Lang())
		return ui.NextAction{Line: c.T("overview.waits_begin", "title", p.Title.In(lang)), Why: p.Aim.In(lang),
			Act: ui.Button{Text: c.T("overview.act_assessment_start"), Kind: ui.Primary, Href: "/structures/" + string(s.ID) + "/assessments"}}, nil
	}
}

// fundingWaits tells of applications that wait for somebody: those that an agency has on its desk, those in which an agency asked for corrections, those that
// are not deposited although their window closes soon.
func fundingWaits(now func() time.Time) overview.Waits {
	return func(c *web.Context, tx *store.Tx, g right.Grant, s territory.Structure) (ui.NextAction, error) {
		w := waiter{c, tx, now(), s}
		switch g.Role {
		case right.RegionalInstructor:
			return w.desk(right.InstructRegion, "/instruction/region", funding.Deposited, funding.RegionalReview, funding.RegionalOpinion, funding.Declared, funding.RegionalControl)
		case right.NationalInstructor:
			return w.desk(right.InstructNation, "/instruction/nation", funding.Endorsed, funding.NationalReview, funding.NationalOpinion, funding.Proposed, funding.Appeal, funding.NationalControl)
		}
		next, err := w.corrections()
		if err != nil || next.Line != "" {
			return next, err
		}
		return w.closing()
	}
}

// waiter looks for applications on behalf of the reader of a page.
type waiter struct {
	c   *web.Context
	tx  *store.Tx
	now time.Time
	at  territory.Structure
}

// mostWaiting is how many applications are looked at to count them.
const mostWaiting = 500

func (w waiter) list(action right.Action, f funding.Filter) ([]funding.Dossier, error) {
	f.Limit = mostWaiting
	list, _, err := funding.List(w.c.Ctx, w.tx, right.Visible(w.c.Actor, action), f)
	return list, err
}

// desk counts what an agency has in hand. What may still be deposited anew is not there yet.
func (w waiter) desk(action right.Action, path string, states ...funding.State) (ui.NextAction, error) {
	list, err := w.list(action, funding.Filter{Below: w.at.Interval, States: states})
	if err != nil {
		return ui.NextAction{}, err
	}
	list = slices.DeleteFunc(list, func(d funding.Dossier) bool { return d.State == funding.Deposited && d.ClosesSeen.After(w.now) })
	if len(list) == 0 {
		return ui.NextAction{}, nil
	}
	p, oldest := w.c.Printer, slices.MinFunc(list, func(a, b funding.Dossier) int { return a.DepositedAt.Compare(b.DepositedAt) })
	return ui.NextAction{Line: p.T("overview.waits_desk", "count", len(list)), Why: p.T("overview.waits_desk_why", "number", oldest.Number, "date", p.Date(oldest.DepositedAt)),
		Act: ui.Button{Text: p.T("overview.waits_desk_open"), Kind: ui.Primary, Href: path}}, nil
}

// corrections are what an agency waits for.
func (w waiter) corrections() (ui.NextAction, error) {
	list, err := w.list(right.EditDossier, funding.Filter{Structure: string(w.at.ID), States: []funding.State{funding.RegionalCorrection, funding.NationalCorrection, funding.RegionalComplement, funding.NationalComplement}})
	if err != nil || len(list) == 0 {
		return ui.NextAction{}, err
	}
	p, d := w.c.Printer, list[0]
	return ui.NextAction{Line: p.T("overview.waits_correct", "number", d.Number), Why: p.T("overview.waits_correct_why", "date", p.Date(d.Since)),
		Act: ui.Button{Text: p.T("overview.waits_correct_open"), Kind: ui.Primary, Href: w.page(d) + "/corrections"}}, nil
}

// closing is the application that closes first and is not deposited.
func (w waiter) closing() (ui.NextAction, error) {
	list, err := w.list(right.SubmitDossier, funding.Filter{Structure: string(w.at.ID), States: []funding.State{funding.Draft}})
	if err != nil {
		return ui.NextAction{}, err
	}
	list = slices.DeleteFunc(list, func(d funding.Dossier) bool {
		return !d.ClosesSeen.After(w.now) || d.ClosesSeen.After(w.now.Add(closesSoon))
	})
	if len(list) == 0 {
		return ui.NextAction{}, nil
	}
	p, d := w.c.Printer, slices.MinFunc(list, func(a, b funding.Dossier) int { return a.ClosesSeen.Compare(b.ClosesSeen) })
	return ui.NextAction{Line: p.T("overview.waits_closing", "number", d.Number), Why: p.T("overview.waits_closing_why", "date", p.Date(d.ClosesSeen)),
		Act: ui.Button{Text: p.T("overview.waits_closing_open"), Kind: ui.Primary, Href: w.page(d)}}, nil
}

// page is where an application is worked on.
func (w waiter) page(d funding.Dossier) string {
	return "/structures/" + d.Structure + "/dossiers/" + d.ID
}
