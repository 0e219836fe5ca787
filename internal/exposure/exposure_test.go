package exposure_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	engine "hygie/exposure"
	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/service"
	"hygie/exposure/signature/signaturetest"
	"hygie/internal/blob"
	"hygie/internal/exposure"
	"hygie/internal/job"
	"hygie/internal/keys"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/seal"
)

// bench is the module with its background work, on one database.
type bench struct {
	*pagetest.Site
	service *exposure.Service
	runner  *job.Runner
}

func newBench(t *testing.T, db *store.DB) *bench {
	t.Helper()
	b := &bench{Site: pagetest.New(t, db)}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := blob.NewVault(&blob.Memory{}, blob.Secrets{Names: []byte("a secret of sixteen bytes"), Recipients: []age.Recipient{identity.Recipient()}, Identities: []age.Identity{identity}})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := keys.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	queue := job.NewQueue(db, b.Now)
	b.service = exposure.New(exposure.Options{DB: db, Vault: vault, Queue: queue, Trail: b.Trail, Keys: folder, Now: b.Now, Log: slog.New(slog.DiscardHandler), Memory: t.TempDir(), Version: "test", Local: true,
		Resolvers: func() ([]netip.AddrPort, error) { return []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}, nil }})
	b.runner = job.NewRunner(queue, job.Options{Backoff: func(int) time.Duration { return 0 }})
	b.runner.Handle(exposure.JobKind, b.service.Work)
	b.Serve(exposure.NewModule(b.service).Routes)
	return b
}

// work lets the background work until no job is left.
func (b *bench) work(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.runner.Run(ctx) }()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		open := 0
		b.View(func(ctx context.Context, tx *store.Tx) (err error) {
			open, err = store.One(ctx, tx, store.Column[int], `select count(*) from job where state in ('waiting', 'running')`)
			return err
		})
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the jobs do not end")
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

const home = "/structures/" + pagetest.Hospital + "/exposure"

// factsOf is a file of facts: a remote desktop open on some addresses.
func factsOf(t *testing.T, day time.Time, open ...byte) []byte {
	t.Helper()
	declared := &perimeter.Perimeter{Contact: "x", Domains: []string{"hopital.example"}}
	if err := declared.Check(); err != nil {
		t.Fatal(err)
	}
	run := &observe.Run{Format: observe.Format, AsOf: day.UTC().Truncate(time.Second), Tool: "test", Perimeter: declared.Hash(), Declared: declared, Gaps: []observe.Gap{},
		Domains: []observe.Domain{{Name: "hopital.example", Proven: true}}, Names: []observe.Name{}, Endpoints: []observe.Endpoint{}}
	for last := byte(1); last <= 3; last++ {
		host := ports.Host{Address: netip.AddrFrom4([4]byte{192, 0, 2, last}), Closed: 100}
		if slices.Contains(open, last) {
			host.Open = []uint16{3389}
		}
		run.Hosts = append(run.Hosts, host)
	}
	for _, last := range open {
		run.Endpoints = append(run.Endpoints, observe.Endpoint{Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, last}), 3389), Transport: "tcp",
			Service: &service.Facts{Protocol: "rdp", How: service.ByAnswer, RDP: &service.RDP{NLA: service.Answer{Is: service.Yes}}}})
	}
	var b bytes.Buffer
	if err := engine.WriteFacts(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRightsOfPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { newBench(t, db).FollowsTable(t) })
}

