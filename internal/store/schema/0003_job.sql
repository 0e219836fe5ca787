-- +goose Up
-- Durable background work (internal/job).
create table job (
    id             text primary key,
    kind           text not null,
    structure_id   text references structure (id),  -- null for the work of the platform itself
    created_by     text not null default '',         -- who asked for it; empty for the platform itself
    args           text not null,                    -- JSON, read by the handler of the kind
    state          text not null,                    -- job.State
    priority       bigint not null default 0,        -- higher first
    unique_key     text not null default '',
    attempt        bigint not null default 0,        -- attempts begun
    max_attempts   bigint not null,
    run_at         bigint not null,                  -- not before
    lease_by       text not null default '',         -- token of the attempt that runs; fences off a worker that was thought dead
    lease_until    bigint not null default 0,
    cancel_asked   boolean not null default false,
    progress_done  bigint not null default 0,
    progress_total bigint not null default 0,
    message        text not null default '',
    result         text not null default 'null',     -- JSON
    error          text not null default '',
    created_at     bigint not null,
    started_at     bigint not null default 0,
    ended_at       bigint not null default 0
);
-- "One report per audit": of the work that is not ended, one per key.
create unique index job_unique on job (kind, unique_key) where unique_key <> '' and state in ('waiting', 'running');
create index job_waiting on job (priority desc, run_at, id) where state = 'waiting';
create index job_running on job (lease_until) where state = 'running';
create index job_structure on job (structure_id, id);
create index job_ended on job (ended_at) where ended_at > 0;
