-- +goose Up
-- The territory: one tree, nation > region > group > legal entity > establishment, kept as preorder intervals.
create table structure (
    id          text primary key,
    parent_id   text references structure (id),
    kind        text not null,              -- territory.Kind
    name        text not null,
    name_key    text not null,              -- folded for sorting and searching
    finess      text not null default '',   -- 9 characters, FINESS juridique or geographique by kind
    siren       text not null default '',
    siret       text not null default '',
    category    text not null default '',   -- FINESS category code
    category_label text not null default '',
    status      text not null default 'active',
    city        text not null default '',
    postal_code text not null default '',
    department  text not null default '',
    attributes  text not null default '{}', -- dated sizes and other facts, JSON
    lft         bigint not null,
    rgt         bigint not null,
    depth       bigint not null,
    created_at  bigint not null,
    updated_at  bigint not null,
    check (lft < rgt)
);
create index structure_interval on structure (lft, rgt);
create index structure_parent on structure (parent_id, name_key);
create unique index structure_finess on structure (finess, kind) where finess <> '';

-- Membership across the tree, such as the establishments that are party to a GHT without being below it.
create table membership (
    group_id     text not null references structure (id),
    structure_id text not null references structure (id),
    role         text not null,             -- territory.MemberRole
    since        bigint not null default 0,
    primary key (group_id, structure_id)
);
create index membership_structure on membership (structure_id);
