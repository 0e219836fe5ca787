-- +goose Up
-- Versions of referentials that this installation has known: those that come with the program, kept because the next program brings others, and
-- those that an administrator brought.
create table referential_version (
    id         text primary key,
    package_id text not null,
    version    text not null,
    sha256     text not null,              -- of the file
    file       text not null,              -- as docs/formats/referential.md says
    added_at   bigint not null,
    added_by   text not null               -- person id, or "hygie" for what comes with the program
);
create unique index referential_version_file on referential_version (package_id, sha256);

-- Which version holds since when. Only ever added to: the latest before a moment is the one that counted then.
create table referential_in_force (
    id         text primary key,
    package_id text not null,
    version_id text references referential_version (id), -- null: withdrawn
    since      bigint not null,            -- 0: from the beginning
    set_by     text not null,              -- person id, or "hygie" for what comes with the program
    note       text not null default ''
);
create index referential_in_force_since on referential_in_force (since);

-- What administrators completed in lines that the authors of a referential had to leave open. Only ever added to: the latest of a line counts.
create table referential_amendment (
    id          text primary key,
    package_id  text not null,
    line        text not null,             -- referential.LineKind
    code        text not null,
    taken_back  integer not null default 0, -- 1: the line is again as the package has it
    kind        text not null default '',  -- referential.ValueKind
    number      double precision not null default 0,
    text        text not null default '',
    title_fr    text not null default '',
    title_en    text not null default '',
    help_fr     text not null default '',
    help_en     text not null default '',
    valid_from  bigint not null default 0,
    valid_until bigint not null default 0,
    source_fr   text not null default '',
    source_en   text not null default '',
    url         text not null default '',
    read_on     bigint not null default 0,
    set_at      bigint not null,
    set_by      text not null
);
create index referential_amendment_line on referential_amendment (package_id, line, code, set_at);

-- Values of parameters, which had no history. Days were kept as their first moment where the administrator was: half a day later they are the same day
-- everywhere.
insert into referential_amendment (id, package_id, line, code, kind, number, text, source_fr, source_en, set_at, set_by)
select package_id || '/' || code, package_id, 'parameter', code, kind, case kind when 'date' then number + 43200000 else number end, text,
       'Valeur donnée par l’administration ; la source est au journal.', 'Value given by the administration; the source is in the trail.', set_at, set_by
from referential_parameter;
-- The old table stays, empty: backups made before name it.
delete from referential_parameter;
