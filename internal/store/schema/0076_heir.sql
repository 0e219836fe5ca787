-- +goose Up
-- What a structure took over is looked for by where it went.
create index structure_merged on structure (merged_into) where merged_into is not null;
