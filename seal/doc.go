// Package seal writes and verifies sealed packs: one ZIP file that proves, without network, account or this program, that what it holds is
// what an installation sealed. docs/formats/sealed-pack.md describes the file and the commands that check it by hand.
//
// A pack holds its files as they are (nothing is compressed, so nothing can swell), then LISEZMOI.txt, cle-publique.pem, SHA256SUMS over all of
// these, and SHA256SUMS.sig, the Ed25519 signature of that list. [Verify] also writes the container again and compares it byte by byte, so
// that no bit of the file, used or not, can differ unnoticed.
package seal

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Names of the files that every pack holds.
const (
	ReadmeName    = "LISEZMOI.txt"
	KeyName       = "cle-publique.pem"
	SumsName      = "SHA256SUMS"
	SignatureName = "SHA256SUMS.sig"
	HeadName      = "tete-du-journal.txt" // a signed head of the journal, where there is one
)

// Limits of a pack: what a verifier reads before it trusts anything.
const (
	maxFiles = 100_000
	maxName  = 200      // bytes
	maxSums  = 32 << 20 // bytes of the list of digests
)

// CheckName refuses a name that would not land inside the folder a pack is opened in, on any system, or that two systems would read differently.
func CheckName(name string) error {
	bad := func(why string) error { return fmt.Errorf("the name %q %s", name, why) }
	switch {
	case name == "" || len(name) > maxName:
		return bad(fmt.Sprintf("has %d bytes, 1 to %d are allowed", len(name), maxName))
	case strings.HasPrefix(name, "/") || path.Clean(name) != name || name == "." || name == ".." || strings.HasPrefix(name, "../"):
		return bad("leads out of the pack")
	case strings.ContainsAny(name, `\:*?"<>|`):
		return bad("has a character that not every system allows")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }):
		return bad("has a character beyond ASCII, which not every program that opens archives keeps")
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.HasPrefix(part, " ") || reserved(part) {
			return bad("is not possible on every system")
		}
	}
	return nil
}

// reserved says whether Windows keeps a name for a device.
func reserved(part string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(part), ".")
	switch base {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")) && base[3] >= '0' && base[3] <= '9'
}

// SafeName makes a name of at most longest bytes out of any text, keeping its ending: for files that people named as they liked. Letters
// lose their accents, everything else that is not a letter or a digit becomes a hyphen.
func SafeName(name string, longest int) string {
	ending := path.Ext(name)
	if len(ending) > 10 {
		ending = ""
	}
	stem := plain(strings.TrimSuffix(name, ending))
	if ending = plain(ending); ending != "" {
		ending = "." + ending
	}
	stem = strings.TrimRight(stem[:min(len(stem), max(longest-len(ending), 1))], "-.")
	if stem == "" || reserved(stem) {
		stem = "fichier" + stem
	}
	return stem + ending
}

// plain writes a text in letters and digits of ASCII, hyphens, dots and underscores.
func plain(s string) string {
	s = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss").Replace(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.C, r), r == utf8.RuneError:
			return -1
		default:
			return '-'
		}
	}, norm.NFD.String(s))
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	return strings.Trim(s, "-.")
}
