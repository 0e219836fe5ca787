// Package ldap reads an Active Directory over LDAP, protected and authenticated, and can do nothing else.
//
//	c, err := ldap.Connect(ctx, ldap.Options{
//		Server:  "dc1.hopital.example",
//		Account: ldap.Account{User: "a.auditeur", Password: password},
//	})
//	defer c.Close()
//	result, err := c.Search(ctx, ldap.Request{Base: c.Root().DefaultContext, Scope: ldap.Subtree, Attributes: names}, visit)
//
// # Read-only
//
// Four requests exist in this package and those below it: bind, unbind, search and StartTLS. There is no code that could add, change, move or
// delete an entry, so no mistake of a caller and no answer of a server can make it happen. Searches name their attributes.
//
// # Ways in
//
// [Kerberos] binds on port 389 with SASL GSSAPI (RFC 4752) and wraps all that follows in tokens that are sealed, or only
// signed if asked (RFC 4121). This is what domain controllers that require LDAP signing accept, and it needs no
// certificate. Tickets come from a password, a key table or a ticket cache; the authority is the server itself unless
// named, over TCP; neither krb5.conf nor DNS is consulted. Only AES is spoken. [LDAPS] and [StartTLS] bind with the
// password under TLS, the certificate verified. [Auto] tries Kerberos, then LDAPS, and tells why. Nothing ever travels
// unprotected, and a password that was refused is not tried a second time, which could lock the account.
//
// # Faults
//
// Failures are of type [*Fault] with a [Reason] that says what a person can do. Messages never hold a password. The server is
// not trusted: lengths are bounded (a message to 64 MiB, a token to 16 MiB), memory grows with the bytes that arrive and not
// with those announced, silences are limited, and referrals to other servers are reported, not followed.
//
// # Limits
//
// No channel binding (RFC 5929), no NTLM, no certificate logon, no trust path: the account must be of the server's realm for
// Kerberos, or its authority given and able to issue the ticket; other accounts go through TLS.
package ldap
