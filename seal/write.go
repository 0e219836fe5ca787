package seal

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hygie/journal"
)

// A Writer seals files as they come, without keeping them.
type Writer struct {
	zip    *zip.Writer
	key    ed25519.PrivateKey
	lines  []string // of SHA256SUMS
	names  map[string]bool
	readme string
}

// NewWriter begins a pack that key signs. readme is the text of LISEZMOI.txt; Instructions gives the part that tells how to check a pack.
func NewWriter(w io.Writer, key ed25519.PrivateKey, readme string) *Writer {
	return &Writer{zip: zip.NewWriter(w), key: key, names: map[string]bool{}, readme: readme}
}

// Add puts a file into the pack and returns its SHA-256. Names are checked with [CheckName], may not differ from another by case alone, and
// may not be those of the pack's own files.
func (w *Writer) Add(name string, content io.Reader) ([sha256.Size]byte, error) {
	switch name {
	case ReadmeName, KeyName, SumsName, SignatureName:
		return [sha256.Size]byte{}, fmt.Errorf("seal %s: the pack has a file of that name", name)
	}
	return w.add(name, content)
}

func (w *Writer) add(name string, content io.Reader) (sum [sha256.Size]byte, err error) {
	if err := CheckName(name); err != nil {
		return sum, fmt.Errorf("seal: %w", err)
	}
	folded := strings.ToLower(name)
	if w.names[folded] {
		return sum, fmt.Errorf("seal %s: there are two files of that name", name)
	}
	if len(w.names) >= maxFiles {
		return sum, fmt.Errorf("seal %s: a pack has at most %d files", name, maxFiles)
	}
	w.names[folded] = true
	entry, err := w.zip.CreateHeader(header(name))
	if err != nil {
		return sum, fmt.Errorf("seal %s: %w", name, err)
	}
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(entry, hash), content); err != nil {
		return sum, fmt.Errorf("seal %s: %w", name, err)
	}
	hash.Sum(sum[:0])
	w.lines = append(w.lines, hex.EncodeToString(sum[:])+"  "+name+"\n")
	return sum, nil
}

// header is the same for the same name: no date, no system, no owner.
func header(name string) *zip.FileHeader { return &zip.FileHeader{Name: name, Method: zip.Store} }

// Close writes the list of digests and its signature. A pack that was not closed cannot be opened.
func (w *Writer) Close() error {
	public, ok := w.key.Public().(ed25519.PublicKey)
	if !ok {
		return errors.New("seal: the key is none")
	}
	pem, err := journal.PublicPEM(public)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if _, err := w.add(ReadmeName, strings.NewReader(w.readme)); err != nil {
		return err
	}
	if _, err := w.add(KeyName, bytes.NewReader(pem)); err != nil {
		return err
	}
	// Sorted by name, as people look for one.
	slices.SortFunc(w.lines, func(a, b string) int { return strings.Compare(a[2*sha256.Size:], b[2*sha256.Size:]) })
	sums := []byte(strings.Join(w.lines, ""))
	if len(sums) > maxSums {
		return errors.New("seal: the names of the files are too long together")
	}
	for _, own := range []struct {
		name string
		data []byte
	}{{SumsName, sums}, {SignatureName, ed25519.Sign(w.key, sums)}} {
		entry, err := w.zip.CreateHeader(header(own.name))
		if err == nil {
			_, err = entry.Write(own.data)
		}
		if err != nil {
			return fmt.Errorf("seal %s: %w", own.name, err)
		}
	}
	if err := w.zip.Close(); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return nil
}

// Instructions tells in French how to check a pack by hand, for its LISEZMOI.txt.
const Instructions = `Comment vérifier ce dossier scellé
==================================

Avec hygie, sans réseau et sans compte :

    hygie dossier verify FICHIER.zip

Sans hygie, avec les outils courants (unzip, sha256sum, OpenSSL 3) :

    unzip -q FICHIER.zip -d dossier && cd dossier
    sha256sum --check --strict SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey cle-publique.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
    openssl pkey -pubin -in cle-publique.pem -outform DER | tail -c 32 | sha256sum

La première commande dit si un fichier a changé, la deuxième si la liste est celle qui a été
signée, la dernière donne l’empreinte de la clé : comparez-la avec celle que l’installation
affiche ou qui vous a été remise en main propre. Un fichier qui n’est pas dans SHA256SUMS
(hors SHA256SUMS et SHA256SUMS.sig) a été ajouté après le scellement.
`
