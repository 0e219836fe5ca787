-- +goose Up
-- A run of the directory audit for one structure. The dump and the report are evidence; the tables below hold the report's
-- content for pages, filters and comparisons.
create table audit_run (
    id              text primary key,
    structure_id    text not null references structure (id),
    state           text not null,              -- waiting, done or failed; while it waits, its job says how far it is
    source          text not null,              -- audit.Source: how the data came
    source_name     text not null,              -- the file deposited, or the server asked
    job_id          text not null default '',
    dump_id         text references evidence (id),
    report_id       text references evidence (id),   -- the report as JSON
    as_of           bigint not null default 0,  -- the day the verdicts are about: when the data was collected
    level           bigint not null default 0,  -- 1 to 5, the lowest of the domains; 0 before the run is done
    level_at_most   boolean not null default false,
    partial         boolean not null default false, -- something could not be read
    failure_key     text not null default '',   -- message that says why the run failed
    failure_detail  text not null default '',
    previous_id     text references audit_run (id) deferrable initially deferred, -- the run it was compared with
    tool_version    text not null default '',
    created_at      bigint not null,
    created_by      text not null,
    created_by_name text not null,
    finished_at     bigint not null default 0
);
create index audit_run_structure on audit_run (structure_id, created_at);

create table audit_domain (
    run_id        text not null references audit_run (id),
    domain        text not null,                -- DNS name
    level         bigint not null,
    level_at_most boolean not null,
    objects       bigint not null,              -- how many were read
    primary key (run_id, domain)
);

create table audit_point (
    run_id        text not null references audit_run (id),
    domain        text not null,
    point         text not null,                -- id of the control point
    status        text not null,                -- passed, failed, not_evaluated
    level         bigint not null,              -- the lowest level that asks for it
    failed_levels text not null default '',     -- comma separated
    missing       text not null default '',     -- what could not be read, one a line
    total         bigint not null default 0,    -- objects that fail it
    fresh         bigint not null default 0,    -- of these, new since the previous run
    fixed         bigint not null default 0,    -- no longer failing since the previous run
    change        text not null default '',     -- finding status of the point itself against the previous run
    primary key (run_id, domain, point)
);

create table audit_object (
    run_id   text not null references audit_run (id),
    domain   text not null,
    point    text not null,
    number   bigint not null,                   -- order in the report
    status   text not null,                     -- new, persisting, back, fixed, unverified
    dn       text not null,
    sid      text not null default '',
    levels   text not null default '',
    reason   text not null,                     -- code and values, JSON
    search   text not null,                     -- folded DN
    primary key (run_id, domain, point, number)
);

-- A weakness that the management decided to leave open for a time.
create table audit_acceptance (
    id           text primary key,
    structure_id text not null references structure (id),
    domain       text not null,
    point        text not null,
    reason       text not null,
    until        bigint not null,
    accepted_at  bigint not null,
    accepted_by  text not null,
    accepted_by_name text not null,
    revoked_at   bigint not null default 0,
    revoked_by   text not null default ''
);
create index audit_acceptance_structure on audit_acceptance (structure_id, domain, point);
