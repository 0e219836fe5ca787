package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"filippo.io/age"

	"hygie/internal/keys"
)

// The files of the folder of keys.
const (
	identityFile  = "evidence.age"            // identities in the form of age-keygen, the present one first
	recipientFile = "evidence-recipients.txt" // further recipients, one a line; may be absent
	nameFile      = "evidence-names.key"
)

// LoadSecrets reads the secrets of an installation, and makes them the first time.
//
// The file evidence.age may hold several identities: the first closes, all
// open. Recipients listed in evidence-recipients.txt can open what is put from
// now on as well, such as a recovery key that is kept in a safe.
func LoadSecrets(folder keys.Folder) (Secrets, error) {
	var s Secrets
	var err error
	if s.Names, err = folder.Secret(nameFile); err != nil {
		return s, err
	}
	text, err := folder.File(identityFile, freshIdentity)
	if err != nil {
		return s, err
	}
	if s.Identities, err = age.ParseIdentities(bytes.NewReader(text)); err != nil {
		return s, fmt.Errorf("read key %s: %w", identityFile, err)
	}
	first, ok := s.Identities[0].(*age.X25519Identity)
	if !ok {
		return s, fmt.Errorf("read key %s: the first identity is not an X25519 one", identityFile)
	}
	s.Recipients = []age.Recipient{first.Recipient()}
	more, err := os.ReadFile(folder.Path(recipientFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read further recipients: %w", err)
	}
	others, err := age.ParseRecipients(bytes.NewReader(more))
	if err != nil {
		return s, fmt.Errorf("read %s: %w", recipientFile, err)
	}
	s.Recipients = append(s.Recipients, others...)
	return s, nil
}

// Rotate puts a new identity before the others: it closes from now on, and
// what exists can still be opened. Load the secrets again afterwards;
// [Vault.Reseal] then moves old content to the new identity.
func Rotate(folder keys.Folder) error {
	old, err := folder.File(identityFile, freshIdentity)
	if err != nil {
		return err
	}
	fresh, err := freshIdentity()
	if err != nil {
		return err
	}
	return folder.Replace(identityFile, append(fresh, old...))
}

func freshIdentity() ([]byte, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "# public key: %s\n%s\n", id.Recipient(), id), nil
}
