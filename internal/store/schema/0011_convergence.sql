-- +goose Up
-- How the members of a group mean to bring their directories together: the target, and the steps that lead there.
create table convergence (
    structure_id    text primary key references structure (id),
    target          text not null,              -- the architecture aimed at, in the group's words
    version         bigint not null,            -- two people at once: the second is told
    updated_at      bigint not null,
    updated_by      text not null,
    updated_by_name text not null
);

create table convergence_step (
    structure_id text not null references convergence (structure_id),
    number       bigint not null,               -- order, from 1
    title        text not null,
    owner        text not null default '',
    due_on       bigint not null default 0,
    state        text not null,                 -- convergence.State
    primary key (structure_id, number)
);
