-- +goose Up
-- What instruction adds to a dossier. Its life stands in dossier and dossier_event.

-- What was checked before anybody opened the dossier: kept so that a queue of thousands is one query. It can be made anew at any time.
create table instruction_check (
    dossier_id text primary key references dossier (id),
    version    bigint not null,            -- of the dossier that was checked
    level      text not null,              -- funding.Level that has it in hand, or had it last
    arrived_at bigint not null default 0,  -- at that level; a deposit that may still change arrives when its window closes
    due_at     bigint not null default 0,  -- 0: no deadline, or the clock stands
    open       bigint not null,            -- points that the checks leave open
    drawn      boolean not null,           -- looked at in depth although nothing is open
    checked_at bigint not null
);

-- Who has a dossier in hand at a level.
create table instruction_hand (
    dossier_id text not null references dossier (id),
    level      text not null,
    person_id  text not null references person (id),
    at         bigint not null,
    by_whom    text not null,
    primary key (dossier_id, level)
);

-- What instructors saw with their own eyes. Only ever added; the latest line of a point counts.
create table instruction_look (
    dossier_id text not null references dossier (id),
    position   bigint not null,            -- 1, 2 …
    version    bigint not null,            -- of the dossier that was looked at
    level      text not null,
    point      text not null,              -- "eligible", "amount", "requirement/ID", "evidence/CODE"
    fine       boolean not null,
    note       text not null default '',
    at         bigint not null,
    by_whom    text not null,
    primary key (dossier_id, position)
);

-- The secret from which the draw of a call is made: who does not know it cannot tell which dossiers are drawn.
create table instruction_draw (
    call_id text primary key,
    salt    text not null,
    made_at bigint not null
);
