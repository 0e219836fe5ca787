-- +goose Up
-- What of each dossier is in the figures that anybody may read. They move in steps in which one dossier cannot be told (package funding, public.go).
create table dossier_public (
    dossier_id text primary key references dossier (id),
    call_id    text not null,
    region     text not null,             -- id; empty: above the regions; '*': among the others
    category   text not null,             -- as packages name it; empty: not known; '*': among the others
    deposited  bigint not null,           -- 1 or 0, like the two after it
    decided    bigint not null,
    granted    bigint not null,
    committed  bigint not null,           -- whole cents
    paid       bigint not null            -- less what came back
);
create index dossier_public_call on dossier_public (call_id);

-- When the figures of a call were last made.
create table dossier_public_turn (
    call_id text primary key,
    turn    bigint not null,              -- 0, 1, 2 …
    at      bigint not null
);

-- What the authority filled of a call because nobody published it. The latest value counts; the trail has those before.
create table call_field (
    call_id text not null,
    code    text not null,                -- of the field, as the file of the call has it
    value   text not null,                -- as files write it; empty: taken back
    set_at  bigint not null,
    set_by  text not null,
    primary key (call_id, code)
);
