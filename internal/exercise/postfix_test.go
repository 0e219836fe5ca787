package exercise

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"strings"
	"testing"
	"time"

	"hygie/internal/bring/bringtest"
	"hygie/internal/notice"
	"hygie/internal/notice/smtptest"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// queue is the outbox of the platform as exercises use it.
type queue struct{ now func() time.Time }

func (q queue) Send(ctx context.Context, tx *store.Tx, person, to, subject, body string) (string, error) {
	return notice.Post(ctx, tx, person, to, subject, body, q.now())
}

func (q queue) State(ctx context.Context, tx *store.Tx, id string) (PostState, error) {
	state, err := notice.StateOf(ctx, tx, id)
	return PostState(state), err
}

// letterOf reads a mail as a mail program shows it.
func letterOf(t *testing.T, text string) (subject, body string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		if raw, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw))); err != nil {
			t.Fatal(err)
		}
	}
	return subject, string(raw)
}

// The mails of an exercise reach a real Postfix with EXERCICE in their subject and around their words. While it is away nothing is lost, the room says that they wait, and each
// arrives once when it is back.
func TestMailsOfAnExerciseArrive(t *testing.T) {
	server, db := smtptest.New(t), storetest.SQLite(t)
	site := pagetest.New(t, db)
	m, err := New(Options{DB: db, Trail: site.Trail, Vault: &vault{}, Post: queue{site.Now}, Bring: bringtest.Wizard(t, site), Address: "https://hygie.example", Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	site.Serve(m.Routes)
	sender := notice.New(notice.Options{DB: db, Sender: notice.SMTP{Server: server.Address, From: "hygie <hygie@ch-brume.example>", Security: notice.None, Patience: 30 * time.Second}, Now: site.Now, Log: slog.New(slog.DiscardHandler)})
	deliver := func(want int, away bool) {
		t.Helper()
		site.Clock = site.Clock.Add(10 * time.Minute) // past what a try that failed waits
		if sent, err := sender.Deliver(t.Context()); sent != want || away != (err != nil) {
			t.Fatalf("%d sent, want %d: %v", sent, want, err)
		}
	}
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	player := site.Person("", "", "")
	player.Actor = right.Actor{}
	address := plans(t, animator, "scenario", "hopital-prestataire", "level", "1")
	event := "communique" // the first one that comes by mail
	animator.Want("seat", animator.Post(address+"/seats", "act", "add", "name", "Dominique Fictif", "role", "direction", "contact", smtptest.Recipient), http.StatusSeeOther)
	animator.Want("test", animator.Post(address+"/seats", "act", "invite_all"), http.StatusSeeOther)
	deliver(0, true)
	has(t, "away", animator.Get(address), "Courriel en attente du serveur")
	server.Start(t)
	deliver(1, false)
	has(t, "gone", animator.Get(address), "Courriel parti, pas encore de réponse")
	seat := read(t, site, address).seats[0].path()
	player.Want("here", player.Post(seat+"/here"), http.StatusSeeOther)
	server.Mails(t, 1)
	server.Stop(t)
	animator.Want("start", animator.Post(address+"/room", "act", "start"), http.StatusSeeOther)
	animator.Want("play", animator.Post(address+"/room", "act", "play", "stimulus", event), http.StatusSeeOther)
	deliver(0, true)
	has(t, "the event waits", animator.Get(address+"/room"), "1 courriel en attente du serveur")
	server.Start(t)
	deliver(1, false)
	deliver(0, false)
	has(t, "the event is gone", animator.Get(address+"/room"), "1 courriel parti")
	mails := server.Mails(t, 2)
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	told := map[string]bool{}
	for _, text := range mails {
		subject, body := letterOf(t, text)
		if !strings.HasPrefix(subject, "EXERCICE – ") || strings.Count(body, "EXERCICE – EXERCICE – EXERCICE") != 2 || !strings.Contains(body, "https://hygie.example"+seat) {
			t.Errorf("%s\n%s", subject, body)
		}
		told[strings.TrimPrefix(subject, "EXERCICE – ")] = true
	}
	if !told["essai des contacts"] || !told["Incident de sécurité en cours"] {
		t.Errorf("%v", told)
	}
}
