-- +goose Up
-- Files that people bring: looked at before anything is written, then forgotten.
create table bring_draft (
    id           text primary key,
    structure_id text not null references structure (id),
    kind         text not null,                 -- bring.Target.Kind
    address      text not null,                 -- page of the import the file was given to
    name         text not null,                 -- of the file
    sha256       text not null,                 -- of its bytes, kept beside the evidence and only until the draft ends
    size         bigint not null,
    reading      text not null default '',      -- JSON: how its columns are read; empty: as it is guessed
    created_at   bigint not null,
    created_by   text not null
);
create index bring_draft_age on bring_draft (created_at);

-- How a table with such columns was read the last time, so that nobody says it twice.
create table bring_reading (
    structure_id text not null references structure (id),
    kind         text not null,
    signature    text not null,                 -- digest of the names of the columns
    reading      text not null,                 -- JSON
    used_at      bigint not null,
    primary key (structure_id, kind, signature)
);
