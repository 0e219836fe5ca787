-- +goose Up
-- What a region tells its structures to call (internal/incident/number.go): the numbers that nobody publishes for all regions.
create table incident_contact (
    id           text primary key,
    structure_id text not null references structure (id), -- the region; whoever is below it sees the number
    name         text not null,
    purpose      text not null,               -- what to call it for
    phone        text not null,
    hours        text not null,
    web          text not null,
    replaces     text not null,               -- contact of the program whose place it takes: grades, ars, csirt; empty: none
    at           bigint not null,             -- when it was last checked or changed
    by           text not null,
    removed_at   bigint not null default 0
);
create index incident_contact_structure on incident_contact (structure_id);

-- Situation reports that were given out, numbered; the file is with the main courante.
create table incident_situation (
    incident_id text not null references incident (id),
    number      bigint not null,
    at          bigint not null,
    by          text not null,
    recipients  text not null,
    sha256      text not null,
    primary key (incident_id, number)
);

-- A shift may be planned: it begins later, or is to end at an hour.
alter table incident_shift add column planned_until bigint not null default 0;
