-- +goose Up
-- The one action plan of a structure: what is to be mended, by whom, until when.
create table action (
    id           text primary key,
    structure_id text not null references structure (id),
    title        text not null,
    title_key    text not null,                 -- folded title, for searching
    detail       text not null default '',
    origin       text not null,                 -- plan.Origin: what kind of thing asked for it
    origin_ref   text not null default '',      -- identity of that thing, so that it is asked for once
    origin_url   text not null default '',      -- page that explains it
    state        text not null,                 -- plan.State
    owner_id     text not null default '',
    owner_name   text not null default '',
    due_on       bigint not null default 0,
    effort       text not null default '',      -- plan.Weight
    gain         text not null default '',      -- plan.Weight
    created_at   bigint not null,
    created_by   text not null,
    updated_at   bigint not null,
    closed_at    bigint not null default 0,
    version      bigint not null default 1      -- two people at once: the second is told
);
create unique index action_origin on action (structure_id, origin, origin_ref) where origin_ref <> '' and state <> 'dropped';
create index action_open on action (structure_id, state, due_on);
