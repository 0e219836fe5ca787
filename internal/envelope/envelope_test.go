package envelope

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/funding/candidate"
	"hygie/internal/funding/pack"
	"hygie/internal/keys"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential/call"
	"hygie/seal"
)

type world struct {
	*pagetest.Site
	module                                       *Module
	call                                         *call.Call
	director, ars, ans, steering, pays, outsider *pagetest.Visitor
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	file, err := os.ReadFile("../app/demo_call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("OPENS", "2026-01-01", "CLOSES", "2026-03-31", "BEFORE", "2026-03-20", "ANNOUNCED", "2026-02-01", "LATER", "2027-01-01").Replace(string(file))
	invented, err := call.Read("call.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation(call.Paris)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := keys.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := blob.LoadSecrets(folder)
	if err != nil {
		t.Fatal(err)
	}
	vault, err := blob.NewVault(&blob.Memory{}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	site := pagetest.New(t, db)
	service := funding.New(funding.Options{Trail: site.Trail, Now: site.Now, Zone: paris})
	shelf := callshelf.New(invented)
	packer := pack.New(pack.Options{DB: db, Trail: site.Trail, Bytes: vault, Funding: service, Calls: shelf, Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32)), Now: site.Now})
	m := New(Options{DB: db, Trail: site.Trail, Funding: service, Packer: packer, Calls: shelf, Address: "https://hygie.test", Now: site.Now})
	site.Serve(m.Routes)
	w := &world{Site: site, module: m, call: invented, director: site.Person("Dominique Fictif", right.Director, pagetest.Hospital), outsider: site.Person("Noa Prototype", right.Director, pagetest.Clinic),
		ars: site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region), ans: site.Person("Morgan Schéma", right.NationalInstructor, pagetest.Nation),
		steering: site.Person("Claude Esquisse", right.NationalSteering, pagetest.Nation), pays: site.Person("Robin Factice", right.Accountant, pagetest.Nation)}
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		for id, size := range map[string]int64{pagetest.Hospital: 10_000, pagetest.Clinic: 5_000} {
			if err := territory.SetSize(ctx, tx, territory.Everything(), territory.Size{Structure: territory.ID(id), Key: territory.CombinedActivity, Year: 2025, Value: size, Source: "essai"}, site.Clock); err != nil {
				return err
			}
		}
		return funding.Stock(ctx, tx, funding.Envelope{Call: invented.ID, Total: 2_500_000_00, Note: "essai"}, site.Clock)
	})
	return w
}

// granted makes a dossier of the hospital to which an amount was granted.
func (w *world) granted(amount funding.Cents) (d funding.Dossier) {
	w.T.Helper()
	s := w.module.o.Funding
	open := funding.Terms{Opens: w.Clock.Add(-time.Hour), Closes: w.Clock.Add(time.Hour)}
	w.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		if d, err = s.Begin(ctx, tx, w.director.Actor, funding.Beginning{Call: w.call.ID, CallVersion: w.call.Version, Structure: pagetest.Hospital}); err != nil {
			return err
		}
		_, digest, err := s.Prepare(ctx, tx, territory.Everything(), d.ID, amount)
		if err != nil {
			return err
		}
		_, err = s.Deposit(ctx, tx, w.director.Actor, funding.Depositing{Dossier: d.ID, Asked: amount, Seen: digest, At: w.Clock, Terms: open})
		return err
	})
	w.Clock = w.Clock.Add(2 * time.Hour)
	for _, step := range []struct {
		who *pagetest.Visitor
		do  funding.Doing
	}{{w.ars, funding.Doing{Act: funding.TakeUp}}, {w.ars, funding.Doing{Act: funding.Endorse, Outcome: funding.Favourable}}, {w.ans, funding.Doing{Act: funding.TakeUp}}, {w.ans, funding.Doing{Act: funding.Grant, Amount: amount}}} {
		d = w.do(step.who, d.ID, step.do, open)
	}
	return d
}

func (w *world) do(who *pagetest.Visitor, id string, do funding.Doing, terms funding.Terms) (d funding.Dossier) {
	w.T.Helper()
	w.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		if d, err = funding.ByID(ctx, tx, territory.Everything(), id); err != nil {
			return err
		}
		do.Dossier, do.Version, do.Terms = id, d.Version, terms
		d, err = w.module.o.Funding.Do(ctx, tx, who.Actor, do)
		return err
	})
	return d
}

func has(t testing.TB, p pagetest.Page, texts ...string) {
	t.Helper()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	for _, text := range texts {
		if !strings.Contains(plain.Replace(p.Text), text) {
			t.Errorf("the page lacks %q:\n%s", text, p.Main())
		}
	}
}