func TestDeclaring(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		director := b.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		for _, lang := range []string{"fr", "en"} {
			officer.Lang, director.Lang = lang, lang
			officer.Want("home", officer.Get(home), http.StatusOK)
			director.Want("home of a director", director.Get(home), http.StatusOK)
			officer.Want("perimeter", officer.Get(home+"/perimeter"), http.StatusOK)
			officer.Want("proofs", officer.Get(home+"/proofs"), http.StatusOK)
		}
		officer.Lang = "fr"
		wrong := officer.Want("nonsense", officer.Post(home+"/perimeter", "version", "0", "contact", "x", "domains", "pas un domaine", "ranges", "192.0.2.0/99", "hours", "toujours"), http.StatusUnprocessableEntity)
		for _, said := range []string{"192.0.2.0/99", "toujours", "pas un domaine", "contient un signe qu’un nom ne peut pas avoir"} {
			if !strings.Contains(wrong.Text, said) {
				t.Errorf("the refusal does not show %q", said)
			}
		}
		officer.Want("declare", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "domains", "Hopital.example\n# note\nclinique.example", "ranges", "192.0.2.0/28", "selectors", "hopital.example: s1 s2",
			"ports", "443, 8000-8002", "hours", "lun-ven 20:00-06:00", "per_second", "5", "services", "192.0.2.3:2575 mllp Automate du laboratoire"), http.StatusSeeOther)
		page := officer.Want("declared", officer.Get(home+"/perimeter"), http.StatusOK)
		for _, kept := range []string{"hopital.example", "192.0.2.0/28", "s1 s2", "8000-8002", "20:00-06:00", "mllp Automate du laboratoire"} {
			if !strings.Contains(page.Text, kept) {
				t.Errorf("the form lost %q", kept)
			}
		}
		officer.Want("somebody else was quicker", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "domains", "autre.example"), http.StatusConflict)
		same := []string{"version", "1", "contact", "Camille", "domains", "hopital.example\nclinique.example", "ranges", "192.0.2.0/28", "selectors", "hopital.example: s1 s2",
			"ports", "443, 8000-8002", "hours", "lun-ven 20:00-06:00", "per_second", "5", "services", "192.0.2.3:2575 mllp Automate du laboratoire"}
		officer.Want("the same again", officer.Post(home+"/perimeter", same...), http.StatusSeeOther)
		if got := b.Actions(); strings.Count(strings.Join(got, " "), "exposure.declare") != 1 {
			t.Errorf("declaring the same twice left %q", got)
		}
		officer.Want("unproven is not audited", officer.Post(home+"/runs"), http.StatusConflict)
		token := officer.Get(home+"/proofs").Find(t, `(hygie-ownership=[a-z2-7]{32})`)
		again := officer.Get(home+"/proofs").Find(t, `(hygie-ownership=[a-z2-7]{32})`)
		if token != again {
			t.Error("the token changes from page to page")
		}
	})
}

func TestFileOfAPerimeter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		page := officer.Want("a file fills the form", officer.Upload(home+"/perimeter/file", "file", "p.yaml", []byte("contact: Camille\ndomains: [hopital.example]\n")), http.StatusOK)
		if !strings.Contains(page.Text, "hopital.example") {
			t.Error("the form does not hold what the file says")
		}
		if got := b.Actions(); slices.Contains(got, "exposure.declare") {
			t.Error("a file was kept before anybody looked at it")
		}
		const gentle = "contact: Camille\ndomains: [hopital.example]\nports: {scan: [443], udp: false}\nzone: Indian/Reunion\nhours: [mon-fri 20:00-06:00]\npace: {per_address: 1, per_second: 0.5, per_network: 7.5, total: 3}\n"
		brought := officer.Want("a file that asks to be spared", officer.Upload(home+"/perimeter/file", "file", "p.yaml", []byte(gentle)), http.StatusOK)
		for _, said := range []string{"lun-ven 20:00-06:00", "0,5", "7,5"} {
			if !strings.Contains(brought.Text, said) {
				t.Errorf("the form does not hold %q", said)
			}
		}
		officer.Want("kept", officer.Post(home+"/perimeter", "version", "0", "domains", "hopital.example", "ports", "443", "no_udp", "1", "zone", "Indian/Reunion", "hours", "lun-ven 20:00-06:00",
			"per_address", "1", "per_second", "0,5", "per_network", "7,5", "total", "3"), http.StatusSeeOther)
		again := officer.Want("read again", officer.Get(home+"/perimeter"), http.StatusOK)
		for _, said := range []string{"lun-ven 20:00-06:00", "0,5", "7,5", "La Réunion"} {
			if !strings.Contains(again.Text, said) {
				t.Errorf("the form lost %q", said)
			}
		}
		officer.Want("no pace", officer.Post(home+"/perimeter", "version", "1", "domains", "hopital.example", "per_address", "0", "per_second", "NaN"), http.StatusUnprocessableEntity)
		bad := officer.Want("a misspelt key", officer.Upload(home+"/perimeter/file", "file", "p.yaml", []byte("contact: Camille\ndomaines: [x.example]\n")), http.StatusUnprocessableEntity)
		if !strings.Contains(bad.Text, "domaines") {
			t.Error("the refusal does not name the key")
		}
	})
}

