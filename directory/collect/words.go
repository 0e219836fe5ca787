package collect

import (
	"fmt"

	"hygie/directory/ldap"
)

// said picks the text of a language.
func said(lang, fr, en string) string {
	if lang == "en" {
		return en
	}
	return fr
}

// missingText tells that a partition is not whole: what a person can do about it, then what the machines said.
func missingText(p Partition, lang string) string {
	what, _ := Advice(ldap.ReasonOf(p.Err), lang)
	return fmt.Sprintf(said(lang, "la partition %s n’a pas été lue en entier (%d objets)\u00a0: %s [%v]", "partition %s was not read to its end (%d objects): %s [%v]"),
		p.DN, p.Objects, what, p.Err)
}

// warningText tells what is worth knowing of a connection.
func warningText(w ldap.Warning, lang string) string {
	if lang == "en" {
		return w.String()
	}
	switch w.Kind {
	case ldap.CertificateUnverified:
		return fmt.Sprintf("le certificat de %s n’a pas été vérifié\u00a0: une machine placée sur la liaison a pu prendre le mot de passe et altérer ce qui a été lu", w.Detail)
	case ldap.NameFromServer:
		return fmt.Sprintf("le serveur a été donné par son adresse\u00a0; le nom qu’il annonce, %s, a été pris pour son identité Kerberos", w.Detail)
	}
	return w.String()
}

// SecurityText describes the protection of a connection.
func SecurityText(s ldap.Security, lang string) string {
	if lang == "en" {
		return s.String()
	}
	switch {
	case s.Protection == ldap.Seal:
		return "Kerberos, signé et chiffré, " + s.Algorithm
	case s.Protection == ldap.Sign:
		return "Kerberos, signé, " + s.Algorithm
	case s.Unverified:
		return s.Algorithm + ", certificat non vérifié"
	}
	return s.Algorithm
}
