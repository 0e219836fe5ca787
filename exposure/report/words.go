package report

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"hygie/exposure/check"
	"hygie/finding"
)

// words chooses between the two languages of a sentence.
type words string

// s gives the French or the English text.
func (w words) s(fr, en string) string {
	if w == "en" {
		return en
	}
	return check.French(fr)
}

// n writes a count with its noun, singular or plural: in French, zero is singular.
func (w words) n(count int, frOne, frMany, enOne, enMany string) string {
	if w != "en" {
		if count < 2 {
			return strconv.Itoa(count) + "\u00a0" + frOne
		}
		return strconv.Itoa(count) + "\u00a0" + frMany
	}
	if count == 1 {
		return "1 " + enOne
	}
	return strconv.Itoa(count) + " " + enMany
}

// date writes a day, moment a day and an hour.
func (w words) date(t time.Time) string { return t.UTC().Format(w.s("02/01/2006", "2006-01-02")) }

func (w words) moment(t time.Time) string {
	return t.UTC().Format(w.s("02/01/2006 à 15:04 UTC", "2006-01-02 at 15:04 UTC"))
}

// severity names a severity.
func (w words) severity(s check.Severity) string {
	switch s {
	case check.Critical:
		return w.s("critique", "critical")
	case check.Major:
		return w.s("majeure", "major")
	case check.Important:
		return w.s("importante", "important")
	case check.Minor:
		return w.s("mineure", "minor")
	case check.Info:
		return w.s("information", "information")
	}
	return w.s("à vérifier", "to verify")
}

// shape is the sign that doubles the colour of a severity.
func shape(s check.Severity) string {
	switch s {
	case check.Critical:
		return "✕"
	case check.Major:
		return "▲"
	case check.Important:
		return "◆"
	case check.Minor:
		return "●"
	case check.Info:
		return "i"
	}
	return "?"
}

// confidence says how a finding is known.
func (w words) confidence(c check.Confidence) string {
	switch c {
	case check.Proven:
		return w.s("prouvé : le comportement a été vu", "proven: the behaviour was seen")
	case check.Observed:
		return w.s("observé : le réglage a été vu", "observed: the setting was seen")
	case check.Deduced:
		return w.s("déduit : le serveur l’annonce, à vérifier", "deduced: the server claims it, to be verified")
	}
	return w.s("déclaré : repris d’un autre rapport", "declared: taken from another report")
}

// effort names an effort.
func (w words) effort(e string) string {
	switch e {
	case "S":
		return w.s("une heure", "an hour")
	case "M":
		return w.s("une journée", "a day")
	}
	return w.s("un projet", "a project")
}

// owner names who mends.
func (w words) owner(o string) string {
	switch o {
	case "web":
		return w.s("hébergeur ou équipe web", "web host or web team")
	case "mail":
		return w.s("équipe messagerie", "mail team")
	case "dns":
		return w.s("gestionnaire des noms de domaine", "domain name manager")
	case "network":
		return w.s("équipe réseau et pare-feu", "network and firewall team")
	case "system":
		return w.s("équipe système", "system team")
	case "biomedical":
		return w.s("service biomédical", "biomedical engineering")
	case "direction":
		return w.s("RSSI et direction", "security officer and direction")
	}
	return o
}

// status names what became of a finding.
func (w words) status(s finding.Status) string {
	switch s {
	case finding.New:
		return w.s("nouveau", "new")
	case finding.Back:
		return w.s("réapparu", "back")
	case finding.Fixed:
		return w.s("corrigé", "fixed")
	case finding.Persisting:
		return w.s("inchangé", "unchanged")
	case finding.Unverified:
		return w.s("non revu", "not seen again")
	case OutOfScope:
		return w.s("hors périmètre", "outside the perimeter")
	}
	return string(s)
}

// why says in words why something was not looked at.
func (w words) why(key string) string {
	switch key {
	case "not_proven":
		return w.s("propriété non prouvée : rien n’a été touché", "ownership not proven: nothing was touched")
	case "excluded":
		return w.s("exclu par le périmètre", "excluded by the perimeter")
	case "outside":
		return w.s("son nom mène à un nom qui n’est pas prouvé", "its name leads to a name that is not proven")
	case "private":
		return w.s("adresse d’un réseau privé", "address of a private network")
	case "partly":
		return w.s("seuls les ports du web et de la messagerie : l’adresse elle-même n’est pas prouvée", "only the ports of web and mail: the address itself is not proven")
	case "bounded":
		return w.s("au-delà de ce qu’un audit regarde", "beyond what one audit looks at")
	case "no_answer":
		return w.s("pas de réponse exploitable", "no usable answer")
	case "silent":
		return w.s("pas de réponse dans le temps donné", "no answer in the time given")
	case "refused":
		return w.s("refusé : rien n’écoute, ou le serveur ne veut pas répondre", "refused: nothing listens, or the server will not answer")
	case "reset":
		return w.s("connexion coupée par le serveur", "connection cut by the server")
	case "unreachable":
		return w.s("aucun chemin vers la machine", "no way to the machine")
	case "broken":
		return w.s("réponse incompréhensible", "the answer made no sense")
	case "stopped":
		return w.s("audit arrêté avant", "the audit was stopped before")
	case "no_data":
		return w.s("données non fournies", "data not given")
	case "no_class":
		return w.s("test intrusif que le mandat ne prévoit pas", "intrusive test that the mandate does not name")
	case "no_knowledge":
		return w.s("aucune base de connaissances importée", "no knowledge was imported")
	case "no_perimeter":
		return w.s("le périmètre n’est pas avec les faits", "the perimeter is not with the facts")
	case "no_selector":
		return w.s("aucun sélecteur DKIM déclaré n’a de clé publiée", "no declared DKIM selector has a published key")
	}
	return w.unanswered(key)
}

