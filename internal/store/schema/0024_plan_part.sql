-- +goose Up
-- What is needed to part actions that were merged, as if they never had been.
create table action_merge (
    action_id    text primary key references action (id), -- the one that was merged
    into_id      text not null references action (id),
    merged_at    bigint not null,
    state        text not null,                 -- plan.State of the merged one before
    base_due     bigint not null default 0,     -- due day of the other without any merge
    due          bigint not null default 0,     -- due day that the merged one brought; 0: none, or not known
    cost         bigint not null default 0,     -- euros that it brought
    closes       bigint not null default 0      -- findings that it brought beyond those the other counted
);
create index action_merge_into on action_merge (into_id);
-- Of earlier merges the due days are not known any more: parting leaves them as they are.
insert into action_merge (action_id, into_id, merged_at, state, cost)
select id, merged_into, closed_at, 'open', cost from action where merged_into <> '';

-- The merged action through which a thing asks for another; empty: it asks by itself.
alter table action_asked add column came_from text not null default '';
