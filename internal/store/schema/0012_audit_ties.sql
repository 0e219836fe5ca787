-- +goose Up
-- What the domain of a run has in common with others, so that the directories of a group can be laid side by side without reading the reports.
create table audit_tie (
    run_id text not null references audit_run (id),
    domain text not null,               -- DNS name
    number bigint not null,             -- order in the run
    kind   text not null,               -- self, trust, member, history, privileged
    name   text not null default '',    -- who: an account, a group, the partner of a trust
    sid    text not null default '',    -- of the domain itself, of the partner, of the member, of the past
    other  text not null default '',    -- where: the group of a member, the account that keeps a past identifier
    detail text not null default '',    -- words about it, separated by spaces
    at     bigint not null default 0,   -- when the password of a privileged account was set
    primary key (run_id, number)
);
create index audit_tie_kind on audit_tie (kind, sid);
