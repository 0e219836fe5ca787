-- +goose Up
-- Crisis folders (internal/continuity): what establishments write for the day without computers, and the folder that was last made of it.
create table continuity_contact (
    id           text primary key,
    structure_id text not null references structure (id),
    place        bigint not null,             -- in the list; who is called first comes first
    name         text not null,
    role         text not null,
    phones       text not null,               -- one a line
    mail         text not null,
    hours        text not null,
    note         text not null,
    version      bigint not null default 1
);
create index continuity_contact_structure on continuity_contact (structure_id, place);

create table continuity_service (
    id           text primary key,
    structure_id text not null references structure (id),
    name         text not null,
    name_key     text not null,
    tolerance    bigint not null,             -- hours without computers; 0: nobody said
    manager      text not null,
    phone        text not null,
    box          text not null,               -- where paper, labels and stamps are
    procedure    text not null,
    version      bigint not null default 1
);
create unique index continuity_service_name on continuity_service (structure_id, name_key);

create table continuity_folder (
    structure_id   text primary key references structure (id),
    changes        bigint not null default 0, -- grows with each change of what the folder is made of
    built_changes  bigint not null default 0, -- changes that are in it; less than changes: to be made again
    number         bigint not null default 0, -- of the making; 0: none yet
    built_at       bigint not null default 0,
    program        text not null default '',  -- version of the program that made it
    pdf            text not null default '',  -- SHA-256 of the file
    pdf_size       bigint not null default 0,
    html           text not null default '',
    html_size      bigint not null default 0,
    services       bigint not null default 0,
    printed_number  bigint not null default 0, -- making that was last put on paper
    printed_changes bigint not null default 0, -- changes that are in it
    printed_at      bigint not null default 0  -- when it was made
);

-- What changed since, in words of the page.
create table continuity_change (
    structure_id text not null references structure (id),
    n            bigint not null,             -- value of continuity_folder.changes
    what         text not null,               -- contact.add, service.change, card, structure, program, asked …
    subject      text not null,
    at           bigint not null,
    by           text not null,
    primary key (structure_id, n)
);
