-- +goose Up
-- What people are told by mail. A mail is written in the transaction of what it tells about, and sent when the server takes it.
create table mail (
    id        text primary key,
    person_id text not null references person (id),
    recipient text not null,                   -- address at the moment of writing
    subject   text not null,
    body      text not null,                   -- plain text, lines ending in \n
    state     text not null,                   -- notice.MailState
    queued_at bigint not null,
    next_at   bigint not null,                 -- of the next try; while one is under way, when it is given up for lost
    attempts  integer not null default 0,
    ended_at  bigint not null default 0,       -- when the server took it, or refused it for good
    problem   text not null default ''         -- of the last try
);
create index mail_next on mail (state, next_at);

-- What a person was told already, so that it is told once.
create table mail_told (
    person_id text not null references person (id),
    about     text not null,                   -- such as "due/ACTION/2026-04-30"
    told_at   bigint not null,
    primary key (person_id, about)
);

-- What a person wants; nobody's row means what [notice.Default] says.
create table mail_choice (
    person_id  text primary key references person (id),
    reminders  boolean not null,
    digest     boolean not null,
    digest_day integer not null                -- 1 for Monday to 7 for Sunday
);
