package seal

import (
	"fmt"
	"io"
	"time"
)

// WriteText prints what is proven, in French for "fr" and in English for anything else.
func (r Result) WriteText(w io.Writer, lang string) error {
	t := english
	if lang == "fr" {
		t = french
	}
	out := &lines{w: w}
	switch {
	case r.Intact() && r.Trusted:
		out.line(t.proven, r.Files)
	case r.Intact():
		out.line(t.intact, r.Files)
	default:
		out.line(t.notProven)
	}
	for _, p := range r.Problems {
		text := t.problems[p.Kind]
		if p.File != "" {
			text = p.File + t.colon + text
		}
		out.line("- %s (%s).", text, p.Detail)
	}
	if r.Head != nil {
		out.line(t.head, r.Head.Size, r.Head.Origin, r.Head.Time.UTC().Format(time.DateTime))
	}
	if r.Fingerprint != "" {
		out.line(t.key, r.Fingerprint)
	}
	return out.err
}

// lines keeps the first error of a writer.
type lines struct {
	w   io.Writer
	err error
}

func (l *lines) line(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format+"\n", args...)
	}
}

// texts holds the words of one language.
type texts struct {
	proven, intact, notProven, head, key, colon string
	problems                                    map[Kind]string
}

// The tables are read and never written.
var english = texts{
	proven:    "PROVEN: the %d files are exactly those that were sealed by a key you trust.",
	intact:    "INTACT: the %d files are exactly those sealed by the key below. You named no key to trust: compare its fingerprint with the one you were given.",
	notProven: "NOT PROVEN: this pack is not as it was sealed, or not sealed by a key you trust.",
	head:      "When it was sealed, the journal had %d lines: %s, %s UTC (clock of the signer).",
	key:       "Key: %s",
	colon:     ": ",
	problems: map[Kind]string{
		BadContainer: "the ZIP file itself was damaged or altered",
		BadName:      "a name that no pack has",
		Altered:      "altered since it was sealed",
		Missing:      "taken out since it was sealed",
		Added:        "added since it was sealed",
		BadList:      "the list of digests cannot be read",
		BadSignature: "the signature does not fit: list, key or signature were altered, so nothing is proven",
		BadKey:       "not a key you trust",
		BadJournal:   "the journal inside is not as its keeper signed it",
	},
}

var french = texts{
	proven:    "PROUVÉ : les %d fichiers sont exactement ceux qu’a scellés une clé en laquelle vous avez confiance.",
	intact:    "INTACT : les %d fichiers sont exactement ceux qu’a scellés la clé ci-dessous. Vous n’avez désigné aucune clé de confiance : comparez son empreinte avec celle qui vous a été remise.",
	notProven: "NON PROUVÉ : ce dossier n’est pas tel qu’il a été scellé, ou pas par une clé en laquelle vous avez confiance.",
	head:      "Au scellement, le journal comptait %d lignes : %s, %s UTC (horloge du signataire).",
	key:       "Clé : %s",
	colon:     " : ",
	problems: map[Kind]string{
		BadContainer: "le fichier ZIP lui-même a été abîmé ou modifié",
		BadName:      "un nom qu’aucun dossier scellé ne porte",
		Altered:      "modifié depuis le scellement",
		Missing:      "retiré depuis le scellement",
		Added:        "ajouté depuis le scellement",
		BadList:      "la liste des empreintes est illisible",
		BadSignature: "la signature ne correspond pas : la liste, la clé ou la signature a été modifiée, rien n’est prouvé",
		BadKey:       "pas une clé en laquelle vous avez confiance",
		BadJournal:   "le journal qu’il contient n’est pas tel que son teneur l’a signé",
	},
}
