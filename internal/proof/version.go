package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/referential"
)

// Version is one version of a package as the installation keeps it.
type Version struct {
	ID      string
	Package string // id
	Number  string
	SHA256  string // of the file, hexadecimal
	File    []byte
	AddedAt time.Time
	AddedBy string // person id, or [Platform]
}

const versionColumns = `id, package_id, version, sha256, file, added_at, added_by`

func scanVersion(row store.Row) (v Version, err error) {
	var file string
	var at int64
	err = row.Scan(&v.ID, &v.Package, &v.Number, &v.SHA256, &file, &at, &v.AddedBy)
	v.File, v.AddedAt = []byte(file), store.Time(at)
	return v, err
}

// VersionByID gives a version, or [store.ErrNotFound].
func VersionByID(ctx context.Context, tx *store.Tx, id string) (Version, error) {
	return store.One(ctx, tx, scanVersion, `select `+versionColumns+` from referential_version where id = $1`, id)
}

// Versions lists what the installation keeps of a package, latest first.
func Versions(ctx context.Context, tx *store.Tx, packageID string) ([]Version, error) {
	return store.All(ctx, tx, scanVersion, `select `+versionColumns+` from referential_version where package_id = $1 order by added_at desc, id desc`, packageID)
}

// Bring keeps a version that somebody brought; it does not hold before [PutInForce]. The same file brought again is the version that is there.
// Another file under the number of a version that held once is refused with [ErrTwice]; one that never held is replaced, for it was a draft.
func Bring(ctx context.Context, tx *store.Tx, p *referential.Package, file []byte, person string, at time.Time) (Version, error) {
	all, err := Versions(ctx, tx, p.ID)
	if err != nil {
		return Version{}, err
	}
	sum := digest(file)
	for _, v := range all {
		if v.Number != p.Version || v.SHA256 == sum {
			continue
		}
		held, err := store.One(ctx, tx, store.Column[int], `select count(*) from referential_in_force where version_id = $1`, v.ID)
		if err != nil {
			return v, fmt.Errorf("bring version %s of %s: %w", p.Version, p.ID, err)
		}
		if held > 0 || v.AddedBy == Platform {
			return v, fmt.Errorf("bring version %s of %s: %w", p.Version, p.ID, ErrTwice)
		}
		if _, err := tx.Exec(ctx, `delete from referential_version where id = $1`, v.ID); err != nil {
			return v, fmt.Errorf("replace a draft of %s: %w", p.ID, err)
		}
	}
	return keep(ctx, tx, p, file, person, at)
}

// keep stores a file, unless it is there.
func keep(ctx context.Context, tx *store.Tx, p *referential.Package, file []byte, by string, at time.Time) (Version, error) {
	v, err := store.One(ctx, tx, scanVersion, `select `+versionColumns+` from referential_version where package_id = $1 and sha256 = $2`, p.ID, digest(file))
	if !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	v = Version{ID: store.NewID(at), Package: p.ID, Number: p.Version, SHA256: digest(file), File: file, AddedAt: at, AddedBy: by}
	_, err = tx.Exec(ctx, `insert into referential_version (id, package_id, version, sha256, file, added_at, added_by) values ($1, $2, $3, $4, $5, $6, $7)`,
		v.ID, v.Package, v.Number, v.SHA256, string(v.File), store.Millis(at), by)
	if err != nil {
		return v, fmt.Errorf("keep version %s of %s: %w", p.Version, p.ID, err)
	}
	return v, nil
}

// force is since when a version holds.
type force struct {
	Package, VersionID, Number, SHA256 string
	Since                              time.Time
	By, Note                           string
}

// Holding is a time during which a version held, or none.
type Holding struct {
	VersionID, Number string // empty: withdrawn
	Since             time.Time
	By, Note          string
}

// Holdings tells which versions of a package held since when, latest first.
func Holdings(ctx context.Context, tx *store.Tx, packageID string) ([]Holding, error) {
	return store.All(ctx, tx, func(row store.Row) (h Holding, err error) {
		var since int64
		err = row.Scan(&h.VersionID, &h.Number, &since, &h.By, &h.Note)
		h.Since = store.Time(since)
		return h, err
	}, `select coalesce(f.version_id, ''), coalesce(v.version, ''), f.since, f.set_by, f.note from referential_in_force f
		left join referential_version v on v.id = f.version_id where f.package_id = $1 order by f.since desc, f.id desc`, packageID)
}

func forcesUntil(ctx context.Context, tx *store.Tx, at time.Time) ([]force, error) {
	return store.All(ctx, tx, func(row store.Row) (f force, err error) {
		var since int64
		err = row.Scan(&f.Package, &f.VersionID, &f.Number, &f.SHA256, &since, &f.By, &f.Note)
		f.Since = store.Time(since)
		return f, err
	}, `select f.package_id, coalesce(f.version_id, ''), coalesce(v.version, ''), coalesce(v.sha256, ''), f.since, f.set_by, f.note from referential_in_force f
		left join referential_version v on v.id = f.version_id where f.since <= $1 order by f.since, f.id`, store.Millis(at))
}

func addForce(ctx context.Context, tx *store.Tx, f force, now time.Time) error {
	last, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(since), -1) from referential_in_force where package_id = $1`, f.Package)
	if err != nil {
		return fmt.Errorf("put a version of %s in force: %w", f.Package, err)
	}
	f.Since = store.Time(max(store.Millis(f.Since), last+1)) // the order of the versions is theirs, whatever the clocks of several nodes say
	_, err = tx.Exec(ctx, `insert into referential_in_force (id, package_id, version_id, since, set_by, note) values ($1, $2, $3, $4, $5, $6)`,
		store.NewID(now), f.Package, nullable(f.VersionID), store.Millis(f.Since), f.By, f.Note)
	if err != nil {
		return fmt.Errorf("put a version of %s in force: %w", f.Package, err)
	}
	return nil
}

// PutInForce makes a version hold from a moment on, until another does; [ErrInForce] when it does already. Answers and facts stay: they are about
// questions and keys, not about versions.
func PutInForce(ctx context.Context, tx *store.Tx, v Version, person, note string, at time.Time) error {
	holdings, err := Holdings(ctx, tx, v.Package)
	if err != nil {
		return err
	}
	if len(holdings) > 0 && holdings[0].VersionID == v.ID {
		return ErrInForce
	}
	return addForce(ctx, tx, force{Package: v.Package, VersionID: v.ID, Since: at, By: person, Note: note}, at)
}

// Withdraw takes a package away: it is judged and asked no more. What was recorded stays.
func Withdraw(ctx context.Context, tx *store.Tx, packageID, person, note string, at time.Time) error {
	return addForce(ctx, tx, force{Package: packageID, Since: at, By: person, Note: note}, at)
}
