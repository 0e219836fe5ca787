package sentence_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"hygie/directory/report/html"
	"hygie/directory/report/reporttest"
	"hygie/directory/report/text"
)

// TestNoPraiseForWhatWasNotRead reads the sentence under the level: it must not call a directory good, or known, that was not looked at.
func TestNoPraiseForWhatWasNotRead(t *testing.T) {
	const readable = "hop -gPLink\n" // without a policy there is no folder of SYSVOL whose permissions would lack
	for _, row := range []struct{ name, lines, fr, en string }{
		{"all read", readable, "l’état de l’art", "state of the art"},
		{"one point unread", readable + "unread dSHeuristics", "1\u00a0point n’a pas pu être évalué\u00a0: le vrai niveau est peut-être plus bas", "1 point could not be evaluated: the true level may be lower"},
		{"one point unread, level 2", readable + "unread dSHeuristics\nGuest uac=0x10220", "à court terme. 1\u00a0point n’a pas", "short term. 1 point could"},
		{"rights unread", "unread nTSecurityDescriptor", "Aucun chemin n’apparaît dans ce qui a été lu. Des droits n’ont pas été lus", "No path shows in what was read. Some rights were not read"},
		{"rights unread, a path all the same", "unread nTSecurityDescriptor\nSRV1 uac=0x81000", "d’autres chemins peuvent exister", "there may be other paths"},
		{"rights read", readable, "Aucun compte ordinaire ne mène", "No ordinary account leads"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for lang, want := range map[string]string{"fr": row.fr, "en": row.en} {
				r := reporttest.Audit(t, lang, row.lines)
				var plain, page bytes.Buffer
				if err := errors.Join(text.Write(&plain, r, text.Options{}), html.Write(&page, r)); err != nil {
					t.Fatal(err)
				}
				for form, out := range map[string]string{"text": strings.ReplaceAll(plain.String(), "\n  ", " "), "html": page.String()} {
					if !strings.Contains(out, want) {
						t.Errorf("%s in %s does not say %q", form, lang, want)
					}
					if row.lines != readable && (strings.Contains(out, "l’état de l’art") || strings.Contains(out, "state of the art")) {
						t.Errorf("%s in %s praises what was not read", form, lang)
					}
				}
			}
		})
	}
}
