package exposure

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/exposure/perimeter"
	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/passage"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Start asks for an audit of what a structure declares. It is refused while another is under way, and while nothing of the declaration was
// proven: such an audit would only read public names.
func (s *Service) Start(ctx context.Context, actor right.Actor, scope territory.Scope, structure string) (Run, error) {
	if s.o.Deposits {
		return Run{}, fault.Refused("exposure.deposits_only")
	}
	now := s.now()
	run := Run{ID: store.NewID(now), Structure: structure, State: Waiting, Source: Measured, CreatedAt: now, CreatedBy: actor.Person, CreatedByName: actor.Name}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		d, owner, err := current(ctx, tx, scope, structure)
		if err != nil {
			return err
		}
		if owner.ProofHash != d.Hash || !anyProven(owner.Proofs) {
			return fault.Conflict("exposure.not_proven")
		}
		return s.begin(ctx, tx, scope, &run, d, jobArgs{})
	})
	return run, err
}

func anyProven(proofs []perimeter.Proof) bool {
	for _, p := range proofs {
		if p.By != perimeter.Unproven {
			return true
		}
	}
	return false
}

// begin records a run with its job, unless one of the structure is under way.
func (s *Service) begin(ctx context.Context, tx *store.Tx, scope territory.Scope, run *Run, d Declaration, args jobArgs) error {
	runs, err := runsOf(ctx, tx, scope, run.Structure, 20)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if !r.State.Over() && run.Source != Deposited && r.Source != Deposited {
			return fault.Conflict("exposure.under_way")
		}
	}
	args.Run = run.ID
	run.PerimeterID, run.PerimeterHash = d.ID, d.Hash
	if run.JobID, err = s.queue.Enqueue(ctx, tx, job.New{Kind: JobKind, Structure: run.Structure, CreatedBy: run.CreatedBy, Args: args, MaxAttempts: 5}); err != nil {
		return err
	}
	if err := insertRun(ctx, tx, scope, *run); err != nil {
		return err
	}
	return s.trail.Append(ctx, tx, journal.Entry{Actor: run.CreatedBy, Action: "exposure.start", Structure: run.Structure, Subject: "exposure/" + run.ID,
		Data: trail.Data(map[string]any{"source": string(run.Source), "perimeter": run.PerimeterHash})})
}

// Deposit takes in a file of facts that the command made elsewhere, and decides on it.
func (s *Service) Deposit(ctx context.Context, actor right.Actor, scope territory.Scope, structure, name string, content io.Reader) (Run, error) {
	buffered := bufio.NewReaderSize(content, 4096)
	if _, err := buffered.Peek(1); errors.Is(err, io.EOF) {
		return Run{}, fault.Invalid(fault.Field{Name: "facts", Key: "exposure.file_empty"})
	}
	digest, size, err := s.vault.Put(ctx, buffered)
	if errors.Is(err, blob.ErrFull) {
		return Run{}, fault.Conflict("exposure.disk_full").Because(err)
	}
	if err != nil {
		return Run{}, fmt.Errorf("store the deposited facts: %w", err)
	}
	now := s.now()
	run := Run{ID: store.NewID(now), Structure: structure, State: Waiting, Source: Deposited, SourceName: proof.SafeName(name), CreatedAt: now, CreatedBy: actor.Person, CreatedByName: actor.Name}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		return s.begin(ctx, tx, scope, &run, Declaration{}, jobArgs{SHA256: hex.EncodeToString(digest[:]), Size: size})
	})
	return run, err
}

// shortestPause is how often audits may be scheduled, in days; longestPause how rarely.
const (
	shortestPause = 1
	longestPause  = 366
)

// Schedule makes the platform look by itself every so many days; 0 stops it.
func (s *Service) Schedule(ctx context.Context, actor right.Actor, scope territory.Scope, structure string, every int) error {
	if every != 0 && (every < shortestPause || every > longestPause) {
		return fault.Invalid(fault.Field{Name: "every", Key: "exposure.bad_schedule"})
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := current(ctx, tx, scope, structure); err != nil {
			return err
		}
		next := int64(0)
		if every > 0 {
			next = store.Millis(s.now().AddDate(0, 0, every))
		}
		if err := s.setNext(ctx, tx, scope, structure, every, next); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.schedule", Structure: structure, Subject: "exposure-schedule", Data: trail.Data(map[string]any{"every_days": every})})
	})
}

func (s *Service) setNext(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, every int, next int64) error {
	var w store.Where
	set := `update exposure_owner set every_days = ` + w.Arg(every) + `, next_at = ` + w.Arg(next)
	w.And("structure_id = ?", structure)
	scope.Within(&w, "structure_id")
	_, err := tx.Exec(ctx, set+w.SQL(), w.Args()...)
	return err
}

// StartDue starts the audits whose day has come. A structure whose proofs are gone, or that is being audited, is tried again the next day.
func (s *Service) StartDue(ctx context.Context) error {
	if s.o.Deposits {
		return nil
	}
	now := s.now()
	var due []Owner
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = store.All(ctx, tx, scanOwner, `select structure_id, proof_key, proofs, proofs_hash, proofs_at, every_days, next_at from exposure_owner where next_at > 0 and next_at <= $1 order by next_at`, store.Millis(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("find the audits that are due: %w", err)
	}
	for _, o := range due {
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			scope, err := passage.Scope(ctx, tx, o.Structure)
			if err != nil {
				return err
			}
			d, owner, err := current(ctx, tx, scope, o.Structure)
			if err != nil {
				return err
			}
			next := now.AddDate(0, 0, owner.EveryDays)
			if owner.ProofHash != d.Hash || !anyProven(owner.Proofs) {
				return s.setNext(ctx, tx, scope, o.Structure, owner.EveryDays, store.Millis(now.AddDate(0, 0, 1)))
			}
			run := Run{ID: store.NewID(now), Structure: o.Structure, Source: Scheduled, CreatedAt: now, CreatedBy: ModuleName, CreatedByName: ModuleName}
			if err := s.begin(ctx, tx, scope, &run, d, jobArgs{}); err != nil {
				if fault.KindOf(err) != fault.KindConflict {
					return err
				}
				next = now.AddDate(0, 0, 1)
			}
			return s.setNext(ctx, tx, scope, o.Structure, owner.EveryDays, store.Millis(next))
		})
		if err != nil {
			return fmt.Errorf("start the audit of %s that is due: %w", o.Structure, err)
		}
	}
	return nil
}

// Watch starts the audits that are due, now and every so often, until ctx ends.
func (s *Service) Watch(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.StartDue(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.ErrorContext(ctx, "audits that are due were not started", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
