package job

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"hygie/internal/store"
)

const killVariable = "HYGIE_TEST_JOB_DATABASE"

// TestKill kills a process in the middle of a job and lets another one finish: nothing is lost, nothing is done twice.
func TestKill(t *testing.T) {
	if address := os.Getenv(killVariable); address != "" {
		workUntilKilled(address)
	}
	each(t, func(b bench) {
		b.exec(`create table effect (id text)`)
		id := b.enqueue(New{Kind: "long"})
		untouched := b.enqueue(New{Kind: "long", RunAt: time.Now().Add(time.Hour)})

		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), killVariable+"="+b.db.URL())
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "half done\n" {
			b.Fatalf("child said %q, %v", line, err)
		}
		b.until(id, func(j Job) bool { return j.State == Running && j.Message == "half" })
		if err := cmd.Process.Kill(); err != nil { // SIGKILL
			b.Fatal(err)
		}
		cmd.Wait()
		if j := b.get(id); j.State != Running {
			b.Fatalf("just after the kill: %+v", j)
		}
		b.start(quick(), map[string]Handler{"long": func(_ context.Context, j Job, p *Progress) error {
			p.Finish(effect(j))
			return nil
		}})
		if j := b.until(id, ended); j.State != Done || j.Attempt != 2 {
			b.Errorf("after the rescue: %+v", j)
		}
		if n := b.count(`select count(*) from effect`); n != 1 {
			b.Errorf("%d effects, want 1", n)
		}
		if j := b.get(untouched); j.State != Waiting {
			b.Errorf("the other job: %+v", j)
		}
	})
}

func effect(j Job) func(context.Context, *store.Tx) (any, error) {
	return func(ctx context.Context, tx *store.Tx) (any, error) {
		_, err := tx.Exec(ctx, `insert into effect (id) values ($1)`, j.ID)
		return nil, err
	}
}

// workUntilKilled is the process that will be killed, in the middle of its job.
func workUntilKilled(address string) {
	db, err := store.Open(context.Background(), address)
	if err != nil {
		panic(err)
	}
	o := quick()
	o.Lease = 3 * time.Second // what the rescuer must wait
	r := NewRunner(NewQueue(db, time.Now), o)
	r.Handle("long", func(_ context.Context, j Job, p *Progress) error {
		p.Report(1, 2, "half")
		p.Finish(effect(j))
		fmt.Println("half done")
		select {}
	})
	r.Run(context.Background())
}

// TestKillTooOften gives a job up whose processes keep dying.
func TestKillTooOften(t *testing.T) {
	each(t, func(b bench) {
		id := b.enqueue(New{Kind: "kills its process", MaxAttempts: 2})
		b.exec(`update job set state = 'running', attempt = 2, lease_by = 'dead', lease_until = 1 where id = $1`, id)
		cancelled := b.enqueue(New{Kind: "kills its process"})
		b.exec(`update job set state = 'running', attempt = 1, cancel_asked = true, lease_by = 'dead', lease_until = 1 where id = $1`, cancelled)
		b.start(quick(), map[string]Handler{"kills its process": func(context.Context, Job, *Progress) error {
			b.Error("ran once more")
			return nil
		}})
		if j := b.until(id, ended); j.State != Failed || j.Error == "" || j.EndedAt.IsZero() {
			b.Errorf("%+v", j)
		}
		if j := b.until(cancelled, ended); j.State != Cancelled {
			b.Errorf("%+v", j)
		}
	})
}
