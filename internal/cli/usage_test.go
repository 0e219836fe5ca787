package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestUsageText(t *testing.T) {
	for english, french := range map[string]string{
		`unexpected argument foo`:                               `argument inattendu : foo`,
		`unexpected argument audti, did you mean "audit"?`:      `argument inattendu : audti ; vouliez-vous dire « audit » ?`,
		`unknown flag --lsten`:                                  `option inconnue : --lsten`,
		`unknown flag -v, did you mean "-h"?`:                   `option inconnue : -v ; vouliez-vous dire « -h » ?`,
		`missing flags: --out=FILE, --server=HOST[:PORT]`:       `il manque : --out=FILE, --server=HOST[:PORT]`,
		`expected one of "collect", "audit"`:                    `il manque la suite de la commande : "collect", "audit"`,
		`expected "<source> ..."`:                               `il manque l’argument source`,
		`--format must be one of "text","json" but got "xml"`:   `--format vaut l’un de "text","json", et non « xml »`,
		`--fail-on: expected a valid 64 bit int but got "x"`:    `--fail-on attend un nombre entier, et non « x »`,
		`--format: expected string value but got "EOL" (<EOL>)`: `--format : il manque la valeur`,
		`<file>: stat /tmp/none: no such file or directory`:     `/tmp/none : ce fichier n’existe pas`,
		`un texte déjà en français`:                             `un texte déjà en français`,
	} {
		if got := UsageText("fr", errors.New(english)); got != french {
			t.Errorf("%q gives %q, want %q", english, got, french)
		}
		if got := UsageText("en", errors.New(english)); got != english {
			t.Errorf("in English %q gives %q", english, got)
		}
	}
}

func TestFailureText(t *testing.T) {
	_, missing := os.Open("/none/such")
	for _, row := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("read: %w", missing), "/none/such : ce fichier ou ce dossier n’existe pas\n  (read: open /none/such: "},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, "x : le système refuse l’accès\n  ("},
		{errors.New("autre chose"), "autre chose"},
	} {
		if got := FailureText("fr", row.err); !strings.HasPrefix(got, row.want) {
			t.Errorf("%q, want %q", got, row.want)
		}
		if got := FailureText("en", row.err); got != row.err.Error() {
			t.Errorf("in English %q", got)
		}
	}
}