// runOf deposits facts, works, and gives the address of the run.
func (b *bench) runOf(t *testing.T, officer *pagetest.Visitor, facts []byte) string {
	t.Helper()
	page := officer.Want("deposit", officer.Upload(home+"/facts", "facts", "constats.json", facts), http.StatusSeeOther)
	b.work(t)
	return page.To()
}

func TestTwoAudits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		director := b.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		first := b.runOf(t, officer, factsOf(t, b.Clock.AddDate(0, 0, -60), 1, 2))
		for _, lang := range []string{"fr", "en"} {
			officer.Lang = lang
			for _, path := range []string{"", "/findings", "/findings?severity=critical&q=192.0.2.1", "/map", "/changes", "/coverage"} {
				officer.Want(path, officer.Get(first+path), http.StatusOK)
			}
		}
		officer.Lang = "fr"
		finding := officer.Get(first+"/findings").Find(t, `href="([^"]*/findings/[0-9a-f]{16})"`)
		page := officer.Want("the sheet of a finding", officer.Get(finding), http.StatusOK)
		if !strings.Contains(page.Text, "3389") || !strings.Contains(page.Text, "Pare-feu") {
			t.Error("the sheet does not say where or how")
		}
		officer.Want("an officer accepts no risk", officer.Get(finding+"/acceptance"), http.StatusForbidden)
		director.Want("a reason is needed", director.Post(finding+"/acceptance", "until", b.Clock.AddDate(0, 1, 0).Format(time.DateOnly)), http.StatusUnprocessableEntity)
		director.Want("a day is needed", director.Post(finding+"/acceptance", "reason", "Remplacé le mois prochain"), http.StatusUnprocessableEntity)
		director.Want("too far", director.Post(finding+"/acceptance", "reason", "Remplacé le mois prochain", "until", b.Clock.AddDate(2, 0, 0).Format(time.DateOnly)), http.StatusUnprocessableEntity)
		director.Want("accept", director.Post(finding+"/acceptance", "reason", "Remplacé le mois prochain", "until", b.Clock.AddDate(0, 1, 0).Format(time.DateOnly)), http.StatusSeeOther)
		director.Want("to the plan", officer.Post(first+"/actions"), http.StatusSeeOther)
		second := b.runOf(t, officer, factsOf(t, b.Clock.AddDate(0, 0, -2), 2, 3))
		changes := officer.Want("changes", officer.Get(second+"/changes"), http.StatusOK)
		for _, said := range []string{"192.0.2.1", "192.0.2.3", "Corrigé", "Nouveau"} {
			if !strings.Contains(changes.Text, said) {
				t.Errorf("the changes do not tell of %s", said)
			}
		}
		var facts []proof.Fact
		b.View(func(ctx context.Context, tx *store.Tx) (err error) {
			facts, err = proof.FactsKnownAt(ctx, tx, territory.Everything(), pagetest.Hospital, b.Clock)
			return err
		})
		dates := 0
		for _, f := range facts {
			if f.Key == "exposure.run" {
				dates++
			}
		}
		if dates != 2 {
			t.Errorf("%d dates of audits among the facts, want 2", dates)
		}
		officer.Want("home", officer.Get(home), http.StatusOK)
	})
}

func TestPackIsSigned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		run := b.runOf(t, officer, factsOf(t, b.Clock.AddDate(0, 0, -1), 1))
		for _, format := range []string{"html", "json", "sarif", "ods"} {
			page := officer.Want(format, officer.Get(run+"/report?format="+format), http.StatusOK)
			if format == "html" && !strings.Contains(page.Text, "Remis à Camille Exemple le ") {
				t.Error("the report does not say to whom it was handed")
			}
		}
		officer.Want("no such format", officer.Get(run+"/report?format=exe"), http.StatusNotFound)
		pack := officer.Want("pack", officer.Get(run+"/report?format=pack"), http.StatusOK).Body
		sealed, err := seal.Verify(bytes.NewReader(pack), int64(len(pack)))
		if err != nil || !sealed.Intact() {
			t.Errorf("the pack is not what was sealed: %+v, %v", sealed, err)
		}
		z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"rapport.json", "constats.json", "rapport.html", "rapport.ods", seal.ReadmeName} {
			if f, err := z.Open(name); err != nil {
				t.Errorf("the pack lacks %s: %v", name, err)
			} else {
				f.Close()
			}
		}
		if got := b.Actions(); strings.Count(strings.Join(got, " "), "exposure.download") != 5 {
			t.Errorf("five reports left, the trail says %q", got)
		}
	})
}

