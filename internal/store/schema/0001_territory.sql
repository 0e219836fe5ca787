-- +goose Up
-- The territory: one tree, nation > region > group > legal entity > establishment, kept as preorder intervals.
-- The numbers leave gaps, so that a new structure finds room without moving the others (see internal/territory/interval.go).
create table structure (
    id             text primary key,
    parent_id      text references structure (id) deferrable initially deferred,
    kind           text not null,              -- territory.Kind
    group_kind     text not null default '',   -- territory.GroupKind, for groups only
    code           text not null default '',   -- what names a region or a group outside: INSEE region code, FINESS group number
    name           text not null,
    name_source    text not null default '',   -- territory.NameSource: a better source replaces the name, a worse one does not
    name_key       text not null,              -- folded for sorting
    search_key     text not null default '',   -- folded name and city, each word after a space
    finess         text not null default '',   -- 9 characters, FINESS juridique or geographique by kind
    siren          text not null default '',
    siret          text not null default '',
    category       text not null default '',   -- FINESS category code
    category_label text not null default '',
    status         text not null default 'active',
    city           text not null default '',
    postal_code    text not null default '',
    department     text not null default '',
    lft            bigint not null,
    rgt            bigint not null,
    depth          bigint not null,
    created_at     bigint not null,
    updated_at     bigint not null,
    closed_at      bigint not null default 0,
    merged_into    text references structure (id) deferrable initially deferred,
    check (lft < rgt)
);
create index structure_interval on structure (lft, rgt);
create index structure_parent on structure (parent_id, name_key);
create index structure_name on structure (name_key, id);
create index structure_siren on structure (siren) where siren <> '';
create unique index structure_finess on structure (finess, kind) where finess <> '';
create unique index structure_code on structure (code, kind) where code <> '';

-- Membership across the tree: who belongs to a group and as what, whether it stands below the group or not.
create table membership (
    group_id     text not null references structure (id),
    structure_id text not null references structure (id),
    role         text not null,             -- territory.MemberRole
    source       text not null default '',
    since        bigint not null default 0,
    primary key (group_id, structure_id)
);
create index membership_structure on membership (structure_id);

-- Sizes by year, such as the combined activity or the headcount; calls for funding each use their own.
create table structure_size (
    structure_id text not null references structure (id),
    key          text not null,             -- territory.SizeKey
    year         bigint not null,
    value        bigint not null,
    source       text not null,
    recorded_at  bigint not null,
    primary key (structure_id, key, year)
);

-- Which publications of FINESS were applied, so that an older one never undoes a newer one unseen.
create table finess_import (
    id         text primary key,
    form       text not null,               -- finess.Form
    file_date  text not null,               -- YYYY-MM-DD, as the file says
    digest     text not null,               -- SHA-256 of the file, hexadecimal
    created    bigint not null,
    changed    bigint not null,
    closed     bigint not null,
    applied_at bigint not null
);
