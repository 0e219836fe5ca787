-- +goose Up
-- Values that an administrator gives to the parameters of a referential: official figures that its authors could not read.
create table referential_parameter (
    package_id text not null,
    code       text not null,
    kind       text not null,              -- referential.ValueKind
    number     double precision not null default 0,
    text       text not null default '',
    set_at     bigint not null,
    set_by     text not null,
    primary key (package_id, code)
);
