package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/pressly/goose/v3"
)

// derivedVersion is the migration that makes what each engine has in its own way: the index of words, and the marks that keep it
// true. It is made of what the other tables hold, so a backup does not carry it: [Tables] does not name it, and restoring marks everything anew.
const derivedVersion = 20

// headsVersion is the migration from which documents say which structures hold them, are written anew when one of those moves, and are found in
// PostgreSQL by the beginnings of their words.
const headsVersion = 60

// mark is a change of a table that something else has to follow. The reference names what changed, as a query of one line.
type mark struct {
	name  string // of the trigger
	due   string // table of marks
	on    string // when, change and table
	when  string // condition on the changed row, or empty
	kind  string
	ref   string // of the changed row, called new
	extra string // value of the structure for marks that have one
}

// marks of the index of words and of what is told to other programs. They are triggers, so that no writer can forget one: the mark is written in the
// transaction of the change.
func marks() []mark {
	searched := func(name, on, when, kind, ref string) mark {
		return mark{name: "search_" + name, due: "search_due", on: on, when: when, kind: kind, ref: ref}
	}
	told := func(name, on, when, kind string) mark {
		const heard = "exists (select 1 from webhook)" // nobody listens in most installations
		return mark{name: "webhook_" + name, due: "webhook_due", on: on, when: when, kind: kind, ref: "new.id", extra: heard}
	}
	const ended = "new.state <> old.state and new.state in ('done', 'failed')"
	return []mark{
		searched("structure_made", "after insert on structure", "", "structure", "new.id"),
		searched("structure_changed", "after update of name, city, finess, siren, siret, status, category_label on structure", "", "structure", "new.id"),
		searched("evidence_made", "after insert on evidence", "", "evidence", "new.id"),
		searched("action_made", "after insert on action", "", "action", "new.id"),
		searched("action_changed", "after update of title, detail, state, owner_name on action", "", "action", "new.id"),
		searched("fact_made", "after insert on fact", "", "fact", "new.structure_id || ' ' || new.key"),
		searched("audit_done", "after update of state on audit_run", "new.state = 'done'", "directory", "new.structure_id"),
		searched("exposure_done", "after update of state on exposure_run", "new.state = 'done'", "exposure", "new.structure_id"),
		searched("answer_made", "after insert on assessment_answer", "", "answer", "new.assessment_id || ' ' || new.question"),
		searched("force_made", "after insert on referential_in_force", "", "requirement", "new.package_id"),
		searched("amendment_made", "after insert on referential_amendment", "", "requirement", "new.package_id"),
		told("evidence_made", "after insert on evidence", "", "evidence"),
		told("fact_made", "after insert on fact", "", "fact"),
		told("action_made", "after insert on action", "", "action"),
		told("action_changed", "after update of version on action", "new.version <> old.version", "action"),
		told("audit_done", "after update of state on audit_run", ended, "directory"),
		told("exposure_done", "after update of state on exposure_run", ended, "exposure"),
	}
}

// everything selects what an index made anew has to hold: kind and reference.
const everything = `
	select 'structure', id from structure union all
	select 'evidence', id from evidence union all
	select 'action', id from action union all
	select distinct 'fact', structure_id || ' ' || key from fact union all
	select distinct 'directory', structure_id from audit_run where state = 'done' union all
	select distinct 'exposure', structure_id from exposure_run where state = 'done' union all
	select distinct 'answer', assessment_id || ' ' || question from assessment_answer union all
	select distinct 'requirement', package_id from referential_in_force`

// MarkEverything makes the index of words be written anew.
func (t *Tx) MarkEverything(ctx context.Context) error {
	if _, err := t.Exec(ctx, `insert into search_due (kind, ref)`+everything); err != nil {
		return fmt.Errorf("mark what is searched: %w", err)
	}
	return nil
}

// derived are the migrations, in the words of an engine.
func derived(engine Engine) []*goose.Migration {
	first := []string{sqliteIndex}
	heads := []string{sqliteMoved}
	if engine == PostgreSQL {
		first, heads = []string{postgresIndex}, []string{postgresHeads, postgresMoved}
	}
	for _, m := range marks() {
		first = append(first, m.statement(engine))
	}
	return []*goose.Migration{steps(derivedVersion, first), steps(headsVersion, heads)}
}

// steps is a migration of some statements, after which everything that is searched is marked.
func steps(version int64, statements []string) *goose.Migration {
	return goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, s := range append(slices.Clone(statements), `insert into search_due (kind, ref)`+everything) {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("%w in %.80q", err, s)
			}
		}
		return nil
	}}, nil)
}

