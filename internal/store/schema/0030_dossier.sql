-- +goose Up
-- Applications for funding: what is asked, its life, what is committed and paid. Amounts are whole cents.
create table dossier (
    id            text primary key,
    number        text not null,                 -- how people call it: CALL-0042
    serial        bigint not null,               -- within its call
    call_id       text not null,
    call_version  text not null,                 -- of the data of the call, when the dossier was begun
    structure_id  text not null references structure (id), -- a structure or a group; never a person
    slot          text not null,                 -- the structure that began it: one dossier for each at once
    state         text not null,                 -- funding.State
    version       bigint not null,               -- position of its latest event: two people at once, the second is told
    since         bigint not null,               -- in this state since
    closes_at     bigint not null default 0,     -- last moment to deposit, as those who draft last saw it; 0: no end
    asked         bigint not null default 0,
    granted       bigint not null default 0,
    paid          bigint not null default 0,
    due_back      bigint not null default 0,     -- to be paid back
    paid_back     bigint not null default 0,
    committed     bigint not null default 0,     -- what it holds of its envelope
    envelope_part text not null default '',      -- part of the envelope that it holds from
    begun_at      bigint not null,
    begun_by      text not null,
    deposited_at  bigint not null default 0,
    decided_at    bigint not null default 0
);
create unique index dossier_number on dossier (number);
create unique index dossier_serial on dossier (call_id, serial);
create unique index dossier_slot on dossier (call_id, slot) where state <> 'withdrawn';
create index dossier_structure on dossier (structure_id, call_id);
create index dossier_queue on dossier (state, since, id);

-- What happened to a dossier. Only ever added; replayed, it gives the state.
create table dossier_event (
    dossier_id text not null references dossier (id),
    position   bigint not null,
    at         bigint not null,
    by_whom    text not null,                    -- person, or "hygie" for what the platform did
    on_behalf  text not null default '',         -- person who delegated the right that was used
    act        text not null,                    -- funding.Act
    from_state text not null,
    state      text not null,                    -- afterwards
    clock      text not null default '',         -- funding.Clock: what it did to the time of instruction
    amount     bigint not null default 0,
    outcome    text not null default '',         -- what the act concluded, such as the opinion of a visa
    reference  text not null default '',         -- of a payment, an instalment, a reason of the library
    note       text not null default '',
    primary key (dossier_id, position)
);
create index dossier_event_at on dossier_event (act, at);

-- Every value that was ever written in a field; the latest counts.
create table dossier_field (
    dossier_id text not null references dossier (id),
    member_id  text not null default '',         -- the member of a group that the field is about; empty: the whole
    name       text not null,
    position   bigint not null,                  -- of the value among those of its field
    value      text not null,
    at         bigint not null,
    by_whom    text not null,
    primary key (dossier_id, member_id, name, position)
);

-- Evidence picked for a requirement. A line taken out stays, with who and when.
create table dossier_evidence (
    id           text primary key,
    dossier_id   text not null references dossier (id),
    member_id    text not null default '',
    requirement  text not null,                  -- PACKAGE/CODE
    evidence_id  text not null references evidence (id),
    added_at     bigint not null,
    added_by     text not null,
    removed_at   bigint not null default 0,
    removed_by   text not null default ''
);
create unique index dossier_evidence_once on dossier_evidence (dossier_id, member_id, requirement, evidence_id) where removed_at = 0;

-- Expenses with their invoices. A line is never edited: it is taken out and written anew.
create table dossier_expense (
    id           text primary key,
    dossier_id   text not null references dossier (id),
    member_id    text not null default '',
    kind         text not null,                  -- as the call names eligible expenses
    label        text not null,
    supplier     text not null default '',
    amount       bigint not null,
    spent_on     text not null,                  -- YYYY-MM-DD
    evidence_id  text references evidence (id),  -- the invoice
    added_at     bigint not null,
    added_by     text not null,
    removed_at   bigint not null default 0,
    removed_by   text not null default ''
);
create index dossier_expense_of on dossier_expense (dossier_id, removed_at);

-- What was deposited, frozen: the bytes that were hashed.
create table dossier_deposit (
    dossier_id   text not null references dossier (id),
    revision     bigint not null,                -- 1, 2 … : a dossier may be deposited anew until the window closes
    sha256       text not null,                  -- of content, hexadecimal
    content      text not null,                  -- canonical JSON, docs/formats/dossier-deposit.md
    deposited_at bigint not null,
    deposited_by text not null,
    on_behalf    text not null default '',
    grant_id     text not null,                  -- the role by which it was signed
    closes_at    bigint not null default 0,      -- the window then
    primary key (dossier_id, revision)
);

-- What instruction asks to be corrected, field by field.
create table dossier_correction (
    id           text primary key,
    dossier_id   text not null references dossier (id),
    round        bigint not null,                -- position of the event that asked
    position     bigint not null,                -- within the round, as asked
    target       text not null,                  -- a field, "requirement/PACKAGE/CODE" or "expense/ID"
    member_id    text not null default '',
    kind         text not null,                  -- funding.CorrectionKind
    reason       text not null default '',       -- code of the library of the call
    note         text not null,                  -- what is asked, in words
    answer       text not null default '',
    answered_at  bigint not null default 0,
    answered_by  text not null default ''
);
create unique index dossier_correction_of on dossier_correction (dossier_id, round, position);

create table dossier_message (
    dossier_id   text not null references dossier (id),
    position     bigint not null,
    side         text not null,                  -- funding.Side
    note         text not null,
    at           bigint not null,
    by_whom      text not null,
    primary key (dossier_id, position)
);

-- Envelopes: what a call may spend, as a whole (part '') or in parts of its own such as a region. committed never passes total.
create table envelope (
    call_id    text not null,
    part       text not null default '',         -- empty, or the id of a region
    total      bigint not null,
    committed  bigint not null default 0,
    set_at     bigint not null,
    set_by     text not null,
    note       text not null default '',         -- where the figure comes from
    primary key (call_id, part),
    check (committed >= 0 and committed <= total)
);

-- Every movement of an envelope. Only ever added; the sum of a part is its committed.
create table envelope_line (
    id         text primary key,
    call_id    text not null,
    part       text not null,
    dossier_id text not null references dossier (id),
    position   bigint not null,                  -- of the event that moved it
    amount     bigint not null,                  -- positive: committed; negative: given back
    at         bigint not null
);
create unique index envelope_line_event on envelope_line (dossier_id, position);
create index envelope_line_part on envelope_line (call_id, part);
