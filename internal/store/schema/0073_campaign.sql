-- +goose Up
-- Campaigns of crisis exercises (internal/campaign): one storyline for many establishments, by an agency.
create table campaign (
    id           text primary key,
    structure_id text not null references structure (id), -- the region, or what stands above the invited
    title        text not null,
    story        text not null,             -- identifier of a scenario that comes with hygie
    opens_at     bigint not null,
    closes_at    bigint not null,
    note         text not null,
    created_at   bigint not null,
    created_by   text not null
);
create index campaign_structure on campaign (structure_id, opens_at);

create table campaign_invitation (
    campaign_id  text not null references campaign (id),
    structure_id text not null references structure (id),
    state        text not null,             -- invited, accepted, declined
    answered_at  bigint not null default 0,
    answered_by  text not null default '',
    reason       text not null default '',
    exercise_id  text not null default '',  -- of the establishment, once it accepted
    primary key (campaign_id, structure_id)
);
create index campaign_invitation_structure on campaign_invitation (structure_id);

-- What an agency aims at: the share of establishments that hold an exercise in a year.
create table campaign_target (
    structure_id text not null references structure (id),
    year         bigint not null,
    audience     text not null,             -- all, essential
    share        bigint not null,           -- in hundredths
    primary key (structure_id, year, audience)
);

-- Operators of essential services, as an agency notes them: who they are is shown to nobody else.
create table campaign_essential (
    structure_id text primary key references structure (id),
    noted_at     bigint not null,
    noted_by     text not null
);
