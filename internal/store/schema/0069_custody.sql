-- +goose Up
-- Registers of exhibits (internal/exhibit): the lines are the journal "custody/INCIDENT" of the table journal_line; this row finds it and says whose it is.
create table custody_register (
    incident_id  text primary key references incident (id),
    structure_id text not null references structure (id),
    opened_at    bigint not null,
    opened_by    text not null
);
