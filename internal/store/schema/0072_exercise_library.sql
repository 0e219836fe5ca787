-- +goose Up
-- Scenarios of a structure's own, made from a table, an archive of another tool or one that comes with hygie (internal/exercise).
create table exercise_scenario (
    id           text primary key,
    structure_id text not null references structure (id),
    scenario     text not null,             -- JSON, at all its levels; without events until some are brought
    lost         text not null default '',  -- JSON: what the archive it came from said and has no place here
    created_at   bigint not null,
    created_by   text not null,
    changed_at   bigint not null,
    retired_at   bigint not null default 0  -- no longer offered; exercises keep their own copy
);
create index exercise_scenario_structure on exercise_scenario (structure_id, retired_at);

-- What the animator says of a milestone, against what the lines of the main courante were read to say.
create table exercise_correction (
    exercise_id text not null references exercise (id),
    milestone   text not null,
    at          bigint not null,            -- of the fact; 0: it was not reached
    by          text not null,
    noted_at    bigint not null,
    primary key (exercise_id, milestone)
);

-- Mails of an exercise: the test of contacts, and events that come by mail. The mail itself is in the table mail.
create table exercise_post (
    exercise_id text not null references exercise (id),
    seat_id     text not null,
    stimulus    text not null,              -- empty: the test of contacts
    mail_id     text not null,
    at          bigint not null,
    primary key (exercise_id, seat_id, stimulus, mail_id)
);
