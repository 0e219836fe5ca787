-- +goose Up
-- Main courantes (internal/logbook): the lines themselves are the journal "logbook/ID" of the table journal_line; the columns here only find them.
create table logbook (
    id           text primary key,
    structure_id text not null references structure (id),
    kind         text not null,            -- incident, exercise
    title        text not null,
    opened_at    bigint not null,
    opened_by    text not null,
    closed_at    bigint not null default 0 -- no line is taken after that
);
create index logbook_structure on logbook (structure_id, opened_at);

create table logbook_line (
    book_id  text not null references logbook (id),
    id       text not null,                -- made where the line was written: sent twice, it stays one line
    n        bigint not null,              -- number in the journal
    kind     text not null,
    at       bigint not null,              -- time of the fact
    written  bigint not null,              -- time noted, by the clock of where it was written
    device   text not null,
    seq      bigint not null,              -- order on that device
    corrects bigint not null,              -- number of the line it corrects, or 0
    digest   text not null,                -- SHA-256 of what the line says
    primary key (book_id, id)
);
create unique index logbook_line_number on logbook_line (book_id, n);
create index logbook_line_written on logbook_line (book_id, written);
create index logbook_line_device on logbook_line (book_id, device, seq);

-- Files behind lines; the bytes are in the evidence store, under the same SHA-256.
create table logbook_file (
    book_id text not null references logbook (id),
    sha256  text not null,
    name    text not null,
    media   text not null,
    size    bigint not null,
    at      bigint not null,
    by      text not null,
    primary key (book_id, sha256)
);

-- Numbered sheets printed to go on with a pen.
create table logbook_sheet (
    book_id  text not null references logbook (id),
    number   bigint not null,
    cell     text not null,
    lines    bigint not null,
    size     bigint not null,              -- lines of the journal when it was printed
    root     bytea not null,               -- root of the journal then
    at       bigint not null,
    by       text not null,
    photo    text not null default '',     -- SHA-256 of the photograph, once it is back
    primary key (book_id, number)
);

-- Signed heads that an authority of time has stamped (RFC 3161).
create table logbook_stamp (
    book_id   text not null references logbook (id),
    size      bigint not null,
    head      text not null,               -- signed note
    token     bytea not null,              -- TimeStampResp, DER
    at        bigint not null,             -- as the authority says
    authority text not null,
    primary key (book_id, size)
);
