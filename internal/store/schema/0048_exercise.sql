-- +goose Up
-- Crisis exercises (internal/exercise). A game is its events and nothing else; where it stands is replayed from them.
create table exercise (
    id           text primary key,
    structure_id text not null references structure (id),
    scenario_id  text not null,
    scenario     text not null,            -- JSON of the scenario at its level, as it is played
    level        bigint not null,          -- 1, 2, 3
    planned_at   bigint not null,
    created_at   bigint not null,
    created_by   text not null,
    book_id      text not null default '', -- its main courante, or empty
    started_at   bigint not null default 0,
    ended_at     bigint not null default 0,
    concluded_at bigint not null default 0,
    counted      boolean not null default false
);
create index exercise_structure on exercise (structure_id, planned_at);

-- Who plays, observes or animates. The secret is in the address that the person opens on a telephone, without an account; it opens nothing but this exercise.
create table exercise_seat (
    id          text primary key,
    exercise_id text not null references exercise (id),
    role        text not null,             -- of the scenario; empty: observer
    name        text not null,
    contact     text not null,
    secret      text not null,
    tested_at   bigint not null default 0, -- the person answered the test of contacts
    present     boolean not null default false,
    hot         boolean not null default false, -- answered at the end of the exercise
    cold        boolean not null default false  -- answered some weeks later
);
create unique index exercise_seat_secret on exercise_seat (secret);
create index exercise_seat_exercise on exercise_seat (exercise_id);

create table exercise_event (
    exercise_id text not null references exercise (id),
    n           bigint not null,
    at          bigint not null,
    act         text not null,
    stimulus    text not null,
    minutes     bigint not null,
    reaction    bigint not null,
    seen        boolean not null,
    by          text not null,
    primary key (exercise_id, n)
);

-- Milestones that were reached: time of the fact, and who noted it.
create table exercise_mark (
    id          text primary key,
    exercise_id text not null references exercise (id),
    milestone   text not null,
    at          bigint not null,
    by          text not null
);
create index exercise_mark_exercise on exercise_mark (exercise_id);

create table exercise_observation (
    exercise_id text not null references exercise (id),
    seat_id     text not null references exercise_seat (id),
    objective   text not null,
    place       bigint not null,           -- of what is observed, from 0
    value       text not null,             -- done, partly, unseen
    note        text not null,
    at          bigint not null,
    primary key (exercise_id, seat_id, objective, place)
);

-- Anonymous: neither who nor when.
create table exercise_answer (
    id           text primary key,         -- random, so that the order of the rows says nothing
    exercise_id  text not null references exercise (id),
    phase        text not null,            -- hot, cold
    satisfaction bigint not null,          -- 1 to 5
    kept         text not null,
    improved     text not null
);
create index exercise_answer_exercise on exercise_answer (exercise_id, phase);
