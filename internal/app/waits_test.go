package app

import (
	"context"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential"
	"hygie/referential/packages"
)

func TestApplicationsThatWait(t *testing.T) {
	db := storetest.SQLite(t)
	s := pagetest.New(t, db)
	now := s.Now()
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	put := func(serial int, state funding.State, since, closes time.Time) {
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `delete from dossier`)
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `insert into dossier (id, number, serial, call_id, call_version, structure_id, slot, state, version, since, closes_at, begun_at, begun_by)
				values ($1, 'D2-0001', $2, 'c', '1', 'h1', 'h1', $3, 1, $4, $5, 0, 'p')`, "d1", serial, state, store.Millis(since), store.Millis(closes))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	day := 24 * time.Hour
	for _, row := range []struct {
		name   string
		role   right.Role
		at     string
		state  funding.State
		closes time.Duration
		line   string
		href   string
	}{
		{"the region has it", right.RegionalInstructor, pagetest.Region, funding.RegionalReview, -day, "1 dossier attend votre instruction.", "/instruction/region"},
		{"may still be deposited anew", right.RegionalInstructor, pagetest.Region, funding.Deposited, day, "", ""},
		{"the window has closed", right.RegionalInstructor, pagetest.Region, funding.Deposited, -day, "1 dossier attend votre instruction.", "/instruction/region"},
		{"the nation has it", right.RegionalInstructor, pagetest.Region, funding.NationalReview, -day, "", ""},
		{"and is told so", right.NationalInstructor, pagetest.Nation, funding.NationalReview, -day, "1 dossier attend votre instruction.", "/instruction/nation"},
		{"corrections", right.SecurityOfficer, pagetest.Hospital, funding.RegionalCorrection, -day, "Le dossier D2-0001 attend vos corrections.", "/structures/h1/dossiers/d1/corrections"},
		{"closes soon", right.Director, pagetest.Hospital, funding.Draft, 12 * day, "Le dossier D2-0001 n’est pas encore déposé.", "/structures/h1/dossiers/d1"},
		{"closes soon, who may not deposit", right.SecurityOfficer, pagetest.Hospital, funding.Draft, 12 * day, "", ""},
		{"closes late", right.Director, pagetest.Hospital, funding.Draft, 31 * day, "", ""},
		{"closed", right.Director, pagetest.Hospital, funding.Draft, -day, "", ""},
		{"of another structure", right.Director, pagetest.Clinic, funding.RegionalCorrection, -day, "", ""},
		{"steering reads sums", right.NationalSteering, pagetest.Nation, funding.NationalReview, -day, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			put(1, row.state, now.Add(-3*day), now.Add(row.closes))
			v := s.Person(row.name, row.role, row.at)
			c := &web.Context{Ctx: t.Context(), Actor: v.Actor, Printer: catalogue.Printer(locale.French, time.UTC)}
			if err := db.View(t.Context(), func(tx *store.Tx) error {
				at, err := territory.Get(t.Context(), tx, territory.Everything(), territory.ID(row.at))
				if err != nil {
					return err
				}
				next, err := fundingWaits(s.Now)(c, tx, v.Actor.Grants[0], at)
				if err != nil {
					return err
				}
				if next.Line != row.line || next.Act.Href != row.href {
					t.Errorf("%q leads to %q", next.Line, next.Act.Href)
				}
				if next.Line != "" && next.Why == "" {
					t.Error("no reason is given")
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A structure without computer specialists begins with the questionnaire written for it; a hospital is led to nothing of the kind.
func TestWhereToBegin(t *testing.T) {
	db := storetest.SQLite(t)
	s := pagetest.New(t, db)
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(shipped, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Clinic, Key: proof.StatusKey, Value: referential.Words("esms"),
			ObservedAt: s.Now(), Source: "test/1", RecordedAt: s.Now(), RecordedBy: "test"})
	})
	for _, row := range []struct {
		name  string
		role  right.Role
		at    string
		leads string
	}{
		{"director of a nursing home", right.Director, pagetest.Clinic, "/structures/h2/assessments"},
		{"of a hospital", right.Director, pagetest.Hospital, ""},
		{"who only reads", right.RegionalSupport, pagetest.Region, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := s.Person(row.name, row.role, row.at)
			c := &web.Context{Ctx: t.Context(), Actor: v.Actor, Printer: catalogue.Printer(locale.French, time.UTC)}
			s.View(func(ctx context.Context, tx *store.Tx) error {
				at, err := territory.Get(ctx, tx, territory.Everything(), territory.ID(row.at))
				if err != nil {
					return err
				}
				next, err := firstOf(fundingWaits(s.Now), beginning(shelf, s.Now))(c, tx, v.Actor.Grants[0], at)
				if next.Act.Href != row.leads || (next.Line == "") != (row.leads == "") || (next.Why == "") != (row.leads == "") {
					t.Errorf("%q leads to %q", next.Line, next.Act.Href)
				}
				return err
			})
		})
	}
}

// An incident under way comes first for those who follow it, and for nobody else.
func TestIncidentUnderWay(t *testing.T) {
	db := storetest.SQLite(t)
	s := pagetest.New(t, db)
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	noticed := store.Millis(s.Now().Add(-time.Hour))
	for _, row := range []struct {
		name   string
		role   right.Role
		closed int64
		line   string
	}{
		{"who follows it", right.SecurityOfficer, 0, "Un incident est en cours\u00a0: Écrans noirs."},
		{"closed", right.SecurityOfficer, noticed + 1, ""},
		{"the agency does not see it", right.RegionalInstructor, 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			at := pagetest.Hospital
			if row.role == right.RegionalInstructor {
				at = pagetest.Region
			}
			v := s.Person(row.name, row.role, at)
			c := &web.Context{Ctx: t.Context(), Actor: v.Actor, Printer: catalogue.Printer(locale.French, time.UTC)}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				for _, statement := range []string{
					`delete from incident`, `delete from logbook`,
					`insert into logbook (id, structure_id, kind, title, opened_at, opened_by) values ('b1', 'h1', 'incident', 'Écrans noirs', 0, 'p')`,
				} {
					if _, err := tx.Exec(t.Context(), statement); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(t.Context(), `insert into incident (id, structure_id, book_id, title, opened_at, opened_by, noticed_at, closed_at)
					values ('i1', 'h1', 'b1', 'Écrans noirs', $1, 'p', $1, $2)`, noticed, row.closed); err != nil {
					return err
				}
				hospital, err := territory.Get(t.Context(), tx, territory.Everything(), pagetest.Hospital)
				if err != nil {
					return err
				}
				next, err := incidentAlarm(c, tx, hospital)
				if next.Line != row.line || row.line != "" && next.Act.Href != "/structures/h1/incidents/i1" {
					t.Errorf("%q leads to %q", next.Line, next.Act.Href)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
