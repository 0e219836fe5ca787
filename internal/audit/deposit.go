package audit

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Deposit takes in a collected directory for a structure in scope and starts its audit. collected is the day of the collection when the
// person knows it, else zero: a dump says it itself, and an LDIF file is taken as collected when it is deposited. The bytes are stored,
// encrypted, before anything is recorded; they become evidence once they were read.
func (s *Service) Deposit(ctx context.Context, actor right.Actor, scope territory.Scope, structure, name string, collected time.Time, content io.Reader) (Run, error) {
	buffered := bufio.NewReaderSize(content, 4096)
	if _, err := buffered.Peek(1); errors.Is(err, io.EOF) {
		return Run{}, fault.Invalid(fault.Field{Name: "dump", Key: "audit.file_empty"})
	}
	if collected.After(s.now()) {
		return Run{}, fault.Invalid(fault.Field{Name: "collected", Key: "audit.collected_later"})
	}
	digest, size, err := s.vault.Put(ctx, buffered)
	if errors.Is(err, blob.ErrFull) {
		return Run{}, fault.Conflict("audit.disk_full").Because(err)
	}
	if err != nil {
		return Run{}, fmt.Errorf("store the deposited directory: %w", err)
	}
	now := s.now()
	run := Run{ID: store.NewID(now), Structure: structure, State: Waiting, Source: Deposited, SourceName: proof.SafeName(name), CreatedAt: now, CreatedBy: actor.Person, CreatedByName: actor.Name}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		return s.start(ctx, tx, actor, scope, &run, jobArgs{Run: run.ID, SHA256: hex.EncodeToString(digest[:]), Size: size, Collected: store.Millis(collected)})
	})
	return run, err
}

// start records the run, its job and the line of the trail.
func (s *Service) start(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, run *Run, args jobArgs) error {
	jobID, err := s.queue.Enqueue(ctx, tx, job.New{Kind: JobKind, Structure: run.Structure, CreatedBy: actor.Person, Args: args, MaxAttempts: 3})
	if err != nil {
		return err
	}
	run.JobID = jobID
	if err := insertRun(ctx, tx, scope, *run); err != nil {
		return err
	}
	return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "audit.start", Structure: run.Structure, Subject: "audit/" + run.ID,
		Data: trail.Data(map[string]any{"source": string(run.Source), "name": run.SourceName})})
}
