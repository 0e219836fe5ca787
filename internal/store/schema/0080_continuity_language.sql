-- +goose Up
-- The language that a crisis folder is made in: that of the staff who will hold it, whoever asks for it.
alter table continuity_folder add column language text not null default 'fr';
