-- +goose Up
-- What an action lifts: the level that the directory reaches when it is done, and how many others that level also waits for. Both are as they were when the
-- action was asked for.
alter table action add column level bigint not null default 0;           -- 0: none is known
alter table action add column beside bigint not null default 0;
