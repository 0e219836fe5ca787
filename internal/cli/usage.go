package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"syscall"
)

// UsageText says in the language what is wrong with a command line. What the parser says is English; sentences that are not known
// here stay as they are.
func UsageText(lang string, err error) string {
	text := err.Error()
	if lang != "fr" {
		return text
	}
	for _, s := range usageSentences() {
		if m := s.english.FindStringSubmatchIndex(text); m != nil {
			return string(s.english.ExpandString(nil, s.french, text, m))
		}
	}
	return text
}

type usageSentence struct {
	english *regexp.Regexp
	french  string
}

// usageSentences lists what the parser says. $1 is a word of the command line or of its grammar.
func usageSentences() []usageSentence {
	var out []usageSentence
	for _, s := range [][2]string{
		{`^unexpected argument (.+), did you mean "(.+)"\?$`, `argument inattendu : $1 ; vouliez-vous dire « $2 » ?`},
		{`^unexpected argument (.+)$`, `argument inattendu : $1`},
		{`^unknown flag (.+), did you mean "(.+)"\?$`, `option inconnue : $1 ; vouliez-vous dire « $2 » ?`},
		{`^unknown flag (.+)$`, `option inconnue : $1`},
		{`^missing flags: (.+)$`, `il manque : $1`},
		{`^expected one of (.+)$`, `il manque la suite de la commande : $1`},
		{`^expected "<(.+?)>.*"$`, `il manque l’argument $1`},
		{`^(.+) must be one of (.+) but got "(.*)"$`, `$1 vaut l’un de $2, et non « $3 »`},
		{`^(.+): expected string value but got "EOL" .*$`, `$1 : il manque la valeur`},
		{`^(.+): missing value$`, `$1 : il manque la valeur`},
		{`^(.+): expected (?:a valid \d+ bit )?int(?: value)? but got "(.*?)".*$`, `$1 attend un nombre entier, et non « $2 »`},
		{`^<?(.+?)>?: stat (.+): no such file or directory$`, `$2 : ce fichier n’existe pas`},
	} {
		out = append(out, usageSentence{regexp.MustCompile(s[0]), s[1]})
	}
	return out
}

// FailureText says in the language why a command failed: in plain words first when the system is the cause, with the technical
// text after.
func FailureText(lang string, err error) string {
	var where *fs.PathError
	if lang != "fr" || !errors.As(err, &where) {
		return err.Error()
	}
	reason := ""
	switch {
	case errors.Is(where, fs.ErrNotExist):
		reason = "ce fichier ou ce dossier n’existe pas"
	case errors.Is(where, fs.ErrPermission):
		reason = "le système refuse l’accès"
	case errors.Is(where, fs.ErrExist):
		reason = "ce nom est déjà pris"
	case errors.Is(where, syscall.ENOSPC):
		reason = "le disque est plein"
	case errors.Is(where, syscall.EISDIR):
		reason = "c’est un dossier, il faut un fichier"
	case errors.Is(where, syscall.ENOTDIR):
		reason = "c’est un fichier, il faut un dossier"
	default:
		return err.Error()
	}
	return fmt.Sprintf("%s : %s\n  (%s)", where.Path, reason, err)
}
