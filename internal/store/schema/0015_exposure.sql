-- +goose Up
-- What a structure declares it owns on the internet, version after version: a declaration is never edited, a newer one takes its place.
create table exposure_perimeter (
    id              text primary key,
    structure_id    text not null references structure (id),
    version         bigint not null,            -- counted from 1 in a structure
    hash            text not null,              -- of what decides on the machines looked at; two runs compare by it
    content         text not null,              -- the declaration as JSON, mandates named by their evidence
    created_at      bigint not null,
    created_by      text not null,
    created_by_name text not null,
    unique (structure_id, version)
);

-- The secret that a structure's tokens of ownership come from, and what was last seen of them.
create table exposure_owner (
    structure_id text primary key references structure (id),
    proof_key    text not null,
    proofs       text not null default '[]',    -- perimeter.Proof of each item, as JSON
    proofs_hash  text not null default '',      -- of the perimeter they are about
    proofs_at    bigint not null default 0,
    every_days   bigint not null default 0,     -- an audit every so many days; 0 for none
    next_at      bigint not null default 0
);

-- A run of the exposure audit. Facts and report are evidence.
create table exposure_run (
    id              text primary key,
    structure_id    text not null references structure (id),
    state           text not null,              -- waiting, done or failed; while it waits, its job says how far it is
    source          text not null,              -- measured here, deposited as a file of facts, or by the schedule
    source_name     text not null default '',
    job_id          text not null default '',
    perimeter_id    text references exposure_perimeter (id),
    perimeter_hash  text not null default '',
    facts_id        text references evidence (id),
    report_id       text references evidence (id),
    as_of           bigint not null default 0,
    grade           text not null default '',   -- A to F; empty when nothing was seen
    holds           boolean not null default false, -- nothing open above the threshold
    partial         boolean not null default false,
    critical        bigint not null default 0,  -- findings that are neither accepted nor only supposed
    major           bigint not null default 0,
    important       bigint not null default 0,
    minor           bigint not null default 0,
    fresh           bigint not null default 0,  -- new or back since the run before
    fixed           bigint not null default 0,
    failure_key     text not null default '',
    failure_detail  text not null default '',
    previous_id     text references exposure_run (id) deferrable initially deferred,
    tool_version    text not null default '',
    created_at      bigint not null,
    created_by      text not null,
    created_by_name text not null,
    finished_at     bigint not null default 0
);
create index exposure_run_structure on exposure_run (structure_id, created_at);

-- When a finding was first seen and when it was mended, across runs: how long mending takes.
create table exposure_life (
    structure_id text not null references structure (id),
    finding      text not null,                 -- identity of the finding
    severity     text not null,
    first_seen   bigint not null,
    fixed_at     bigint not null default 0,     -- 0 while it is open; cleared when it is back
    primary key (structure_id, finding)
);

-- What the management leaves open for a time, and what is held for false, with author, reason and end.
create table exposure_acceptance (
    id               text primary key,
    structure_id     text not null references structure (id),
    finding          text not null,
    false_positive   boolean not null,
    reason           text not null,
    until            bigint not null,
    accepted_at      bigint not null,
    accepted_by      text not null,
    accepted_by_name text not null,
    withdrawn_at     bigint not null default 0
);
create index exposure_acceptance_structure on exposure_acceptance (structure_id, finding);

-- Reports of others on the same perimeter; their findings stand beside ours.
create table exposure_import (
    id              text primary key,
    structure_id    text not null references structure (id),
    evidence_id     text not null references evidence (id),
    tool            text not null,
    findings        text not null,              -- foreign.Finding list as JSON
    count           bigint not null,
    created_at      bigint not null,
    created_by      text not null,
    created_by_name text not null,
    withdrawn_at    bigint not null default 0
);
create index exposure_import_structure on exposure_import (structure_id, created_at);

-- Files that tell of names and addresses: zone, registrar, address plan, certificates, certificate transparency.
create table exposure_source (
    id              text primary key,
    structure_id    text not null references structure (id),
    evidence_id     text not null references evidence (id),
    name            text not null,
    kind            text not null,
    names           bigint not null,
    created_at      bigint not null,
    created_by      text not null,
    created_by_name text not null,
    withdrawn_at    bigint not null default 0
);
create index exposure_source_structure on exposure_source (structure_id, created_at);

-- The bundles of knowledge brought to the installation; the newest counts.
create table exposure_knowledge (
    id              text primary key,
    sha256          text not null,              -- of the bundle in the store of bytes
    size            bigint not null,
    made            bigint not null,
    dated           bigint not null,            -- the day of its oldest source
    signer          text not null,              -- fingerprint of the key that signed it
    created_at      bigint not null,
    created_by      text not null,
    created_by_name text not null
);

