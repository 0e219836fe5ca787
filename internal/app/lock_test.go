package app

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hygie/internal/cli"
	"hygie/internal/config"
)

func holding(t *testing.T, data string) (func() error, error) {
	t.Helper()
	c := config.Default()
	c.Storage.Data = data
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	release, err := hold(c, &cli.Streams{Env: func(string) string { return "" }}, l)
	if closed := l.Close(); (err != nil) != errors.Is(closed, net.ErrClosed) {
		t.Errorf("hold: %v, and the address closes with %v", err, closed)
	}
	return release, err
}

func TestOnePlatformPerFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no lock there")
	}
	data := filepath.Join(t.TempDir(), "data")
	release, err := holding(t, data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holding(t, data); err == nil || !strings.Contains(err.Error(), "Une autre instance de hygie travaille déjà dans le dossier "+data) {
		t.Errorf("a second platform: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = holding(t, data)
	if err != nil {
		t.Fatalf("after the first one ended: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}

func TestLostKeysAreNotMadeAgain(t *testing.T) {
	data := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(data, "blobs", "ab"), 0o700), os.WriteFile(filepath.Join(data, "blobs", "ab", "abcd"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := holding(t, data); err == nil || !strings.Contains(err.Error(), "N’effacez rien") {
		t.Errorf("evidence without keys: %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "keys")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("keys were made: %v", err)
	}
}
