package blob_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hygie/internal/blob"
	"hygie/internal/blob/blobtest"
	"hygie/internal/keys"
)

// The interface that records of evidence want.
var _ interface {
	Put(ctx context.Context, r io.Reader) (digest [32]byte, size int64, err error)
	Open(ctx context.Context, digest [32]byte) (io.ReadCloser, error)
} = (*blob.Vault)(nil)

func TestConformance(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		blobtest.Run(t, func(*testing.T) blob.Backend { return new(blob.Memory) })
	})
	t.Run("folder", func(t *testing.T) {
		blobtest.Run(t, func(t *testing.T) blob.Backend { return folder(t, t.TempDir()) })
	})
}

func folder(t testing.TB, path string) *blob.Folder {
	t.Helper()
	f, err := blob.OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func load(t *testing.T, path string) blob.Secrets {
	t.Helper()
	k, err := keys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := blob.LoadSecrets(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSecretsOfAnInstallation(t *testing.T) {
	dir := t.TempDir()
	backend := folder(t, filepath.Join(dir, "blobs"))
	open := func() *blob.Vault {
		v, err := blob.NewVault(backend, load(t, filepath.Join(dir, "keys")))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	content := "report of the restoration test"
	d, _, err := open().Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Open(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if err := blob.Rotate(k); err != nil {
		t.Fatal(err)
	}
	if s := load(t, filepath.Join(dir, "keys")); len(s.Identities) != 2 || len(s.Recipients) != 1 {
		t.Errorf("%d identities, %d recipients after rotation", len(s.Identities), len(s.Recipients))
	}
	v := open()
	if err := v.Reseal(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	r, err := v.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != content {
		t.Errorf("%q, %v", got, err)
	}

	// A recovery key in the safe.
	if err := os.WriteFile(k.Path("evidence-recipients.txt"), []byte("# the safe\nage1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := load(t, filepath.Join(dir, "keys")); len(s.Recipients) != 2 {
		t.Errorf("%d recipients, want 2", len(s.Recipients))
	}
	if err := os.WriteFile(k.Path("evidence-recipients.txt"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.LoadSecrets(k); err == nil {
		t.Error("a broken list of recipients was accepted")
	}
}

func BenchmarkPut(b *testing.B) {
	v := blobtest.Vault(b, folder(b, b.TempDir()))
	content := make([]byte, 8<<20)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := v.Put(b.Context(), bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}
