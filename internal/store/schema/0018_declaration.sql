-- +goose Up
-- What people declare may be wrong, and facts are only ever added: a fact may name the one it corrects, which counts no more from then on.
-- A note says what a colleague has to know of a fact.
alter table fact add column note text not null default '';
alter table fact add column corrects text;
create index fact_corrects on fact (corrects) where corrects is not null;