// A real server of this machine, looked at by the platform itself.
func TestPlatformLooks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			fmt.Fprint(w, "<!doctype html><title>Accueil</title>")
		case "/.git/HEAD":
			fmt.Fprint(w, "ref: refs/heads/main\n")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		port := server.Listener.Addr().(*net.TCPAddr).Port
		officer.Want("declare", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "hosts", "127.0.0.1", "ports", fmt.Sprint(port)), http.StatusSeeOther)
		officer.Want("prove", officer.Post(home+"/proofs"), http.StatusSeeOther)
		started := officer.Want("start", officer.Post(home+"/runs"), http.StatusSeeOther)
		officer.Want("one at a time", officer.Post(home+"/runs"), http.StatusConflict)
		officer.Want("under way", officer.Get(started.To()), http.StatusOK)
		b.work(t)
		page := officer.Want("findings", officer.Get(started.To()+"/findings"), http.StatusOK)
		if !strings.Contains(page.Text, "Dépôt, sauvegarde ou secret lisible par tous") {
			t.Errorf("the repository was not found: %s", page.Text)
		}
	})
}

func TestSchedule(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		runs := func() (n int) {
			b.View(func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = store.One(ctx, tx, store.Column[int], `select count(*) from exposure_run`)
				return err
			})
			return n
		}
		due := func() {
			t.Helper()
			if err := b.service.StartDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		officer.Want("declare", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "hosts", "127.0.0.1", "ports", "9"), http.StatusSeeOther)
		officer.Want("every 30 days", officer.Post(home+"/schedule", "every", "30"), http.StatusSeeOther)
		due()
		b.Clock = b.Clock.AddDate(0, 0, 31)
		due()
		if runs() != 0 {
			t.Error("an unproven perimeter was audited")
		}
		officer.Want("prove", officer.Post(home+"/proofs"), http.StatusSeeOther)
		b.Clock = b.Clock.AddDate(0, 0, 2)
		due()
		due()
		if runs() != 1 {
			t.Errorf("%d runs, want 1", runs())
		}
		officer.Want("never", officer.Post(home+"/schedule", "every", "0"), http.StatusSeeOther)
		b.work(t)
		b.Clock = b.Clock.AddDate(1, 0, 0)
		due()
		if runs() != 1 {
			t.Error("an audit was started that nobody wants any more")
		}
	})
}

func TestReportsOfOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		run := b.runOf(t, officer, factsOf(t, b.Clock.AddDate(0, 0, -1), 1))
		table := []byte("Vulnérabilité;Criticité;Système\nConsole d’un onduleur;Critique;onduleur.hopital.example\nSans gravité;P1;x.example\n")
		preview := officer.Want("look", officer.Upload(home+"/imports", "file", "rapport.csv", table), http.StatusOK)
		if !strings.Contains(preview.Text, "Console d’un onduleur") || !strings.Contains(preview.Text, "P1") {
			t.Error("the preview does not show what was read and what was not")
		}
		officer.Want("its field", preview, http.StatusOK).Find(t, `name="words"[^>]*>(P1 =)`)
		if meant := officer.Want("said", officer.Upload(home+"/imports", "file", "rapport.csv", table, "words", "P1 = mineure"), http.StatusOK); !strings.Contains(meant.Text, "Mineure, x.example") {
			t.Errorf("a severity that a person explained: %s", meant.Main())
		}
		if strings.Contains(officer.Get(run+"/findings").Text, "onduleur") {
			t.Error("a report was kept before anybody said so")
		}
		officer.Want("keep", officer.Upload(home+"/imports", "file", "rapport.csv", table, "keep", "1"), http.StatusSeeOther)
		officer.Want("keep twice", officer.Upload(home+"/imports", "file", "rapport.csv", table, "keep", "1"), http.StatusSeeOther)
		list := officer.Want("one list", officer.Get(run+"/findings"), http.StatusOK)
		if strings.Count(list.Main(), "Console d’un onduleur") != 1 {
			t.Error("the finding of the other report is not in the list exactly once")
		}
		remove := officer.Get(home+"/imports").Find(t, `action="([^"]*/imports/[^"]*/remove)"`)
		officer.Want("remove", officer.Post(remove), http.StatusSeeOther)
		if strings.Contains(officer.Get(run+"/findings").Text, "onduleur") {
			t.Error("a removed report still counts")
		}
		officer.Want("not a report", officer.Upload(home+"/imports", "file", "x.bin", []byte("\x00\x01")), http.StatusUnprocessableEntity)
	})
}