// A payment in two instalments, money asked back and come back: every page, file and sum says the same, to the cent.
func TestFromTheGrantToTheLastCent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		d := w.granted(61_250_03)
		home := address(w.call.ID)
		page := w.steering.Want("sums", w.steering.Get(home), http.StatusOK)
		has(t, page, "61 250,03 €", "2 438 749,97 €", "Reste à verser")
		desk := w.pays.Want("desk", w.pays.Get(home+"/dossiers"), http.StatusOK)
		has(t, desk, d.Number, "Accordé")
		purse := home + "/dossiers/" + d.ID
		first := w.pays.Want("purse", w.pays.Get(purse), http.StatusOK)
		has(t, first, "18 375 €", "avance à la décision") // 30 % rounded down to the cent: 18 375,009
		version := first.Find(t, `name="version" value="(\d+)"`)
		for name, fields := range map[string][]string{"too much": {"amount", "18375,01", "note", "M-1"}, "nothing": {"amount", "0", "note", "M-1"}, "words": {"amount", "tout", "note", "M-1"}, "no order": {"amount", "1"}} {
			w.pays.Want(name, w.pays.Post(purse+"/pay", append(fields, "version", version, "reference", "advance")...), http.StatusUnprocessableEntity)
		}
		w.pays.Want("pay", w.pays.Post(purse+"/pay", "version", version, "amount", "18 375,00", "reference", "advance", "note", "M-2026-1"), http.StatusSeeOther)
		w.pays.Want("pay again from the old page", w.pays.Post(purse+"/pay", "version", version, "amount", "1", "reference", "advance", "note", "M-2"), http.StatusConflict)
		w.ans.Want("who decides does not pay", w.ans.Post(purse+"/pay", "version", version, "amount", "1", "note", "M-2"), http.StatusForbidden)
		w.pays.Want("no such act", w.pays.Post(purse+"/grant", "version", version, "amount", "1", "note", "x"), http.StatusNotFound)
		w.do(w.ans, d.ID, funding.Doing{Act: funding.Reclaim, Amount: 1_000_02}, funding.Terms{})
		version = w.pays.Get(purse).Find(t, `name="version" value="(\d+)"`)
		w.pays.Want("pay back", w.pays.Post(purse+"/pay_back", "version", version, "amount", "400,01", "note", "T-1"), http.StatusSeeOther)
		has(t, w.pays.Get(purse), "600,01 €", "17 974,99 €", "M-2026-1", "Remboursement reçu")

		file := w.pays.Want("ledger", w.pays.Get(home+"/accounting"), http.StatusOK)
		reader := csv.NewReader(bytes.NewReader(file.Body))
		reader.Comma = ';'
		rows, err := reader.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		sums, names := map[string]funding.Cents{}, map[string]bool{}
		for _, row := range rows[1:] {
			amount, err := call.ParseCents(strings.TrimPrefix(strings.Replace(row[3], ",", ".", 1), "-"))
			if err != nil {
				t.Fatalf("amount %q: %v", row[3], err)
			}
			if strings.HasPrefix(row[3], "-") {
				amount = -amount
			}
			sums[row[2]] += amount
			if names[row[0]] {
				t.Errorf("entry %s comes twice", row[0])
			}
			names[row[0]] = true
		}
		w.View(func(ctx context.Context, tx *store.Tx) error {
			now, err := funding.ByID(ctx, tx, territory.Everything(), d.ID)
			if err != nil {
				return err
			}
			if sums[string(Commitment)] != now.Held || sums[string(Payment)] != now.Paid || sums[string(Repayment)] != now.PaidBack || sums[string(Claim)] != now.DueBack {
				t.Errorf("the ledger says %v, the dossier %+v", sums, now)
			}
			lines, err := funding.Consumption(ctx, tx, territory.Everything(), w.call.ID, w.Clock)
			if err != nil {
				return err
			}
			all := funding.Total(lines)
			envelopes, err := funding.Envelopes(ctx, tx, w.call.ID)
			if all.Committed != envelopes[0].Committed || all.Paid != 17_974_99 || all.Owed != 600_01 || all.Dossiers != 1 || len(lines) != 1 || lines[0].RegionName == "" {
				t.Errorf("lines %+v, envelope %+v", lines, envelopes)
			}
			return err
		})
		if text := string(w.pays.Get(home + "/accounting?from=2030-01-01").Body); strings.Count(text, "\n") != 1 {
			t.Errorf("entries of later days: %q", text)
		}
		export := w.pays.Want("export", w.pays.Get(home+"/dossiers?format=csv"), http.StatusOK)
		has(t, export, d.Number, "61250")
	})
}

