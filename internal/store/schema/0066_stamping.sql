-- +goose Up
-- How the last request to an authority of time ended (internal/logbook): people must know when lines are no longer stamped.
create table logbook_stamping (
    authority text primary key,
    tried_at  bigint not null,
    reason    text not null                -- unreachable, unsound; empty: it answered
);
