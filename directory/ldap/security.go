package ldap

// A Security is the protection of a connection (RFC 4752 3.1).
type Security struct {
	Method     Method
	Protection Protection // of a Kerberos session; "" under TLS
	Algorithm  string     // "aes256-cts-hmac-sha1-96"; "TLS 1.3, TLS_AES_128_GCM_SHA256"
	Unverified bool       // the certificate was not verified
}

// String describes it in English.
func (s Security) String() string {
	switch {
	case s.Protection == Seal:
		return "Kerberos, sealed, " + s.Algorithm
	case s.Protection == Sign:
		return "Kerberos, signed, " + s.Algorithm
	case s.Unverified:
		return s.Algorithm + ", certificate not verified"
	}
	return s.Algorithm
}

// A WarningKind is something that a person should know of a connection (RFC 4513 3.1.3).
type WarningKind string

// What may be worth knowing: identity of the server (RFC 4513 3.1.3).
const (
	// CertificateUnverified: whoever sat on the line could take the password and alter what was read.
	CertificateUnverified WarningKind = "certificate_unverified"
	// NameFromServer: the server was given by its address, so the name it announced was taken for its Kerberos identity.
	NameFromServer WarningKind = "name_from_server"
)

// A Warning is one of them, with the name or the address it is about (RFC 4513 3.1.3).
type Warning struct {
	Kind   WarningKind
	Detail string
}