// unanswered says in words why a question about names was left open (dns.Reason), or why signatures say nothing (dns.Fault).
func (w words) unanswered(key string) string {
	switch key {
	case "timeout":
		return w.s("personne n’a répondu à temps", "nobody answered in time")
	case "dead":
		return w.s("le résolveur ne répond plus", "the resolver answers no more")
	case "servfail":
		return w.s("le serveur de noms n’a pas su répondre", "the name server could not find out")
	case "malformed":
		return w.s("réponse incompréhensible du serveur de noms", "the answer of the name server made no sense")
	case "alias_loop":
		return w.s("les alias tournent en rond, ou sont trop nombreux", "aliases go round, or on for too long")
	case "lying":
		return w.s("le résolveur invente des réponses", "the resolver invents answers")
	case "bad_name":
		return w.s("ce nom ne peut pas être demandé", "the name cannot be asked for")
	case "network":
		return w.s("la question n’a pas pu partir", "the question could not be sent")
	case "no_anchor":
		return w.s("aucune ancre de confiance DNSSEC au-dessus de ce nom", "no trust anchor of DNSSEC above the name")
	case "anchor":
		return w.s("l’ancre de confiance DNSSEC ne convient pas : trop ancienne, ou le résolveur retire les signatures", "the trust anchor of DNSSEC does not fit: it is old, or the resolver strips signatures")
	case "private_zone":
		return w.s("le résolveur répond pour cette zone depuis sa propre copie", "the resolver answers for the zone from a copy of its own")
	case "key_too_short":
		return w.s("clé trop courte pour être contrôlée", "the key is too short to be checked")
	case "too_costly":
		return w.s("plus de signatures ou d’itérations qu’une zone saine n’en a", "more signatures or iterations than a sound zone has")
	case "algorithm":
		return w.s("algorithme de signature inconnu", "unknown algorithm of signature")
	}
	return strings.ReplaceAll(key, "_", " ")
}

// part names what of a subject was not looked at; a check keeps its identifier.
func (w words) part(key string) string {
	switch key {
	case "all":
		return w.s("tout", "all")
	case "ports":
		return w.s("ports", "ports")
	case "names":
		return w.s("noms", "names")
	case "dns":
		return "DNS"
	case "alias":
		return w.s("alias", "alias")
	case "zone":
		return w.s("zone DNS", "DNS zone")
	case "mail":
		return w.s("messagerie", "mail")
	case "tls":
		return "TLS"
	case "web":
		return "web"
	case "service":
		return "service"
	}
	return key
}

// because says in words the detail of what was not looked at, where it is a known one.
func (w words) because(n NotChecked) string {
	switch n.Detail {
	case "no_key":
		return w.s("le périmètre n’a pas de clé de preuve", "the perimeter has no proof key")
	case "no_token":
		return w.s("le jeton n’est pas publié", "the token is not published")
	case "other_token":
		return w.s("un autre jeton est publié", "another token is published")
	case "no_mandate":
		return w.s("aucun mandat en vigueur ne couvre le tout", "no mandate in force covers the whole")
	case n.Why, "":
		return ""
	}
	if said := w.why(n.Detail); said != strings.ReplaceAll(n.Detail, "_", " ") {
		return said
	}
	return n.Detail
}

// Gap tells in a language ("fr" or "en") what of a subject was not looked at, and why.
func Gap(lang string, n NotChecked) (part, why string) {
	w := words(lang)
	why = w.why(n.Why)
	if more := w.because(n); more != "" {
		why += w.s("\u00a0; ", "; ") + more
	}
	return w.part(n.Part), why
}

// kind names an asset's kind.
func (w words) kind(k string) string {
	switch k {
	case "domain":
		return w.s("domaine", "domain")
	case "name":
		return w.s("nom", "name")
	}
	return w.s("adresse", "address")
}

// meaning says what a grade means, for a director.
func (w words) meaning(r *Report) string {
	c := r.Statistics.Counting
	switch {
	case r.Grade == "":
		return w.s("Rien n’a pu être regardé : prouvez d’abord la propriété des domaines et des adresses.", "Nothing could be looked at: first prove that you own the domains and addresses.")
	case c[check.Critical] > 0:
		return w.s("Une personne sans compte peut dès maintenant lire des données ou prendre la main. À traiter avant tout le reste.", "Someone without an account can read data or take control right now. To be dealt with before anything else.")
	case c[check.Major] > 0:
		return w.s("Pas de porte ouverte vue, mais des faiblesses qui peuvent le devenir vite.", "No open door was seen, but weaknesses that may soon become one.")
	case c[check.Important] > 0:
		return w.s("Rien de critique ni de majeur ; il reste des règles numérotées à tenir.", "Nothing critical or major; some numbered rules remain to be held.")
	}
	return w.s("Aucune faiblesse d’importance n’a été vue dans ce qui a été regardé.", "No weakness of importance was seen in what was looked at.")
}

// printable keeps control characters of a hostile server out of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) && r != '\u00a0' {
			return '·'
		}
		return r
	}, text)
}