func TestWhoSeesTheMoney(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	d := w.granted(1_000_00)
	home := address(w.call.ID)
	for _, v := range []*pagetest.Visitor{w.ars, w.ans, w.steering, w.pays} {
		for _, path := range []string{home, home + "/simulator", home + "/simulator?who=all", home + "/grants", "/envelopes"} {
			v.Want(path, v.Get(path), http.StatusOK)
		}
	}
	w.director.Want("a director", w.director.Get(home), http.StatusForbidden)
	w.steering.Want("steering reads sums", w.steering.Get(home+"/dossiers"), http.StatusForbidden)
	w.pays.Want("no call", w.pays.Get("/envelopes/nothing"), http.StatusNotFound)
	w.pays.Want("no dossier", w.pays.Get(home+"/dossiers/nothing"), http.StatusNotFound)
	files := "/structures/" + pagetest.Hospital + "/dossiers/" + d.ID + "/files"
	w.outsider.Want("files of a stranger", w.outsider.Get(files), http.StatusNotFound)
	has(t, w.director.Want("files", w.director.Get(files), http.StatusOK), "Dossier scellé", "hygie dossier verify DEMONSTRATION-0001-scelle.zip")
	sealed := w.director.Want("sealed", w.director.Get(files+"/sealed"), http.StatusOK)
	if res, err := seal.Verify(bytes.NewReader(sealed.Body), int64(len(sealed.Body)), w.module.o.Packer.Public()); err != nil || !res.Intact() || !res.Trusted {
		t.Errorf("%+v, %v", res, err)
	}
	w.director.Want("upload", w.director.Get(files+"/upload"), http.StatusOK)
	if got := strings.Join(w.Actions()[:2], " "); got != "dossier.pack dossier.seal" {
		t.Errorf("the trail says %s", got)
	}
}

func TestSizeOfAnEnvelope(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.granted(5_000_00)
	home := address(w.call.ID)
	w.steering.Want("less than is committed", w.steering.Post(home, "total", "4 999,99"), http.StatusUnprocessableEntity)
	w.steering.Want("words", w.steering.Post(home, "total", "beaucoup"), http.StatusUnprocessableEntity)
	w.ans.Want("who spends does not size", w.ans.Post(home, "total", "1"), http.StatusForbidden)
	w.steering.Want("size", w.steering.Post(home, "total", "5 000", "note", "Notification"), http.StatusSeeOther)
	has(t, w.steering.Get(home), "5000 €", "0 €", "Notification")
}

