-- +goose Up
-- Self-assessments: a questionnaire of a referential, filled in for a structure by several people.
create table assessment (
    id              text primary key,
    structure_id    text not null references structure (id),
    package_id      text not null,
    subject         text not null default '',   -- what a checklist is about, such as a solution; empty: the structure
    package_version text not null,              -- when it was begun, then when it was finished
    state           text not null,              -- assessment.State
    begun_at        bigint not null,
    begun_by        text not null,
    done_at         bigint not null default 0,
    done_by         text not null default '',
    score           double precision not null default 0,
    max_score       double precision not null default 0
);
create index assessment_structure on assessment (structure_id, package_id, begun_at);
create unique index assessment_open on assessment (structure_id, package_id, subject) where state = 'open';

-- Answers are only ever added: the latest counts, the others say who thought what.
create table assessment_answer (
    id            text primary key,
    assessment_id text not null references assessment (id),
    position      integer not null,             -- of the answer in its questionnaire, ascending: two may come in one millisecond
    question      text not null,
    choice        text not null,                -- code of the choice, or "unknown"
    note          text not null default '',
    meaning       text not null,                -- fingerprint of the question as it was answered
    source        text not null,                -- assessment.Source
    answered_at   bigint not null,
    answered_by   text not null
);
create index assessment_answer_latest on assessment_answer (assessment_id, position);
