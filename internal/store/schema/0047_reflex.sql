-- +goose Up
-- Reflex cards (internal/reflex): what establishments wrote themselves, and how cards were run.
create table reflex_version (
    structure_id text not null references structure (id),
    card_id      text not null,
    number       bigint not null,          -- 1, 2 …; the highest holds
    content      text not null,            -- YAML of docs/formats/card.md; empty: the card that comes with hygie holds again
    note         text not null,
    at           bigint not null,
    by           text not null,
    primary key (structure_id, card_id, number)
);

create table reflex_run (
    id           text primary key,
    structure_id text not null references structure (id),
    card_id      text not null,
    card         text not null,            -- JSON of the card as it was run
    book_id      text not null,            -- main courante that takes the answers, or empty
    after_id     text not null,            -- run that led here, or empty
    started_at   bigint not null,
    started_by   text not null,
    ended_at     bigint not null default 0
);
create index reflex_run_structure on reflex_run (structure_id, started_at);

-- Answers are added, never changed: the last one to a step counts.
create table reflex_answer (
    run_id text not null references reflex_run (id),
    n      bigint not null,
    step   text not null,
    answer text not null,                  -- yes, no, unknown
    at     bigint not null,
    by     text not null,
    primary key (run_id, n)
);
