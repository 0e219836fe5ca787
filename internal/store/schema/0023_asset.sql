-- +goose Up
-- What a structure runs on: what must be named when it fails, is looked at from outside, or is no longer supported.
create table asset (
    id             text primary key,
    structure_id   text not null references structure (id),
    identity       text not null,                 -- asset.Asset.identity: two rows of a table about one thing
    reference      text not null default '',      -- number in the inventory it comes from
    name           text not null,
    name_key       text not null,                 -- folded name, for searching
    kind           text not null default '',      -- asset.Kind
    criticality    text not null default '',      -- asset.Criticality
    service        text not null default '',      -- care service or trade that works with it
    owner          text not null default '',      -- who answers for it
    supplier       text not null default '',
    product        text not null default '',      -- product and version
    address        text not null default '',      -- name or address on the network
    end_of_support text not null default '',      -- a day, 2026-11-30
    note           text not null default '',
    created_at     bigint not null,
    created_by     text not null,
    updated_at     bigint not null,
    retired_at     bigint not null default 0,
    version        bigint not null default 1
);
create unique index asset_identity on asset (structure_id, identity) where retired_at = 0;
create index asset_name on asset (structure_id, retired_at, name_key);
