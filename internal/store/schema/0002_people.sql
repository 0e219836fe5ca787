-- +goose Up
-- People, what they may do where, and how they prove who they are. No secret is stored as such: tokens and recovery codes as
-- hashes, passwords as argon2id, one-time code seeds encrypted with the installation key.
create table person (
    id          text primary key,
    email       text not null,                    -- as typed
    email_key   text not null,                    -- folded; what is compared
    name        text not null,
    locale      text not null default '',         -- "fr", "en"; empty until chosen
    handle      text not null,                    -- random user handle of passkeys, base64url: says nothing of the person
    disabled_at bigint not null default 0,
    created_at  bigint not null,
    updated_at  bigint not null
);
create unique index person_email on person (email_key);
create unique index person_handle on person (handle);

create table role_grant (
    id             text primary key,
    person_id      text not null references person (id),
    role           text not null,                 -- right.Role
    structure_id   text references structure (id), -- null: the whole installation
    from_at        bigint not null,
    until_at       bigint not null default 0,     -- 0: without end
    given_by       text references person (id),   -- null: the installation itself
    delegated_from text references role_grant (id) deferrable initially deferred, -- the grant that was passed on
    reason         text not null default '',
    created_at     bigint not null,
    revoked_at     bigint not null default 0,
    revoked_by     text references person (id)
);
create index role_grant_person on role_grant (person_id, revoked_at);
create index role_grant_structure on role_grant (structure_id, revoked_at);
create index role_grant_from on role_grant (delegated_from) where delegated_from is not null;

create table invitation (
    id           text primary key,
    token_hash   text not null,                   -- SHA-256 of the link's secret, base64url
    purpose      text not null,                   -- people.Purpose
    email        text not null,
    email_key    text not null,
    name         text not null default '',
    role         text not null default '',
    structure_id text references structure (id),
    grant_until  bigint not null default 0,
    reason       text not null default '',
    person_id    text references person (id),     -- recovery: whose account
    invited_by   text references person (id),
    created_at   bigint not null,
    expires_at   bigint not null,
    accepted_at  bigint not null default 0,
    accepted_by  text references person (id),
    revoked_at   bigint not null default 0
);
create unique index invitation_token on invitation (token_hash);
create index invitation_structure on invitation (structure_id, created_at);

create table session (
    id         text primary key,
    token_hash text not null,
    person_id  text not null references person (id),
    strong     boolean not null,
    means      text not null,                     -- people.Means
    device     text not null,
    address    text not null,
    created_at bigint not null,
    seen_at    bigint not null,
    proved_at  bigint not null,                   -- when the person last proved who they are
    expires_at bigint not null,
    revoked_at bigint not null default 0
);
create unique index session_token on session (token_hash);
create index session_person on session (person_id, revoked_at);
create index session_expiry on session (expires_at);

-- Failed proofs, counted by account and by address, under a keyed hash: what people type there may be a password.
create table attempt (
    subject      text primary key,
    failures     bigint not null,
    last_at      bigint not null,
    locked_until bigint not null
);
create index attempt_last on attempt (last_at);

create table passkey (
    id         text primary key,                  -- credential id, base64url
    person_id  text not null references person (id),
    label      text not null,
    credential text not null,                     -- webauthn.Credential, JSON
    created_at bigint not null,
    used_at    bigint not null default 0
);
create index passkey_person on passkey (person_id);

create table password (
    person_id  text primary key references person (id),
    hash       text not null,                     -- argon2id, PHC string
    changed_at bigint not null
);

create table totp (
    person_id  text primary key references person (id),
    secret     bytea not null,                    -- sealed with the installation key
    last_step  bigint not null,                   -- 30-second step of the last code used: a code is used once
    created_at bigint not null
);

create table recovery_code (
    person_id  text not null references person (id),
    hash       text not null,
    created_at bigint not null,
    used_at    bigint not null default 0,
    primary key (person_id, hash)
);

-- What was sealed into a form or a passkey dialog and has been used: it is accepted once. Kept until it would be too old anyway.
create table spent (
    id         text primary key,                  -- SHA-256 of the sealed value, base64url
    expires_at bigint not null
);
create index spent_expiry on spent (expires_at);
