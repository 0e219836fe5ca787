-- +goose Up
-- The life of an action: what it costs, what it closes, everything that asked for it, what happened to it; and the calendars people follow.
alter table action add column cost bigint not null default 0;            -- euros; 0: nobody has said
alter table action add column closes bigint not null default 0;          -- findings it closes; 0: not counted
alter table action add column merged_into text not null default '';      -- the action that took its place

-- Whatever asked for an action: an action merged from several is asked for by the things behind all of them.
create table action_asked (
    action_id  text not null references action (id),
    origin     text not null,                  -- plan.Origin
    origin_ref text not null,                  -- identity of the thing; of an action made by hand, the action's own id
    origin_url text not null default '',
    title      text not null,                  -- in the words in which it was asked
    detail     text not null default '',
    closes     bigint not null default 0,
    asked_at   bigint not null,
    primary key (action_id, origin, origin_ref)
);
create index action_asked_ref on action_asked (origin, origin_ref);
insert into action_asked (action_id, origin, origin_ref, origin_url, title, detail, asked_at)
select id, origin, case when origin_ref = '' then id else origin_ref end, origin_url, title, detail, created_at from action;

-- Lines are only ever added.
create table action_event (
    action_id text not null references action (id),
    position  bigint not null,                 -- of the line in the history of its action: two may come in one millisecond
    at        bigint not null,
    by_whom   text not null,                   -- person, or the module that acted
    kind      text not null,                   -- plan.EventKind
    state     text not null,                   -- plan.State afterwards
    open_by   integer not null,                -- how many more actions are open since: 1, 0 or -1
    note      text not null default '',        -- what the kind tells about: a title
    primary key (action_id, position)
);
create index action_event_at on action_event (at);
insert into action_event (action_id, position, at, by_whom, kind, state, open_by) select id, 1, created_at, created_by, 'asked', 'open', 1 from action;
insert into action_event (action_id, position, at, by_whom, kind, state, open_by) select id, 2, closed_at, '', 'moved', state, -1 from action where closed_at > 0;

-- A secret address under which a calendar program reads what is due. One for each person; a new one ends the old one.
create table calendar_feed (
    person_id  text primary key references person (id),
    token_hash text not null,                  -- SHA-256 of the address's secret, base64url
    created_at bigint not null
);
create unique index calendar_feed_token on calendar_feed (token_hash);
