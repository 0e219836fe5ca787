package collect

import (
	"hygie/directory/ldap"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
)

// missing tells that a partition is not whole: why, then what the machines said.
func missing(p Partition) reasons.Reason {
	why := ""
	if r := ldap.ReasonOf(p.Err); r != "" {
		why = word(r)
	}
	return reading.Warning("source_partition_cut", nil, "partition", p.DN, "objects", p.Objects, "why", why, "detail", p.Err)
}

// warningOf tells what is worth knowing of a connection.
func warningOf(w ldap.Warning) reasons.Reason {
	return reading.Warning("source_"+string(w.Kind), nil, "name", w.Detail)
}

// SecurityText describes the protection of a connection (RFC 4752 3.1).
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