func TestGrantsAreChecked(t *testing.T) {
	day := time.Date(2026, 3, 10, 23, 30, 0, 0, time.UTC)
	good := Grant{Grantor: Grantor{"Agence fictive", "73282932000074"}, Decided: day, Reference: "X-0001", Beneficiary: "Clinique d’essai", BeneficiaryID: "73282932000074", Subject: "Essai", Amount: 1_234_50, First: day, Spread: true}
	paris, err := time.LoadLocation(call.Paris)
	if err != nil {
		t.Fatal(err)
	}
	if good.Check(); len(good.Wrong) > 0 {
		t.Fatalf("a good row: %+v", good.Wrong)
	}
	if got := strings.Join(good.Row(paris), "|"); got != "Agence fictive|73282932000074|2026-03-11|X-0001|Clinique d’essai|73282932000074|Essai|1234.50|aide en numéraire|échelonné|2026-03-11||non|1.00" {
		t.Errorf("row %s", got)
	}
	for column, change := range map[string]func(*Grant){
		"nomAttribuant":         func(g *Grant) { g.Grantor.Name = "" },
		"idAttribuant":          func(g *Grant) { g.Grantor.Siret = "73282932100074" },
		"dateConvention":        func(g *Grant) { g.Decided = time.Time{} },
		"nomBeneficiaire":       func(g *Grant) { g.Beneficiary = "" },
		"idBeneficiaire":        func(g *Grant) { g.BeneficiaryID = "732829320" },
		"objet":                 func(g *Grant) { g.Subject = strings.Repeat("é", 257) },
		"montant":               func(g *Grant) { g.Amount = 0 },
		"datesPeriodeVersement": func(g *Grant) { g.Last = day.AddDate(0, 0, -1) },
	} {
		bad := good
		change(&bad)
		if bad.Check(); len(bad.Wrong) != 1 || bad.Wrong[0].Name != column {
			t.Errorf("%s: %+v", column, bad.Wrong)
		}
	}
	var out bytes.Buffer
	spoilt := good
	spoilt.Wrong = []fault.Field{{Name: "objet"}}
	hostile := good
	hostile.Beneficiary = "=HYPERLINK(1)"
	if err := WriteGrants(&out, paris, []Grant{good, spoilt, hostile}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 3 || len(rows[0]) != 14 || strings.HasPrefix(rows[2][4], "=") {
		t.Errorf("file %q, %v", rows, err)
	}
}

// A hypothesis changes what it names and nothing else, and both scenarios are those of the engine.
func TestSimulator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.granted(1_000_00)
		w.View(func(ctx context.Context, tx *store.Tx) error {
			for _, crowd := range []Crowd{Applied, Everyone} {
				list, err := Candidates(ctx, tx, territory.Everything(), w.call.ID, crowd)
				if err != nil {
					return err
				}
				many, err := candidate.Many(ctx, tx, list, w.Clock)
				if err != nil {
					return err
				}
				for i, one := range list {
					s, err := territory.Get(ctx, tx, territory.Everything(), one.ID)
					if err != nil {
						return err
					}
					single, err := candidate.Facts(ctx, tx, territory.Everything(), s, w.Clock, time.UTC)
					if err != nil {
						return err
					}
					if a, b := w.call.Ceiling(single), w.call.Ceiling(many[i]); single.Category != many[i].Category || single.Region != many[i].Region || a.Amount != b.Amount || a.Known != b.Known || len(single.Members) != len(many[i].Members) {
						t.Errorf("%s alone %+v, among many %+v", one.ID, single, many[i])
					}
				}
				if crowd == Everyone && len(list) < 3 || crowd == Applied && len(list) != 1 {
					t.Errorf("%q counts %d", crowd, len(list))
				}
			}
			return nil
		})
		path := address(w.call.ID) + "/simulator?who=all"
		has(t, w.steering.Want("as it stands", w.steering.Get(path), http.StatusOK), "55 000 €") // 40 000 + 1,5 × 10 000
		has(t, w.steering.Want("half the scale", w.steering.Get(path+"&scale.ght=50&success.balance=0"), http.StatusOK), "55 000 €", "27 500 €", "−27 500 €", "8250 €")
		for _, bad := range []string{"take.ght=101", "take.ght=-1", "scale.ght=x", "success.advance=1e9", "take.ght=" + strings.Repeat("9", 400)} {
			w.steering.Want(bad, w.steering.Get(path+"&"+bad), http.StatusUnprocessableEntity)
		}
	})
}

// Memory does not grow with the number of dossiers that are exported.
func TestExportStreams(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	const dossiers = 20_000
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into dossier (id, number, serial, call_id, call_version, structure_id, slot, state, version, since, begun_at, begun_by, granted, deposited_at)
			with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
			select 'd' || i, 'X-' || i, i, 'demonstration', '1', 'h1', 'slot' || i, 'granted', 1, 1000, 1000, 'x', i, 1000 from n`, dossiers)
		return err
	})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	seen, sum := 0, funding.Cents(0)
	w.View(func(ctx context.Context, tx *store.Tx) error {
		return Each(ctx, tx, territory.Everything(), "demonstration", func(r Record) bool {
			seen++
			sum += r.Granted
			switch seen {
			case 1_000:
				early = heap()
			case dossiers - 100:
				late = heap()
			}
			return true
		})
	})
	if seen != dossiers || sum != dossiers*(dossiers+1)/2 {
		t.Fatalf("%d dossiers, %d cents", seen, sum)
	}
	if late > early+1<<20 {
		t.Errorf("%d bytes after 1,000 dossiers, %d after %d", early, late, seen)
	}
	page := w.pays.Want("file", w.pays.Get("/envelopes/demonstration/dossiers?format=csv"), http.StatusOK)
	if n := bytes.Count(page.Body, []byte("\n")); n != dossiers+1 {
		t.Errorf("%d lines", n)
	}
}

func TestCalendarOfACall(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	file := w.outsider.Want("calendar", w.outsider.Get("/calls/demonstration/calendar.ics"), http.StatusOK)
	text := strings.ReplaceAll(string(file.Body), "\r\n ", "")
	for _, want := range []string{"BEGIN:VCALENDAR\r\n", "UID:demonstration-candidature-closes@hygie\r\n", "DTSTART:20260331T215959Z\r\n", "SEQUENCE:1\r\n", "URL:https://hygie.test/calls/demonstration\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the calendar lacks %q:\n%s", want, text)
		}
	}
	w.outsider.Want("no call", w.outsider.Get("/calls/nothing/calendar.ics"), http.StatusNotFound)
}

func TestRights(t *testing.T) { newWorld(t, storetest.SQLite(t)).FollowsTable(t) }