// statement makes the trigger of a mark.
func (m mark) statement(engine Engine) string {
	act := fmt.Sprintf(`insert into %s (kind, ref) values ('%s', %s)`, m.due, m.kind, m.ref)
	if m.extra != "" {
		act = fmt.Sprintf(`insert into %s (kind, ref, structure_id) select '%s', %s, new.structure_id where %s`, m.due, m.kind, m.ref, m.extra)
	}
	when := ""
	if m.when != "" {
		when = " when (" + m.when + ")"
	}
	if engine == SQLite {
		return fmt.Sprintf("create trigger %s %s for each row%s begin %s; end", m.name, m.on, when, act)
	}
	return fmt.Sprintf("create function %[1]s() returns trigger language plpgsql as $mark$ begin %[2]s; return null; end $mark$;\n"+
		"create trigger %[1]s %[3]s for each row%[4]s execute function %[1]s()", m.name, act, m.on, when)
}

// The documents that can be found. Words are folded already, separated by single spaces. The number grows with each writing.
const documentColumns = `
    kind         text not null,              -- what publishes it
    ref          text not null,              -- which thing of that kind
    part         text not null default '',   -- which of its documents, when it has several
    structure_id text not null default '',   -- empty: of no structure
    lang         text not null default '',   -- empty: for readers of every language
    title        text not null,
    detail       text not null,
    path         text not null,
    words        text not null,
    at           bigint not null,
    unique (kind, ref, part)
);
create index search_document_structure on search_document (structure_id);`

const sqliteIndex = `
create table search_due (number integer primary key autoincrement, kind text not null, ref text not null);
create table webhook_due (number integer primary key autoincrement, kind text not null, ref text not null, structure_id text not null);
create table search_document (number integer primary key autoincrement,` + documentColumns + `
create virtual table search_words using fts5 (words, content = 'search_document', content_rowid = 'number', detail = 'none', columnsize = 0, prefix = '2 3 4 5 6 7 8 9 10', tokenize = 'unicode61 remove_diacritics 0 tokenchars _');
create trigger search_document_made after insert on search_document begin insert into search_words (rowid, words) values (new.number, new.words); end;
create trigger search_document_gone after delete on search_document begin insert into search_words (search_words, rowid, words) values ('delete', old.number, old.words); end;`

const postgresIndex = `
create table search_due (number bigint generated always as identity primary key, kind text not null, ref text not null);
create table webhook_due (number bigint generated always as identity primary key, kind text not null, ref text not null, structure_id text not null);
create table search_document (number bigint generated always as identity primary key,` + documentColumns + `
create index search_document_words on search_document using gin (array_to_tsvector(string_to_array(words, ' '))) with (fastupdate = off);`

// What lies below a structure that moves is held by others: its documents have to say so.
const (
	moved = `insert into search_due (kind, ref) select distinct d.kind, d.ref from search_document d join structure s on s.id = d.structure_id where s.lft between new.lft and new.rgt`

	sqliteMoved = `create trigger search_structure_moved after update of parent_id on structure for each row when (new.parent_id <> old.parent_id) begin ` + moved + `; end`

	postgresMoved = `
create function search_structure_moved() returns trigger language plpgsql as $mark$ begin ` + moved + `; return null; end $mark$;
create trigger search_structure_moved after update of parent_id on structure for each row when (new.parent_id <> old.parent_id) execute function search_structure_moved()`
)

// Beginnings of words up to ten letters are words of the index, so that what many documents hold is crossed as one list; marks, which begin with an
// underscore, are whole. Documents written one after the other share two marks, by thousands and by ten thousands, so that the last ones are crossed alone.
// The function is dear, so that no plan reads rows with it, and not for parallel workers, who take longer to start than a search takes.
const postgresHeads = `
drop index search_document_words;
create function search_heads(words text, number bigint) returns tsvector language sql immutable strict cost 1000 as $heads$
    select array_to_tsvector(array_agg(case when word like '\_%' then word else left(word, letters) end) || array['_n' || (number >> 12), '_m' || (number >> 16)])
    from unnest(string_to_array(words, ' ')) word, generate_series(2, 10) letters
    where letters = 2 or letters <= length(word) and word not like '\_%'
$heads$;
create index search_document_heads on search_document using gin (search_heads(words, number)) with (fastupdate = off);`
