-- +goose Up
-- Evidence: a file deposited for a structure. The bytes lie in the blob store under their SHA-256; a row is never edited, a
-- newer deposit supersedes it.
create table evidence (
    id              text primary key,
    structure_id    text not null references structure (id),
    kind            text not null,              -- proof.Kind: what sort of document this is
    name            text not null,              -- the file's name as deposited
    media_type      text not null,
    sha256          text not null,              -- of the plain bytes, 64 hexadecimal digits
    size            bigint not null,
    effective_from  bigint not null default 0,  -- the period the document speaks of, not the day it was deposited
    effective_until bigint not null default 0,  -- 0: no known end
    deposited_at    bigint not null,
    deposited_by    text not null,              -- person id, or a module's name for what the platform made itself
    note            text not null default '',
    supersedes      text references evidence (id) deferrable initially deferred
);
create index evidence_structure on evidence (structure_id, deposited_at);
create index evidence_content on evidence (sha256);

-- Facts: what a module established about one structure at one moment. Only ever added.
create table fact (
    id           text primary key,
    structure_id text not null references structure (id),
    key          text not null,
    kind         text not null,                 -- referential.ValueKind
    number       double precision not null default 0,
    text         text not null default '',
    observed_at  bigint not null,               -- when it was so, not when it was recorded
    source       text not null,                 -- what established it, such as "directory-audit/RUN"
    evidence_id  text references evidence (id),
    recorded_at  bigint not null,
    recorded_by  text not null
);
create index fact_latest on fact (structure_id, key, observed_at);
