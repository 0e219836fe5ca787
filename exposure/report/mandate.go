package report

import (
	"strings"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/signature"
)

// SignedWords is what one electronic signature of a paper is worth, in a few words, and what was seen, in sentences.
type SignedWords struct{ Verdict, Text string }

// Signed tells of the signatures of a paper, one after the other; one line says that there is none. The moment a signer claims is written by at.
func Signed(lang string, paper signature.Paper, at func(time.Time) string) []SignedWords {
	w := words(lang)
	var out []SignedWords
	for _, s := range paper.Signatures {
		out = append(out, SignedWords{w.signed(s), w.signature(s, at)})
	}
	if len(out) == 0 {
		out = append(out, SignedWords{w.s("Sans signature électronique", "No electronic signature"),
			w.s("Une signature à la main se reconnaît à l’œil : ouvrez le papier.", "A signature written by hand is for people to recognise: open the paper.")})
	}
	return out
}

// signed is the verdict. A name is a claim unless an authority that is believed answers for it.
func (w words) signed(s signature.Signature) string {
	switch {
	case s.Fault == signature.Altered, s.Fault == signature.Wrong, s.Fault == signature.Gap:
		return w.s("Signature électronique rompue", "Electronic signature broken")
	case s.Fault == signature.Timestamped:
		return w.s("Horodatage, non vérifié", "Timestamp, not checked")
	case !s.Sound():
		return w.s("Signature électronique non vérifiable", "Electronic signature that cannot be checked")
	case !s.Whole:
		return w.s("Complété après la signature", "Added to after the signature")
	case s.Trust == signature.Stranger:
		return w.s("Signature intacte, autorité étrangère", "Signature intact, unknown authority")
	}
	return w.s("Signature électronique intacte", "Electronic signature intact")
}

// signature says who, when, and what does not hold or is not known.
func (w words) signature(s signature.Signature, at func(time.Time) string) string {
	var out []string
	if s.Signer != "" {
		who := s.Signer
		if s.Company != "" && s.Company != s.Signer {
			who += ", " + s.Company
		}
		out = append(out, who+w.s(", selon un certificat de « ", ", by a certificate of “")+s.Issuer+w.s(" ».", "”."))
		if !s.At.IsZero() {
			out = append(out, w.s("Signé le ", "Signed on ")+at(s.At)+w.s(", dit le signataire.", ", says the signer."))
		}
	}
	if s.Fault != "" {
		return strings.Join(append(out, w.fault(s.Fault)), " ")
	}
	if !s.Whole {
		out = append(out, w.n(int(s.Beyond), "octet, à la fin du fichier, n’est pas signé.", "octets, à la fin du fichier, ne sont pas signés.",
			"byte at the end of the file is not signed.", "bytes at the end of the file are not signed."))
	}
	return strings.Join(append(out, w.trust(s.Trust)), " ")
}

func (w words) trust(t signature.Trust) string {
	switch t {
	case signature.Trusted:
		return w.s("Le certificat vient d’une autorité de signataires connue ici.", "The certificate comes from an authority of signers that is known here.")
	case signature.Stranger:
		return w.s("Le certificat ne vient d’aucune autorité de signataires connue ici, ou n’était pas valable quand le papier a été lu.", "The certificate comes from no authority of signers that is known here, or was not valid when the paper was read.")
	}
	return w.s("Le certificat n’est pas vérifié : aucune autorité de signataires n’est connue ici, et n’importe qui peut en faire un à ce nom.",
		"The certificate is not verified: no authority of signers is known here, and anybody can make one of that name.")
}

// fault says why a signature does not hold.
func (w words) fault(f signature.Fault) string {
	switch f {
	case signature.Altered:
		return w.s("Le fichier a été changé depuis qu’il a été signé.", "The file was changed since it was signed.")
	case signature.Wrong:
		return w.s("La signature n’est pas celle de la clé du certificat.", "The signature is not that of the key of the certificate.")
	case signature.OldMethod:
		return w.s("La méthode de signature est trop ancienne pour prouver quelque chose, ou inconnue ici.", "The method of the signature is too old to prove anything, or not known here.")
	case signature.NoSigner:
		return w.s("Le certificat du signataire manque.", "The signer's certificate is missing.")
	case signature.Gap:
		return w.s("Une partie du fichier a été tenue hors de la signature.", "A part of the file was kept out of the signature.")
	case signature.Elsewhere:
		return w.s("C’est la signature d’un autre fichier : donnez le papier signé lui-même.", "This is the signature of another file: give the signed paper itself.")
	case signature.Timestamped:
		return w.s("Une date donnée par une autorité de temps ; personne n’y a signé.", "A date given by an authority of time; nobody signed with it.")
	}
	return w.s("Ce qui tient lieu de signature ne se lit pas.", "What stands in the place of a signature cannot be read.")
}

// MandateText says whose a mandate is, whether it held, and what its paper tells of its signatures: the first line, then one for each
// signature. What the paper says of itself cannot disturb a terminal.
func MandateText(lang string, p perimeter.Paper) []string {
	w := words(lang)
	head := w.s("Mandat de ", "Mandate of ") + p.Signer + " (" + p.File + "), " + w.s("du ", "from ") + w.date(p.From.Time) + w.s(" au ", " to ") + w.date(p.Until.Time) + w.s(" : ", ": ") + w.held(p.Why)
	out := []string{printable(head)}
	if p.Signed != nil {
		for _, s := range Signed(lang, *p.Signed, w.moment) {
			out = append(out, printable(s.Verdict+". "+s.Text))
		}
	}
	return out
}

// held says whether a mandate was in force.
func (w words) held(why string) string {
	switch why {
	case "":
		return w.s("en vigueur", "in force")
	case "no_file":
		return w.s("sans effet, son fichier ne se lit pas à côté du périmètre", "without effect, its file cannot be read beside the perimeter")
	case "other_file":
		return w.s("sans effet, le fichier n’a pas l’empreinte SHA-256 que le périmètre en donne", "without effect, the file has not the SHA-256 that the perimeter gives")
	case "early":
		return w.s("pas encore en vigueur", "not yet in force")
	case "late":
		return w.s("plus en vigueur", "no longer in force")
	}
	return w.s("hors de ses heures", "outside its hours")
}
