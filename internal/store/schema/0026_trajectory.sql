-- +goose Up
-- What a structure, a region or the nation aims at: a share of the demands of an axis met by a day. Only ever added to: the latest line for an axis and a
-- day counts, and one with a negative share takes it back.
create table trajectory_target (
    id           text primary key,
    structure_id text not null references structure (id),
    package_id   text not null,
    axis         text not null,             -- code of the axis in the package
    on_day       bigint not null,           -- end of the day, in the zone of who set it
    share        bigint not null,           -- in per cent; -1: taken back
    source       text not null,             -- where it was decided
    set_at       bigint not null,
    set_by       text not null
);
create index trajectory_target_structure on trajectory_target (structure_id, package_id);

-- Facts that say a day, by that day: what is looked at up to an age may have been announced long before.
create index fact_day on fact (structure_id, key, number) where kind = 'date';
