package logbook_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/internal/logbook"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// TestHelperFullDisk is no test: it is the process that [TestRealDiskRunsFull] starts, with a file system of its own of eight megabytes.
func TestHelperFullDisk(t *testing.T) {
	dir := os.Getenv("HYGIE_FULL_DISK")
	if dir == "" {
		t.Skip("run by TestRealDiskRunsFull")
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "hygie.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := books(db, time.Now)
	id := open(t, db, b)
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	kept, failed := map[string]int64{}, 0
	take := func(name string) error {
		receipts, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{draft(name, strings.Repeat("long ", 700))})
		if err != nil {
			return err
		}
		if kept[name] = receipts[0].Number; kept[name] == 0 {
			t.Fatalf("line %s is refused: %s", name, receipts[0].Reason)
		}
		return nil
	}
	for i := range 300 {
		if err := take(fmt.Sprint("f", i)); err != nil {
			if !strings.Contains(err.Error(), "full") && !strings.Contains(err.Error(), "I/O") {
				t.Fatalf("a full disk gave %v", err)
			}
			if failed++; failed == 3 {
				break
			}
		}
	}
	if failed == 0 {
		t.Fatal("the disk never was full")
	}
	promised := func() {
		t.Helper()
		all := lines(t, db, b, id, logbook.Filter{Oldest: true})
		if len(all) != len(kept) {
			t.Errorf("%d lines are there, %d were promised", len(all), len(kept))
		}
		for _, l := range all {
			if kept[l.ID] != l.Number {
				t.Errorf("line %s has number %d, promised %d", l.ID, l.Number, kept[l.ID])
			}
		}
		proven(t, b, id, int64(len(kept)))
	}
	promised()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := take("again"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	promised()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	fmt.Printf("kept %d lines\n", len(kept))
}

// fill takes all but a few pages of the file system.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			break // the disk is full
		}
	}
	if end, err := f.Seek(0, 2); err != nil || f.Truncate(max(0, end-64<<10)) != nil {
		t.Fatal("no room could be given back", err)
	}
}

// A file system that really is full promises nothing that it does not keep, and goes on once there is room.
func TestRealDiskRunsFull(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("SKIPPED, no unshare here, which mounts a small disk: apt-get install util-linux, which `make test` does when it may")
	}
	dir := t.TempDir()
	inside := func(command ...string) *exec.Cmd {
		// A name space of mounts of its own: nothing of it is seen outside, and it ends with the process.
		script := `mount -t tmpfs -o size=8m hygie "$HYGIE_FULL_DISK" && exec "$@"`
		c := exec.CommandContext(t.Context(), unshare, append([]string{"--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"}, command...)...)
		c.Env = append(os.Environ(), "HYGIE_FULL_DISK="+dir)
		return c
	}
	if out, err := inside("true").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, the kernel lets nobody mount a disk in a name space of their own here; nothing to install helps: %v: %s", err, out)
	}
	out, err := inside(os.Args[0], "-test.run=^TestHelperFullDisk$", "-test.v").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("kept ")) {
		t.Fatalf("%v\n%s", err, out)
	}
}
