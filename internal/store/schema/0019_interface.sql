-- +goose Up
-- Programs that act for a person. Only the SHA-256 of a token is kept.
create table api_token (
    id           text primary key,
    token_hash   text not null,                  -- SHA-256 of the token, base64url
    person_id    text not null references person (id),
    structure_id text references structure (id), -- the token reaches no further than this; null: as far as its person
    read_only    boolean not null,
    name         text not null,                  -- what the person calls it
    created_at   bigint not null,
    expires_at   bigint not null,
    used_at      bigint not null default 0,      -- to the minute
    revoked_at   bigint not null default 0
);
create unique index api_token_hash on api_token (token_hash);
create index api_token_person on api_token (person_id, created_at);

-- What was answered to a request that named itself (Idempotency-Key), so that the same request again gets the same answer.
create table api_answer (
    owner        text not null,                  -- token or person
    name         text not null,                  -- what the request called itself
    request      text not null,                  -- SHA-256 of what was asked
    status       integer not null,               -- 0 while it is being answered
    content_type text not null default '',
    location     text not null default '',
    body         text not null default '',
    asked_at     bigint not null,
    primary key (owner, name)
);
create index api_answer_asked on api_answer (asked_at);

-- Addresses that want to know what happens to a structure and to what stands below it.
create table webhook (
    id           text primary key,
    structure_id text not null references structure (id),
    url          text not null,
    secret       text not null,                  -- not the secret itself: what it is derived from, with the installation's key
    events       text not null,                  -- notice.Topic, comma separated
    created_at   bigint not null,
    created_by   text not null references person (id),
    revoked_at   bigint not null default 0
);
create index webhook_structure on webhook (structure_id, revoked_at);

create table webhook_delivery (
    id         text primary key,
    webhook_id text not null references webhook (id),
    event      text not null,                    -- notice.Topic
    body       text not null,                    -- JSON, as it is sent
    state      text not null,                    -- notice.MailState
    queued_at  bigint not null,
    next_at    bigint not null,
    attempts   integer not null default 0,
    ended_at   bigint not null default 0,
    status     integer not null default 0,       -- of the last answer, 0: none came
    problem    text not null default ''
);
create index webhook_delivery_next on webhook_delivery (state, next_at);
create index webhook_delivery_webhook on webhook_delivery (webhook_id, queued_at);

-- The verdicts that were last told of, to tell of those that change.
create table webhook_verdict (
    structure_id text not null references structure (id),
    package_id   text not null,
    requirement  text not null,
    status       text not null,                  -- referential.Status
    primary key (structure_id, package_id, requirement)
);
