package audit

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
)

// Deposit takes in a collected directory for a structure in scope and starts its audit. The bytes are stored, encrypted, before
// anything is recorded; if recording fails they are bytes without a name, and nothing refers to them.
func (s *Service) Deposit(ctx context.Context, actor right.Actor, scope territory.Scope, structure, name string, content io.Reader) (Run, error) {
	buffered := bufio.NewReaderSize(content, 4096)
	if _, err := buffered.Peek(1); errors.Is(err, io.EOF) {
		return Run{}, fault.Invalid(fault.Field{Name: "dump", Key: "audit.file_empty"})
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
		run.DumpID, err = proof.Add(ctx, tx, scope, proof.Evidence{
			Structure: structure, Kind: proof.DirectoryDump, Name: name, MediaType: "application/octet-stream", SHA256: hex.EncodeToString(digest[:]), Size: size,
			EffectiveFrom: now, DepositedAt: now, DepositedBy: actor.Person,
		})
		if err != nil {
			return err
		}
		return s.start(ctx, tx, actor, scope, &run)
	})
	return run, err
}

// start records the run, its job and the line of the trail.
func (s *Service) start(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, run *Run) error {
	if err := insertRun(ctx, tx, scope, *run); err != nil {
		return err
	}
	jobID, err := s.queue.Enqueue(ctx, tx, job.New{Kind: jobKind, Structure: run.Structure, CreatedBy: actor.Person, Args: jobArgs{Run: run.ID}, MaxAttempts: 3})
	if err != nil {
		return err
	}
	run.JobID = jobID
	if _, err := tx.Exec(ctx, `update audit_run set job_id = $1 where id = $2`, jobID, run.ID); err != nil {
		return fmt.Errorf("tie the run to its job: %w", err)
	}
	return s.trail.Append(ctx, tx, trail.Line{Actor: actor.Person, ActorName: actor.Name, Action: "audit.start", Structure: run.Structure, Subject: "audit/" + run.ID,
		Data: map[string]any{"source": string(run.Source), "name": run.SourceName}})
}
