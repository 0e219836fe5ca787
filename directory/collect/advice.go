package collect

import (
	"errors"
	"fmt"
	"strings"

	"hygie/directory/ldap"
)

// advice is what went wrong in a connection, and what to do about it, in French and English.
type advice struct {
	what, do [2]string
}

// reasons gives the texts for each reason of a failure.
func reasons() map[ldap.Reason]advice {
	return map[ldap.Reason]advice{
		ldap.Unreachable: {
			[2]string{"le serveur ne répond pas", "the server does not answer"},
			[2]string{"Vérifiez le nom, et que les ports 389 et 88 (Kerberos) ou 636 (LDAPS) sont ouverts depuis ce poste.", "Check the name, and that ports 389 and 88 (Kerberos) or 636 (LDAPS) are open from this machine."}},
		ldap.Dropped: {
			[2]string{"la liaison s’est coupée", "the line dropped"},
			[2]string{"Relancez la collecte ; sur une liaison lente, augmentez --timeout.", "Run the collection again; on a slow line, raise --timeout."}},
		ldap.WrongPassword: {
			[2]string{"le mot de passe n’est pas celui du compte", "the password is not that of the account"},
			[2]string{"Vérifiez-le avant de recommencer : aucun autre essai n’a été fait, pour ne pas bloquer le compte.", "Check it before trying again: no other attempt was made, so as not to lock the account."}},
		ldap.UnknownAccount: {
			[2]string{"l’annuaire ne connaît pas ce compte", "the directory does not know this account"},
			[2]string{"Donnez le nom d’ouverture de session, par exemple a.auditeur ou a.auditeur@domaine.", "Give the logon name, for instance a.auditeur or a.auditeur@domain."}},
		ldap.AccountUnusable: {
			[2]string{"le compte ne peut pas ouvrir de session", "the account cannot log on"},
			[2]string{"Il est désactivé, verrouillé, expiré, hors de ses horaires, ou doit d’abord changer de mot de passe.", "It is disabled, locked, expired, outside its hours, or must change its password first."}},
		ldap.ClockSkew: {
			[2]string{"les horloges des deux machines diffèrent trop pour Kerberos", "the clocks of the two machines differ too much for Kerberos"},
			[2]string{"Réglez l’heure de ce poste (cinq minutes d’écart au plus), ou utilisez --method ldaps.", "Set this machine's clock (five minutes apart at most), or use --method ldaps."}},
		ldap.UnknownRealm: {
			[2]string{"ce serveur n’est pas l’autorité Kerberos de ce royaume", "this server is not the Kerberos authority of that realm"},
			[2]string{"Donnez --realm, et --kdc si le compte est d’un autre domaine que le serveur ; ou utilisez --method ldaps.", "Give --realm, and --kdc if the account is of another domain than the server; or use --method ldaps."}},
		ldap.UnknownService: {
			[2]string{"Kerberos ne connaît pas ce serveur sous ce nom", "Kerberos does not know this server by that name"},
			[2]string{"Donnez le nom complet du contrôleur de domaine (dc1.domaine.exemple), pas un alias ni une adresse.", "Give the full name of the domain controller (dc1.domain.example), not an alias or an address."}},
		ldap.NoAES: {
			[2]string{"le compte ou le serveur n’a pas de clé AES", "the account or the server has no AES key"},
			[2]string{"Changez une fois le mot de passe du compte (sa clé AES sera créée), ou utilisez --method ldaps.", "Change the account's password once (its AES key will be made), or use --method ldaps."}},
		ldap.BadTicket: {
			[2]string{"le ticket ou la table de clés ne convient pas", "the ticket or the key table is of no use"},
			[2]string{"Refaites kinit, ou régénérez la table de clés ; LDAPS demande le mot de passe.", "Run kinit again, or make the key table anew; LDAPS needs the password."}},
		ldap.NoKerberos: {
			[2]string{"le serveur ne propose pas Kerberos", "the server does not offer Kerberos"},
			[2]string{"Utilisez --method ldaps.", "Use --method ldaps."}},
		ldap.SigningRequired: {
			[2]string{"le serveur refuse une liaison sans signature ni TLS", "the server refuses a bind that is neither signed nor under TLS"},
			[2]string{"C’est un bon réglage. Utilisez --method kerberos, ldaps ou starttls.", "That is a good setting. Use --method kerberos, ldaps or starttls."}},
		ldap.CertificateUntrusted: {
			[2]string{"le certificat du serveur ne vient pas d’une autorité connue de ce poste", "the server's certificate is not from an authority this machine knows"},
			[2]string{"Exportez le certificat de l’autorité de l’établissement (PEM) et donnez-le avec --ca.", "Export the certificate of the establishment's authority (PEM) and give it with --ca."}},
		ldap.CertificateName: {
			[2]string{"le certificat est au nom d’un autre serveur", "the certificate is for another server"},
			[2]string{"Donnez dans --server le nom écrit dans le certificat.", "Give in --server the name written in the certificate."}},
		ldap.CertificateExpired: {
			[2]string{"le certificat du serveur n’est pas valable à cette date", "the server's certificate is not valid at this date"},
			[2]string{"Faites-le renouveler ; en attendant, utilisez --method kerberos.", "Have it renewed; meanwhile use --method kerberos."}},
		ldap.CertificateSerial: {
			[2]string{"le certificat du serveur a un numéro de série négatif, ce que la norme interdit", "the server's certificate has a negative serial number, which the standard forbids"},
			[2]string{"Utilisez --method kerberos, ou faites émettre un autre certificat.", "Use --method kerberos, or have another certificate issued."}},
		ldap.TLSFailed: {
			[2]string{"la liaison TLS n’a pas pu s’établir", "the TLS connection could not be made"},
			[2]string{"Le contrôleur n’a peut-être pas de certificat : utilisez --method kerberos.", "The controller may have no certificate: use --method kerberos."}},
		ldap.Tampered: {
			[2]string{"des données protégées ont été altérées en chemin", "protected data was altered on its way"},
			[2]string{"Ne recommencez pas avant d’avoir compris : une machine s’interpose peut-être. Prévenez le responsable de la sécurité.", "Do not try again before you know why: a machine may sit in between. Tell the security officer."}},
		ldap.Referred: {
			[2]string{"le serveur renvoie vers un autre", "the server refers to another one"},
			[2]string{"Collectez directement sur le serveur qu’il indique.", "Collect from the server it names."}},
		ldap.SizeLimit: {
			[2]string{"le serveur a limité le nombre de réponses", "the server limited the number of answers"},
			[2]string{"Relevez sa limite (MaxPageSize, MaxResultSetSize), ou choisissez un autre contrôleur.", "Raise its limit (MaxPageSize, MaxResultSetSize), or choose another controller."}},
		ldap.TimeLimit: {
			[2]string{"le serveur a arrêté la recherche, trop longue", "the server stopped the search, which took too long"},
			[2]string{"Relancez à une heure calme.", "Run it again at a quiet hour."}},
		ldap.Denied: {
			[2]string{"le compte n’a pas le droit de lire cela", "the account may not read this"},
			[2]string{"Un compte ordinaire du domaine suffit d’habitude : vérifiez qu’il n’est pas restreint.", "An ordinary account of the domain is usually enough: check that it is not restricted."}},
		ldap.Busy: {
			[2]string{"le serveur est occupé ou s’arrête", "the server is busy or shutting down"},
			[2]string{"Recommencez dans quelques minutes.", "Try again in a few minutes."}},
		ldap.NotFound: {
			[2]string{"l’objet demandé n’existe pas", "the object asked for does not exist"},
			[2]string{"Relancez la collecte.", "Run the collection again."}},
		ldap.NotActiveDirectory: {
			[2]string{"ce serveur n’est pas un contrôleur Active Directory", "this server is not an Active Directory controller"},
			[2]string{"Vérifiez --server : le port du catalogue global et les autres annuaires LDAP ne conviennent pas.", "Check --server: other LDAP directories will not do."}},
		ldap.Malformed: {
			[2]string{"le serveur a envoyé des données illisibles", "the server sent unreadable data"},
			[2]string{"Vérifiez le port : 389 et 636 ne parlent pas de la même façon.", "Check the port: 389 and 636 do not speak alike."}},
		ldap.Refused: {
			[2]string{"le serveur a refusé", "the server refused"},
			[2]string{"Le détail ci-dessous est la réponse du serveur.", "The detail below is the server's answer."}},
		ldap.Canceled: {
			[2]string{"arrêt demandé", "stopped on request"},
			[2]string{"", ""}},
	}
}

// Advice says in a language, "fr" or "en", what went wrong for a reason, and what to do about it; both are empty for a reason that is none.
// Options are named as the command line names them.
func Advice(r ldap.Reason, lang string) (what, do string) {
	a, ok := reasons()[r]
	if !ok {
		return string(r), ""
	}
	if lang == "en" {
		return a.what[1], a.do[1]
	}
	return a.what[0], a.do[0]
}

// Explain tells a failure of a collection in words a person can act on; what the machines said comes last.
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
	if _, ok := reasons()[reason]; !ok {
		return err.Error()
	}
	what, do := Advice(reason, lang)
	if do != "" {
		what += "\n  " + do
	}
	return what + "\n  (" + err.Error() + ")"
}
