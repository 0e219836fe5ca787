package collect

import (
	"errors"
	"fmt"
	"strings"

	"hygie/directory/ldap"
	"hygie/directory/points/reasons"
)

// word names what went wrong among the words of package reasons.
func word(r ldap.Reason) string { return "ldap_" + string(r) }

// advice gives what to do about each reason of a failure, in French and English.
func advice() map[ldap.Reason][2]string {
	return map[ldap.Reason][2]string{
		ldap.Unreachable:          {"Vérifiez le nom, et que les ports 389 et 88 (Kerberos) ou 636 (LDAPS) sont ouverts depuis ce poste.", "Check the name, and that ports 389 and 88 (Kerberos) or 636 (LDAPS) are open from this machine."},
		ldap.Dropped:              {"Relancez la collecte ; sur une liaison lente, augmentez --timeout.", "Run the collection again; on a slow line, raise --timeout."},
		ldap.WrongPassword:        {"Vérifiez-le avant de recommencer : aucun autre essai n’a été fait, pour ne pas bloquer le compte.", "Check it before trying again: no other attempt was made, so as not to lock the account."},
		ldap.UnknownAccount:       {"Donnez le nom d’ouverture de session, par exemple a.auditeur ou a.auditeur@domaine.", "Give the logon name, for instance a.auditeur or a.auditeur@domain."},
		ldap.AccountUnusable:      {"Il est désactivé, verrouillé, expiré, hors de ses horaires, ou doit d’abord changer de mot de passe.", "It is disabled, locked, expired, outside its hours, or must change its password first."},
		ldap.ClockSkew:            {"Réglez l’heure de ce poste (cinq minutes d’écart au plus), ou utilisez --method ldaps.", "Set this machine's clock (five minutes apart at most), or use --method ldaps."},
		ldap.UnknownRealm:         {"Donnez --realm, et --kdc si le compte est d’un autre domaine que le serveur ; ou utilisez --method ldaps.", "Give --realm, and --kdc if the account is of another domain than the server; or use --method ldaps."},
		ldap.UnknownService:       {"Donnez le nom complet du contrôleur de domaine (dc1.domaine.exemple), pas un alias ni une adresse.", "Give the full name of the domain controller (dc1.domain.example), not an alias or an address."},
		ldap.NoAES:                {"Changez une fois le mot de passe du compte (sa clé AES sera créée), ou utilisez --method ldaps.", "Change the account's password once (its AES key will be made), or use --method ldaps."},
		ldap.BadTicket:            {"Refaites kinit, ou régénérez la table de clés ; LDAPS demande le mot de passe.", "Run kinit again, or make the key table anew; LDAPS needs the password."},
		ldap.NoKerberos:           {"Utilisez --method ldaps.", "Use --method ldaps."},
		ldap.SigningRequired:      {"C’est un bon réglage. Utilisez --method kerberos, ldaps ou starttls.", "That is a good setting. Use --method kerberos, ldaps or starttls."},
		ldap.CertificateUntrusted: {"Exportez le certificat de l’autorité de l’établissement (PEM) et donnez-le avec --ca.", "Export the certificate of the establishment's authority (PEM) and give it with --ca."},
		ldap.CertificateName:      {"Donnez dans --server le nom écrit dans le certificat.", "Give in --server the name written in the certificate."},
		ldap.CertificateExpired:   {"Faites-le renouveler ; en attendant, utilisez --method kerberos.", "Have it renewed; meanwhile use --method kerberos."},
		ldap.CertificateSerial:    {"Utilisez --method kerberos, ou faites émettre un autre certificat.", "Use --method kerberos, or have another certificate issued."},
		ldap.TLSFailed:            {"Le contrôleur n’a peut-être pas de certificat : utilisez --method kerberos.", "The controller may have no certificate: use --method kerberos."},
		ldap.Tampered:             {"Ne recommencez pas avant d’avoir compris : une machine s’interpose peut-être. Prévenez le responsable de la sécurité.", "Do not try again before you know why: a machine may sit in between. Tell the security officer."},
		ldap.Referred:             {"Collectez directement sur le serveur qu’il indique.", "Collect from the server it names."},
		ldap.SizeLimit:            {"Relevez sa limite (MaxPageSize, MaxResultSetSize), ou choisissez un autre contrôleur.", "Raise its limit (MaxPageSize, MaxResultSetSize), or choose another controller."},
		ldap.TimeLimit:            {"Relancez à une heure calme.", "Run it again at a quiet hour."},
		ldap.Denied:               {"Un compte ordinaire du domaine suffit d’habitude : vérifiez qu’il n’est pas restreint.", "An ordinary account of the domain is usually enough: check that it is not restricted."},
		ldap.Busy:                 {"Recommencez dans quelques minutes.", "Try again in a few minutes."},
		ldap.NotFound:             {"Relancez la collecte.", "Run the collection again."},
		ldap.NotActiveDirectory:   {"Vérifiez --server : le port du catalogue global et les autres annuaires LDAP ne conviennent pas.", "Check --server: other LDAP directories will not do."},
		ldap.Malformed:            {"Vérifiez le port : 389 et 636 ne parlent pas de la même façon.", "Check the port: 389 and 636 do not speak alike."},
		ldap.Refused:              {"Le détail ci-dessous est la réponse du serveur.", "The detail below is the server's answer."},
		ldap.Canceled:             {"", ""},
	}
}

// Advice says in a language, "fr" or "en", what went wrong for a reason, and what to do about it; both are empty for a reason that is none (RFC 4511
// 4.1.9, appendix A). Options are named as the command line names them.
func Advice(r ldap.Reason, lang string) (what, do string) {
	todo, ok := advice()[r]
	if !ok {
		return string(r), ""
	}
	what = reasons.Word(word(r), lang)
	if lang == "en" {
		return what, todo[1]
	}
	return what, todo[0]
}

// Explain tells a failure of a collection in words a person can act on; what the machines said comes last (RFC 4511 4.1.9).
func Explain(err error, lang string) string {
	say := func(fr, en string) string {
		if lang == "en" {
			return en
		}
		return fr
	}
	if w, ok := errors.AsType[*WriteError](err); ok {
		return fmt.Sprintf(say("le fichier n’a pas pu être écrit, rien n’est laissé sur le disque\u00a0: %v", "the file could not be written, nothing is left on the disk: %v"), w.Err)
	}
	failed, ok := errors.AsType[*ldap.ConnectError](err)
	if !ok {
		return explainOne(err, lang)
	}
	var parts []string
	for _, a := range failed.Attempts {
		parts = append(parts, fmt.Sprintf(say("%s\u00a0: %s", "%s: %s"), a.Method, explainOne(a.Err, lang)))
	}
	return say("connexion impossible\n", "cannot connect\n") + strings.Join(parts, "\n")
}

func explainOne(err error, lang string) string {
	reason := ldap.ReasonOf(err)
	if _, ok := advice()[reason]; !ok {
		return err.Error()
	}
	what, do := Advice(reason, lang)
	if do != "" {
		what += "\n  " + do
	}
	return what + "\n  (" + err.Error() + ")"
}
