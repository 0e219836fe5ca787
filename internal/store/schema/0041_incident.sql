-- +goose Up
-- Incidents (internal/incident). What happened stands in the main courante of the incident; the tables here hold what pages and figures ask for.
create table incident (
    id           text primary key,
    structure_id text not null references structure (id),
    book_id      text not null references logbook (id),
    title        text not null,
    opened_at    bigint not null,
    opened_by    text not null,
    occurred_at  bigint not null default 0,
    noticed_at   bigint not null,
    qualified_at bigint not null default 0,
    kind         text not null default '',    -- ransomware, intrusion …; empty until qualified
    malicious    text not null default '',    -- yes, no; empty: not known
    care         text not null default '',    -- none, degraded, stopped; empty: not known
    closed_at    bigint not null default 0,
    cause        text not null default '',
    version      bigint not null default 1
);
create index incident_structure on incident (structure_id, noticed_at);

-- What declarations ask and people said; the latest answer to a question counts, the others are in the main courante.
create table incident_answer (
    incident_id text not null references incident (id),
    question    text not null,
    answer      text not null,
    at          bigint not null,
    by          text not null,
    primary key (incident_id, question)
);

create table incident_declaration (
    incident_id text not null references incident (id),
    clock       text not null,                -- cert-sante, cnil …
    done_at     bigint not null,
    reference   text not null,                -- number given by who received it
    not_due     boolean not null,             -- decided that it is not to be made
    by          text not null,
    primary key (incident_id, clock)
);

create table incident_service (
    id          text primary key,
    incident_id text not null references incident (id),
    name        text not null,
    name_key    text not null,
    state       text not null,                -- running, degraded, stopped
    since       bigint not null,
    note        text not null
);
create unique index incident_service_name on incident_service (incident_id, name_key);

create table incident_decision (
    id          text primary key,
    incident_id text not null references incident (id),
    text        text not null,
    asked_at    bigint not null,
    decided_at  bigint not null default 0,
    outcome     text not null default ''
);
create index incident_decision_incident on incident_decision (incident_id, asked_at);

-- Who is there, in shifts.
create table incident_shift (
    id          text primary key,
    incident_id text not null references incident (id),
    name        text not null,
    post        text not null,
    reach       text not null,                -- how to reach them: a number, a room
    from_at     bigint not null,
    until_at    bigint not null default 0     -- 0: still there
);
create index incident_shift_incident on incident_shift (incident_id, from_at);

-- A structure shares an incident with who helps it, until it takes that back.
create table incident_share (
    incident_id text primary key references incident (id),
    shared_at   bigint not null,
    revoked_at  bigint not null default 0,
    by          text not null
);