func TestKnowledge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		admin := b.Person("Ada Admin", right.Administrator, "")
		_, key, err := ed25519.GenerateKey(strings.NewReader(strings.Repeat("k", 64)))
		if err != nil {
			t.Fatal(err)
		}
		var bundle bytes.Buffer
		if err := knowledge.Write(&bundle, &knowledge.Bundle{Made: b.Clock, Sources: []knowledge.Source{{Kind: knowledge.KEV, Date: b.Clock}}}, key); err != nil {
			t.Fatal(err)
		}
		const address = "/administration/exposure-knowledge"
		admin.Want("nothing yet", admin.Get(address), http.StatusOK)
		altered := bytes.Clone(bundle.Bytes())
		altered[60] ^= 0xff // inside the signed manifest
		admin.Want("altered", admin.Upload(address, "file", "k.hygie", altered), http.StatusUnprocessableEntity)
		admin.Want("bring", admin.Upload(address, "file", "k.hygie", bundle.Bytes()), http.StatusSeeOther)
		admin.Want("in use", admin.Get(address), http.StatusOK)
	})
}

func TestFilesOfNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		officer.Want("declare", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "hosts", "127.0.0.1", "ports", "9"), http.StatusSeeOther)
		officer.Want("a zone", officer.Upload(home+"/sources", "source", "exemple.zone", []byte("$ORIGIN hopital.example.\n$TTL 300\n@ SOA ns1 h 1 3600 900 1209600 300\n@ NS ns1\nwww A 192.0.2.1\n")), http.StatusSeeOther)
		page := officer.Want("listed", officer.Get(home+"/perimeter"), http.StatusOK)
		if !strings.Contains(page.Text, "exemple.zone") || !strings.Contains(page.Text, "Fichier de zone") {
			t.Error("the file is not listed")
		}
		officer.Want("not a file of names", officer.Upload(home+"/sources", "source", "x.bin", []byte("\x00\x01\x02")), http.StatusUnprocessableEntity)
		officer.Want("prove", officer.Post(home+"/proofs"), http.StatusSeeOther)
		run := officer.Want("start", officer.Post(home+"/runs"), http.StatusSeeOther).To()
		b.work(t)
		if seen := officer.Want("map", officer.Get(run+"/map"), http.StatusOK); !strings.Contains(seen.Text, "www.hopital.example") {
			t.Error("the audit did not start from the zone")
		}
		remove := officer.Get(home+"/perimeter").Find(t, `action="([^"]*/sources/[^"]*/remove)"`)
		officer.Want("remove", officer.Post(remove), http.StatusSeeOther)
	})
}

