-- +goose Up
-- Evidence by the end of its period, for those who are told of it beforehand.
create index evidence_until on evidence (effective_until);
