package notice_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hygie/internal/notice"
	"hygie/internal/notice/smtptest"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// A real Postfix that is away keeps nothing from being written: mails wait and say so, in the order they were written, also across a restart of the service, and each
// arrives once when it is back.
func TestThePostfixIsAway(t *testing.T) {
	server, db := smtptest.New(t), storetest.SQLite(t)
	clock := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	service := func() *notice.Service {
		return notice.New(notice.Options{DB: db, Sender: notice.SMTP{Server: server.Address, From: "hygie <hygie@ch-brume.example>", Security: notice.None, Patience: 30 * time.Second},
			Now: func() time.Time { return clock }, Log: slog.New(slog.DiscardHandler)})
	}
	const count = 3
	var ids []string
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	states := func() (all []string) {
		must(db.View(t.Context(), func(tx *store.Tx) error {
			for _, id := range ids {
				state, err := notice.StateOf(t.Context(), tx, id)
				if err != nil {
					return err
				}
				all = append(all, string(state))
			}
			return nil
		}))
		return all
	}
	must(db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into person (id, email, email_key, name, locale, handle, created_at, updated_at) values ('p', 'p@ch-brume.example', 'p@ch-brume.example', 'Camille Exemple', 'fr', 'p', 0, 0)`)
		for n := range count {
			var id string
			if err == nil {
				id, err = notice.Post(t.Context(), tx, "p", smtptest.Recipient, fmt.Sprintf("EXERCICE – numéro %d", n), "Corps.\n", clock)
			}
			ids = append(ids, id)
		}
		return err
	}))
	if sent, err := service().Deliver(context.WithoutCancel(t.Context())); err == nil || sent != 0 {
		t.Errorf("%d sent to nobody, %v", sent, err)
	}
	if got := fmt.Sprint(states()); got != "[waiting waiting waiting]" {
		t.Error(got)
	}
	server.Start(t)
	clock = clock.Add(time.Hour)
	after := service() // the program started again meanwhile
	if sent, err := after.Deliver(t.Context()); err != nil || sent != count {
		t.Errorf("%d sent, %v", sent, err)
	}
	if got := fmt.Sprint(states()); got != "[sent sent sent]" {
		t.Error(got)
	}
	if sent, err := after.Deliver(t.Context()); err != nil || sent != 0 {
		t.Errorf("%d sent again, %v", sent, err)
	}
	text := strings.Join(server.Mails(t, count), "\n")
	for _, id := range ids {
		if n := strings.Count(text, id); n != 1 {
			t.Errorf("mail %s arrived %d times", id, n)
		}
	}
	if n := len(server.Mails(t, count)); n != count {
		t.Errorf("%d mails", n)
	}
}
