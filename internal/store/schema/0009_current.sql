-- +goose Up
-- The newest observation of each fact of each structure, kept in the transaction that adds the fact: a region counts its structures by level
-- from here, without walking their history.
create table fact_current (
    structure_id text not null references structure (id),
    key          text not null,
    kind         text not null,                 -- referential.ValueKind
    number       double precision not null,
    text         text not null,
    observed_at  bigint not null,
    primary key (structure_id, key)
);
create index fact_current_key on fact_current (key, number);

insert into fact_current (structure_id, key, kind, number, text, observed_at)
select structure_id, key, kind, number, text, observed_at
from (select f.structure_id, f.key, f.kind, f.number, f.text, f.observed_at,
             row_number() over (partition by f.structure_id, f.key order by f.observed_at desc, f.id desc) as place
      from fact f) newest
where place = 1;
