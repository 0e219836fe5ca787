// Package keys keeps the secrets of an installation in files: the identity
// that opens evidence, the key that signs journals, the secret that hides
// names.
//
// A secret is made once, when it is first asked for, and then only read. Its
// file can be read by its owner alone. A lost secret cannot be made again, so
// the folder belongs in every backup.
package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxFile bounds a key file, in bytes.
const maxFile = 64 << 10

// Folder is a folder of secrets.
type Folder struct{ path string }

// Open opens the folder and makes it when it is not there.
func Open(path string) (Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Folder{}, fmt.Errorf("make folder of keys: %w", err)
	}
	return Folder{path}, nil
}

// Path gives the file of a secret, for messages.
func (f Folder) Path(name string) string { return filepath.Join(f.path, name) }

// File gives the content of a key file. When there is none, it is made with fresh,
// and of several processes that do so at once one wins for all.
func (f Folder) File(name string, fresh func() ([]byte, error)) ([]byte, error) {
	content, err := f.read(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return content, err
	}
	if content, err = fresh(); err != nil {
		return nil, fmt.Errorf("make key %s: %w", name, err)
	}
	if err := f.create(name, content); err != nil {
		return nil, fmt.Errorf("keep key %s: %w", name, err)
	}
	return f.read(name)
}

func (f Folder) read(name string) ([]byte, error) {
	file, err := os.Open(f.Path(name))
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("read key %s: other users of this machine can read it (mode %04o); if none of them did, run: chmod 600 %s",
			name, mode, f.Path(name))
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read key: %w", err)
	case len(content) > maxFile:
		return nil, fmt.Errorf("read key %s: larger than %d bytes", name, maxFile)
	case len(content) == 0:
		return nil, fmt.Errorf("read key %s: the file is empty; put it back from a backup", name)
	}
	return content, nil
}

// create writes a file that is either whole or absent, and never replaces one.
func (f Folder) create(name string, content []byte) error {
	temp, err := f.temp(name, content)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	// A link, unlike a rename, fails when the name is taken: another process was first.
	if err := os.Link(temp, f.Path(name)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(f.path)
}

// Replace puts another content in the place of a key file, whole or not at all.
func (f Folder) Replace(name string, content []byte) error {
	temp, err := f.temp(name, content)
	if err != nil {
		return fmt.Errorf("replace key %s: %w", name, err)
	}
	if err := os.Rename(temp, f.Path(name)); err != nil {
		return fmt.Errorf("replace key %s: %w", name, errors.Join(err, os.Remove(temp)))
	}
	if err := syncFolder(f.path); err != nil {
		return fmt.Errorf("replace key %s: %w", name, err)
	}
	return nil
}

func (f Folder) temp(name string, content []byte) (path string, err error) {
	file, err := os.CreateTemp(f.path, "."+name+"-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be flushed there
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Secret gives 32 random bytes, kept in hexadecimal.
func (f Folder) Secret(name string) ([]byte, error) {
	text, err := f.File(name, func() ([]byte, error) {
		b := make([]byte, 32)
		rand.Read(b) // never fails
		return []byte(hex.EncodeToString(b) + "\n"), nil
	})
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("read key %s: not 32 bytes in hexadecimal", name)
	}
	return b, nil
}

// Ed25519 gives a signing key, kept as PKCS #8 in PEM, which openssl reads too.
func (f Folder) Ed25519(name string) (ed25519.PrivateKey, error) {
	text, err := f.File(name, func() ([]byte, error) {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	})
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("read key %s: not a PEM file", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", name, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read key %s: not an Ed25519 key", name)
	}
	return private, nil
}
