package blob

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"
)

func testVault(t *testing.T, f *Folder) *Vault {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewVault(f, Secrets{Names: make([]byte, 32), Recipients: []age.Recipient{id.Recipient()}, Identities: []age.Identity{id}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// files lists all regular files under a folder.
func files(t *testing.T, path string) (names []string) {
	t.Helper()
	err := filepath.Walk(path, func(p string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			names = append(names, p)
			if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", p, info.Mode())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// fullAfter is a disk with this much room.
type fullAfter struct {
	w    io.Writer
	room int
}

func (f *fullAfter) Write(p []byte) (int, error) {
	if len(p) > f.room {
		n, _ := f.w.Write(p[:f.room])
		f.room = 0
		return n, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	f.room -= len(p)
	return f.w.Write(p)
}

func TestFullDisk(t *testing.T) {
	for _, room := range []int{0, 100, 70_000, 199_000} {
		f, err := OpenFolder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		v := testVault(t, f)
		real := f.writer
		f.writer = func(w io.Writer) io.Writer { return &fullAfter{w, room} }
		content := strings.Repeat("x", 200_000)
		if _, _, err := v.Put(t.Context(), strings.NewReader(content)); !errors.Is(err, ErrFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
		if left := files(t, f.path); len(left) != 0 {
			t.Errorf("room for %d bytes: left behind %v", room, left)
		}
		f.writer = real
		if _, _, err := v.Put(t.Context(), strings.NewReader(content)); err != nil {
			t.Errorf("after space was made: %v", err)
		}
	}
}

// TestFullFileSystem does the same on a real file system, where the kernel says no.
func TestFullFileSystem(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root: a small file system cannot be mounted; TestFullDisk covers the code")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here (%s); TestFullDisk covers the code", strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	f, err := OpenFolder(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	v := testVault(t, f)
	if _, _, err := v.Put(t.Context(), io.LimitReader(zeros{}, 4<<20)); !errors.Is(err, ErrFull) {
		t.Errorf("4 MiB on a disk of 1 MiB: %v", err)
	}
	if left := files(t, f.path); len(left) != 0 {
		t.Errorf("left behind %v", left)
	}
	if _, _, err := v.Put(t.Context(), io.LimitReader(zeros{}, 100_000)); err != nil {
		t.Errorf("something smaller afterwards: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestCrash kills a process in the middle of a put and opens the folder again.
func TestCrash(t *testing.T) {
	if path := os.Getenv("HYGIE_TEST_BLOB_CRASH"); path != "" {
		dieWriting(path)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), "HYGIE_TEST_BLOB_CRASH="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "writing\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	half := files(t, dir)
	if len(half) != 1 {
		t.Errorf("while writing: %v", half)
	}
	if _, err := OpenFolder(dir); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("opening the folder took the file of a living process away: %v", left)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("after the crash: %v", left)
	}
	if _, _, err := testVault(t, f).Put(t.Context(), strings.NewReader("again")); err != nil {
		t.Error(err)
	}
}

// dieWriting is the process that will be killed.
func dieWriting(path string) {
	f, err := OpenFolder(path)
	if err != nil {
		panic(err)
	}
	p, err := f.Create(context.Background())
	if err != nil {
		panic(err)
	}
	io.WriteString(p, "the first half")
	fmt.Println("writing")
	select {}
}
