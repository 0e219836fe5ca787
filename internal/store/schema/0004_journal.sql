-- +goose Up
-- Journals kept by the platform (internal/trail); the format is in docs/formats/journal.md.
create table journal (
    id     text primary key,              -- what it is in this installation, such as "audit"
    origin text not null,                 -- its name in the world, which its heads state
    size   bigint not null default 0,     -- number of lines
    last   bytea not null                 -- hash of the last line; zeros when there is none
);

-- The columns beside "line" repeat what it says, to find it by; only "line" is evidence.
create table journal_line (
    journal_id   text not null references journal (id),
    n            bigint not null,
    noted        bigint not null,
    actor        text not null,
    action       text not null,
    structure_id text not null,           -- not a reference: a line outlives what it speaks of
    subject      text not null,
    line         text not null,           -- canonical JSON
    primary key (journal_id, n)
);
create index journal_line_structure on journal_line (structure_id, journal_id, n);
create index journal_line_subject on journal_line (subject, journal_id, n) where subject <> '';
create index journal_line_actor on journal_line (actor, journal_id, n);

-- The Merkle tree, as golang.org/x/mod/sumdb/tlog numbers its hashes.
create table journal_hash (
    journal_id text not null references journal (id),
    i          bigint not null,
    hash       bytea not null,
    primary key (journal_id, i)
);

-- Noted in the transaction of the act, not yet given a number.
create table journal_intake (
    id         text primary key,
    journal_id text not null references journal (id),
    seq        bigint not null,           -- order of arrival
    line       text not null              -- canonical JSON with number 1 and no line before
);
create index journal_intake_order on journal_intake (journal_id, seq, id);
