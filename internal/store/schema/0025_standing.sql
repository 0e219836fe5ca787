-- +goose Up
-- Who belonged to a group when: a membership says since when the platform knows it, and what was changed or ended stays readable, so that a replay of
-- the past asks the group of that day. Memberships known before this are taken to have been so from the beginning.
alter table membership add column recorded_at bigint not null default 0;
create table membership_past (
    group_id     text not null references structure (id),
    structure_id text not null references structure (id),
    role         text not null,
    source       text not null,
    since        bigint not null,
    recorded_at  bigint not null,           -- known from
    ended_at     bigint not null            -- known until, not included
);
create index membership_past_group on membership_past (group_id);
create index membership_past_structure on membership_past (structure_id);

-- Where each structure stands by each subject: the verdicts on the requirements of a referential, or the newest value of a measure.
create table standing (
    structure_id text not null references structure (id),
    subject      text not null,             -- id of a package, or "fact/" and a key
    edition      text not null,             -- which lines the answers are about, see standing_edition; empty for a fact
    kind         text not null,             -- territory.Kind of the structure, as it is counted
    holder_id    text not null,             -- the structure directly above, under which it is counted
    answers      text not null,             -- of a package one letter for the whole and one for each line; of a fact its value
    changed_at   bigint not null,           -- when the answers became these; of a fact the observation
    judged_at    bigint not null,           -- when news was last looked at: a count of the country leaves alone what is newer than what it read
    primary key (structure_id, subject)
);
create index standing_subject on standing (subject, edition, kind, answers, structure_id);

-- The codes that the letters of an edition stand for, so that what was counted under it can be taken back.
create table standing_edition (
    edition text primary key,
    subject text not null,
    codes   text not null                   -- one a line
);

-- Counters of the structures directly below a holder. What is below a region is the sum over the holders in its interval.
create table standing_sum (
    subject   text not null,
    code      text not null,                -- of a line; empty for the whole, and for a fact
    kind      text not null,
    holder_id text not null,
    answer    text not null,
    n         bigint not null,
    latest    bigint not null,              -- the newest changed_at among them; never moves back between two counts of the country
    primary key (subject, code, kind, holder_id, answer)
);
create index standing_sum_holder on standing_sum (holder_id);

-- Counts of the whole country: verdicts change with the days too, and with versions of referentials.
create table standing_count (
    id         text primary key,
    begun_at   bigint not null,
    ended_at   bigint not null default 0,   -- 0: not finished
    shelf      text not null default '',    -- which referentials were counted
    structures bigint not null default 0,
    changed    bigint not null default 0
);

-- Structures on which verdicts have to be given again because of others: members of their group, their place, their group.
create table standing_due (
    structure_id text primary key references structure (id),
    since        bigint not null
);
