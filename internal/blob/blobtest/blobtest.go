// Package blobtest holds the tests that every [blob.Backend] must pass.
//
//	func TestConformance(t *testing.T) {
//		blobtest.Run(t, func(t *testing.T) blob.Backend { return new(blob.Memory) })
//	}
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"hygie/internal/blob"
)

// Run runs the suite; fresh gives an empty backend.
func Run(t *testing.T, fresh func(t *testing.T) blob.Backend) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, blob.Backend)
	}{
		{"an object comes back", comesBack},
		{"nothing shows before commit", invisible},
		{"commit replaces", replaces},
		{"delete twice", deletes},
		{"walk in order", walks},
		{"hostile names", names},
		{"cancelled context", cancelled},
		{"vault: content of any size", vaultSizes},
		{"vault: a source that breaks", vaultBroken},
		{"vault: damage is seen", vaultDamage},
		{"vault: many at once", vaultConcurrent},
		{"vault: rotation", vaultRotation},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, fresh(t)) })
	}
}

// Vault gives a vault over a backend, with keys of its own.
func Vault(t testing.TB, b blob.Backend) *blob.Vault {
	t.Helper()
	v, err := blob.NewVault(b, secrets(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func secrets(t testing.TB) blob.Secrets {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return blob.Secrets{
		Names:      []byte("a secret for tests only"),
		Recipients: []age.Recipient{id.Recipient()},
		Identities: []age.Identity{id},
	}
}

func name(i int) string { return fmt.Sprintf("%064x", sha256.Sum256([]byte{byte(i)})) }

func write(t *testing.T, b blob.Backend, name, content string) {
	t.Helper()
	p, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Abort()
	if _, err := io.WriteString(p, content); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, b blob.Backend, name string) string {
	t.Helper()
	r, err := b.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func count(t *testing.T, b interface {
	Walk(context.Context, func(blob.Object) error) error
}) (n int) {
	t.Helper()
	if err := b.Walk(t.Context(), func(blob.Object) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func comesBack(t *testing.T, b blob.Backend) {
	for i, content := range []string{"", "x", strings.Repeat("evidence ", 100_000)} {
		write(t, b, name(i), content)
		if read(t, b, name(i)) != content {
			t.Errorf("object of %d bytes: not what was put", len(content))
		}
		o, err := b.Stat(t.Context(), name(i))
		if err != nil || o.Name != name(i) || o.Size != int64(len(content)) || o.Modified.IsZero() {
			t.Errorf("stat: %+v, %v", o, err)
		}
	}
	if _, err := b.Open(t.Context(), name(99)); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open what is not there: %v", err)
	}
	if _, err := b.Stat(t.Context(), name(99)); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("stat what is not there: %v", err)
	}
}

func invisible(t *testing.T, b blob.Backend) {
	p, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(p, "half")
	if n := count(t, b); n != 0 {
		t.Errorf("%d objects before commit", n)
	}
	p.Abort()
	p.Abort()
	if err := p.Commit(t.Context(), name(1)); err == nil {
		t.Error("committed after abort")
	}
	if n := count(t, b); n != 0 {
		t.Errorf("%d objects after abort", n)
	}
}

func replaces(t *testing.T, b blob.Backend) {
	write(t, b, name(1), "one")
	r, err := b.Open(t.Context(), name(1))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	write(t, b, name(1), "two")
	if got, err := io.ReadAll(r); err != nil || string(got) != "one" {
		t.Errorf("a reader that was open: %q, %v", got, err)
	}
	if read(t, b, name(1)) != "two" || count(t, b) != 1 {
		t.Error("not replaced")
	}
}

func deletes(t *testing.T, b blob.Backend) {
	write(t, b, name(1), "one")
	for range 2 {
		if err := b.Delete(t.Context(), name(1)); err != nil {
			t.Error(err)
		}
	}
	if err := b.Delete(t.Context(), name(2)); err != nil {
		t.Error(err)
	}
	if count(t, b) != 0 {
		t.Error("still there")
	}
}

func walks(t *testing.T, b blob.Backend) {
	var want, got []string
	for i := range 20 {
		want = append(want, name(i))
		write(t, b, name(i), "x")
	}
	slices.Sort(want)
	if err := b.Walk(t.Context(), func(o blob.Object) error { got = append(got, o.Name); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	stop := errors.New("enough")
	if err := b.Walk(t.Context(), func(blob.Object) error { return stop }); err != stop {
		t.Errorf("walk did not give the error back: %v", err)
	}
}

func names(t *testing.T, b blob.Backend) {
	for _, bad := range []string{"", "x", "../../etc/passwd", strings.Repeat("A", 64), strings.Repeat("/", 64), name(1) + "0"} {
		p, err := b.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Commit(t.Context(), bad); err == nil {
			t.Errorf("commit %q: accepted", bad)
		}
		if _, err := b.Open(t.Context(), bad); err == nil {
			t.Errorf("open %q: accepted", bad)
		}
		if _, err := b.Stat(t.Context(), bad); err == nil {
			t.Errorf("stat %q: accepted", bad)
		}
		if err := b.Delete(t.Context(), bad); err == nil {
			t.Errorf("delete %q: accepted", bad)
		}
	}
	if count(t, b) != 0 {
		t.Error("something was kept")
	}
}

func cancelled(t *testing.T, b blob.Backend) {
	p, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Commit(ctx, name(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	p.Abort()
	if count(t, b) != 0 {
		t.Error("kept although cancelled")
	}
}

func vaultSizes(t *testing.T, b blob.Backend) {
	v := Vault(t, b)
	random := rand.New(rand.NewPCG(1, 2))
	for i, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20} {
		content := make([]byte, size)
		for j := range content {
			content[j] = byte(random.Uint32())
		}
		for range 2 { // the second time it is there already
			d, n, err := v.Put(t.Context(), iotest.HalfReader(bytes.NewReader(content)))
			if err != nil || n != int64(size) || d != sha256.Sum256(content) {
				t.Fatalf("%d bytes: %d, %v", size, n, err)
			}
		}
		if n := count(t, v); n != i+1 {
			t.Errorf("%d objects, want %d", n, i+1)
		}
		r, err := v.Open(t.Context(), sha256.Sum256(content))
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, content); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		r.Close()
		raw := read(t, b, v.Name(sha256.Sum256(content)))
		if size > 64 && strings.Contains(raw, string(content[:64])) {
			t.Error("stored in clear")
		}
	}
	if _, err := v.Open(t.Context(), blob.Digest{}); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open what is not there: %v", err)
	}
}

func vaultBroken(t *testing.T, b blob.Backend) {
	v := Vault(t, b)
	broken := errors.New("the line dropped")
	_, n, err := v.Put(t.Context(), io.MultiReader(strings.NewReader("first half"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || n != 10 {
		t.Errorf("%d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	endless := readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	if _, _, err := v.Put(ctx, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if count(t, v) != 0 {
		t.Error("half of it was kept")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func vaultDamage(t *testing.T, b blob.Backend) {
	v := Vault(t, b)
	content := strings.Repeat("proof of a restored backup\n", 5000)
	d, _, err := v.Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := v.Put(t.Context(), strings.NewReader("another document"))
	if err != nil {
		t.Fatal(err)
	}
	raw := read(t, b, v.Name(d))
	for what, bad := range map[string]string{
		"a bit in the middle":  raw[:70000] + string(raw[70000]^1) + raw[70001:],
		"a bit in the header":  raw[:140] + string(raw[140]^1) + raw[141:], // in its authentication code
		"cut":                  raw[:len(raw)-20],
		"cut at a chunk":       raw[:len(raw)-(len(raw)-216)%(64<<10+16)],
		"cut in the header":    raw[:50],
		"empty":                "",
		"more after the end":   raw + "x",
		"another object":       read(t, b, v.Name(other)),
		"not encrypted at all": content,
	} {
		write(t, b, v.Name(d), bad)
		r, err := v.Open(t.Context(), d)
		if err == nil {
			_, err = io.ReadAll(r)
			r.Close()
		}
		if !errors.Is(err, blob.ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, _, err := v.Put(t.Context(), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if r, err := v.Open(t.Context(), d); err != nil {
		t.Errorf("put again does not mend: %v", err)
	} else {
		r.Close()
	}
}

func vaultConcurrent(t *testing.T, b blob.Backend) {
	v := Vault(t, b)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			content := strings.Repeat(fmt.Sprint(i%4), 50_000)
			d, _, err := v.Put(t.Context(), strings.NewReader(content))
			if err != nil {
				t.Error(err)
				return
			}
			r, err := v.Open(t.Context(), d)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || string(got) != content {
				t.Errorf("read back: %v", err)
			}
		})
	}
	wg.Wait()
	if n := count(t, v); n != 4 {
		t.Errorf("%d objects, want 4", n)
	}
}

func vaultRotation(t *testing.T, b blob.Backend) {
	old, added := secrets(t), secrets(t)
	open := func(s blob.Secrets) *blob.Vault {
		v, err := blob.NewVault(b, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	d, _, err := open(old).Put(t.Context(), strings.NewReader("kept for ten years"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(added).Open(t.Context(), d); err == nil || errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("another key: %v", err)
	}
	both := added
	both.Identities = append(slices.Clone(added.Identities), old.Identities...)
	if err := open(both).Reseal(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	r, err := open(added).Open(t.Context(), d)
	if err != nil {
		t.Fatalf("after resealing: %v", err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "kept for ten years" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := open(old).Open(t.Context(), d); err == nil {
		t.Error("the old key still opens")
	}
}
