-- +goose Up
-- The few facts that correct others, by structure: who judges many structures looks at their corrections at once.
create index fact_corrected on fact (structure_id) where corrects is not null;