func TestMandate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		officer.Want("declare", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "ranges", "192.0.2.0/28"), http.StatusSeeOther)
		day := func(n int) string { return b.Clock.AddDate(0, 0, n).Format(time.DateOnly) }
		officer.Want("over", officer.Upload(home+"/mandates", "file", "m.pdf", []byte("%PDF"), "signer", "La directrice", "from", day(-30), "until", day(-10), "covers", "192.0.2.0/28"), http.StatusUnprocessableEntity)
		officer.Want("hours nonsense", officer.Upload(home+"/mandates", "file", "m.pdf", []byte("%PDF"), "signer", "La directrice", "from", day(-1), "until", day(90), "covers", "192.0.2.0/28", "hours", "la nuit"), http.StatusUnprocessableEntity)
		officer.Want("covers nonsense", officer.Upload(home+"/mandates", "file", "m.pdf", []byte("%PDF"), "signer", "La directrice", "from", day(-1), "until", day(90), "covers", "pas un domaine"), http.StatusUnprocessableEntity)
		b.View(func(ctx context.Context, tx *store.Tx) error {
			if kept, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Hospital); err != nil || len(kept) > 0 {
				t.Errorf("a refused mandate left %d papers: %v", len(kept), err)
			}
			return nil
		})
		officer.Want("mandate", officer.Upload(home+"/mandates", "file", "m.pdf", []byte("%PDF"), "signer", "La directrice", "from", day(-1), "until", day(90), "covers", "192.0.2.0/28", "classes", "known-flaws",
			"hours", "00:00-24:00", "contact", "01 99 00 00 00", "sources", "198.51.100.250"), http.StatusSeeOther)
		officer.Want("prove", officer.Post(home+"/proofs"), http.StatusSeeOther)
		page := officer.Want("proven", officer.Get(home+"/proofs"), http.StatusOK)
		if !strings.Contains(page.Text, "Couvert par un mandat") {
			t.Errorf("the range is not covered: %s", page.Main())
		}
		for _, term := range []string{"Heures : 00:00-24:00", "Depuis : 198.51.100.250", "Prévenir : 01 99 00 00 00"} {
			if !strings.Contains(strings.ReplaceAll(page.Text, "\u00a0", " "), term) {
				t.Errorf("the mandate does not say %q: %s", term, page.Main())
			}
		}
		if !strings.Contains(page.Text, "Sans signature électronique") {
			t.Errorf("a paper without a signature: %s", page.Main())
		}
		revoke := page.Find(t, `action="([^"]*/mandates/[^"]*/revoke)"`)
		officer.Want("revoke", officer.Post(revoke), http.StatusSeeOther)
		officer.Want("prove again", officer.Post(home+"/proofs"), http.StatusSeeOther)
		if strings.Contains(officer.Get(home+"/proofs").Text, "Couvert par un mandat") {
			t.Error("a revoked mandate still covers")
		}
	})
}

// What a mandate's paper tells of its signature stands beside it: whole, broken, or from an authority that the installation knows.
func TestSignedMandate(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	officer.Want("declare", officer.Post(home+"/perimeter", "version", "0", "contact", "Camille", "ranges", "192.0.2.0/28"), http.StatusSeeOther)
	day := func(n int) string { return b.Clock.AddDate(0, 0, n).Format(time.DateOnly) }
	signer := signaturetest.New(t, "Dominique Exemple", b.Clock)
	paper := signer.PDF(t, "Mandat", b.Clock)
	for _, row := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"whole", paper, "Signature électronique intacte"},
		{"changed", bytes.Replace(paper, []byte("(Mandat)"), []byte("(mandat)"), 1), "Signature électronique rompue"},
		{"added to", append(slices.Clone(paper), "%more"...), "octets, à la fin du fichier, ne sont pas signés."},
		{"wrapped", signer.CMS(t, []byte("Mandat"), b.Clock, true), "Dominique Exemple, Établissement inventé, selon un certificat de"},
		{"of another file", signer.CMS(t, []byte("Mandat"), b.Clock, false), "donnez le papier signé lui-même"},
	} {
		officer.Want(row.name, officer.Upload(home+"/mandates", "file", "m.pdf", row.content, "signer", "Dominique Exemple", "from", day(-1), "until", day(90), "covers", "192.0.2.0/28"), http.StatusSeeOther)
		page := officer.Want(row.name, officer.Get(home+"/proofs"), http.StatusOK)
		if !strings.Contains(page.Text, row.want) || row.name == "whole" && !strings.Contains(page.Text, "n’est pas vérifié") {
			t.Errorf("%s: %s", row.name, page.Main())
		}
		officer.Want("revoke", officer.Post(page.Find(t, `action="([^"]*/mandates/[^"]*/revoke)"`)), http.StatusSeeOther)
	}
}
