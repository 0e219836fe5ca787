package ldap

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"hygie/directory/ldap/internal/kerberos"
	"hygie/directory/ldap/message"
)

const mechanism = "GSSAPI" // RFC 4752

const resultSASLInProgress = 14

// bindKerberos gets a ticket for the server, binds with it and puts the security layer under the connection.
func (o *Options) bindKerberos(ctx context.Context, c *Client, host string) error {
	if !slices.Contains(c.root.Mechanisms, mechanism) {
		return &Fault{Reason: NoKerberos, Server: c.wire.server, Doing: "bind with Kerberos", Detail: "offered: " + message.Printable(strings.Join(c.root.Mechanisms, ", "))}
	}
	// Tickets are made out to names. For an address, the name the server gives itself is the only one there is.
	if net.ParseIP(host) != nil {
		if c.root.DNSHostName == "" {
			return &Fault{Reason: UnknownService, Server: c.wire.server, Doing: "bind with Kerberos", Detail: "give the server's name instead of its address"}
		}
		host = c.root.DNSHostName
		c.warnings = append(c.warnings, Warning{NameFromServer, message.Printable(host)})
	}
	realm := cmp.Or(strings.ToUpper(o.Account.Realm), c.root.Realm)
	t, err := o.ticketFor(ctx, "ldap/"+strings.ToLower(host), realm)
	if f, ok := errors.AsType[*Fault](err); ok && f.Reason == UnknownAccount && realm != c.root.Realm {
		f.Reason, f.Detail = UnknownRealm, "the server's realm is "+message.Printable(c.root.Realm) // some authorities look no further than the name
	}
	if err != nil {
		return err
	}
	i := kerberos.NewInitiator(t)
	s, serverMax, err := o.negotiate(ctx, c, i)
	if err != nil {
		return o.bindFault(ctx, c, err)
	}
	if c.wire.in.Buffered() > 0 {
		return c.wire.fault(ctx, "bind with Kerberos", kerberos.Breach(errors.New("the server sent data before protection began")))
	}
	under := c.wire.in
	c.wire = newWire(kerberos.NewLayer(c.wire.conn, under, s, serverMax), c.wire.server, o.Timeout)
	c.security = Security{Method: Kerberos, Protection: Sign, Algorithm: s.Algorithm()}
	if s.Sealed() {
		c.security.Protection = Seal
	}
	return nil
}

// negotiate runs the three steps of the bind (RFC 4752 3.1).
func (o *Options) negotiate(ctx context.Context, c *Client, i *kerberos.Initiator) (*kerberos.Session, int, error) {
	token, err := i.Begin()
	if err != nil {
		return nil, 0, err
	}
	answer, err := c.step(ctx, token, resultSASLInProgress)
	if err != nil {
		return nil, 0, err
	}
	s, err := i.Finish(answer)
	if err != nil {
		return nil, 0, err
	}
	offer, err := c.step(ctx, nil, resultSASLInProgress)
	if err != nil {
		return nil, 0, err
	}
	choice, serverMax, err := s.Choose(offer, o.Protection != Sign)
	if err != nil {
		return nil, 0, err
	}
	_, err = c.step(ctx, choice, 0)
	return s, serverMax, err
}

// step sends one token and returns the server's, which must come with the result expected at that step.
func (c *Client) step(ctx context.Context, token []byte, expected int64) ([]byte, error) {
	const doing = "bind with Kerberos"
	if err := c.wire.send(ctx, message.OpBind, message.SASLBind(mechanism, token), nil); err != nil {
		return nil, err
	}
	r, err := c.wire.expect(ctx, message.AnswerBind)
	if err != nil {
		return nil, err
	}
	if r.Code == expected {
		return r.Credential, nil
	}
	if f := resultFault(c.wire.server, doing, r); f != nil {
		// The proof was a ticket: result 49 here is not about the password.
		if f.Reason == WrongPassword {
			f.Reason = BadTicket
		}
		return nil, f
	}
	return nil, c.wire.fail(message.Malform("the server ended the bind too early: the connection would not be protected"))
}

func (o *Options) bindFault(ctx context.Context, c *Client, err error) error {
	const doing = "bind with Kerberos"
	if _, ok := errors.AsType[messages.KRBError](err); ok || errors.Is(err, kerberos.ErrNoAES) {
		return kerberosFault(ctx, c.wire.server, doing, o.Now(), err)
	}
	return c.wire.fault(ctx, doing, err)
}

// ticketFor gets a ticket for a service, "ldap/host".
func (o *Options) ticketFor(ctx context.Context, service, realm string) (*kerberos.Ticket, error) {
	name, home, err := o.Account.principal(realm)
	if err != nil {
		return nil, &Fault{Reason: UnknownAccount, Server: o.Server, Doing: "log on with Kerberos", Err: err}
	}
	server := o.KDC
	if server == "" {
		server, _ = split(o.Server, 0)
	}
	_, address := split(server, 88)
	a := &kerberos.Authority{Dial: o.Dial, Addr: address, Realm: home, Timeout: o.Timeout}

	var tgt *kerberos.Ticket
	if o.Account.Cache != nil {
		cached, isService, err := kerberos.FromCache(o.Account.Cache, home, service, o.Now())
		if err != nil {
			return nil, &Fault{Reason: BadTicket, Server: address, Doing: "use the ticket cache", Err: err}
		}
		if isService {
			return cached, nil
		}
		tgt = cached
	} else {
		secret, err := o.Account.secret(name, home)
		if err != nil {
			return nil, &Fault{Reason: BadTicket, Server: address, Doing: "use the key table", Err: err}
		}
		if tgt, err = a.Logon(ctx, name, secret); err != nil {
			return nil, kerberosFault(ctx, address, "log on as "+message.Printable(name.PrincipalNameString())+"@"+message.Printable(home), o.Now(), err)
		}
	}
	t, err := a.Service(ctx, tgt, service)
	if err != nil {
		return nil, kerberosFault(ctx, address, "get a ticket for "+message.Printable(service), o.Now(), err)
	}
	return t, nil
}

// secret wraps the password or the key table for the Kerberos library.
func (a *Account) secret(name types.PrincipalName, realm string) (*credentials.Credentials, error) {
	c := credentials.NewFromPrincipalName(name, realm)
	if a.Password != "" {
		return c.WithPassword(a.Password), nil
	}
	table, err := kerberos.ReadKeytab(a.Keytab)
	if err != nil {
		return nil, err
	}
	return c.WithKeytab(table), nil
}

// principal makes a Kerberos name of what the user typed. A suffix other than the realm is a user principal name, as
// "prenom.nom@etablissement.example" in a domain called otherwise: the authority resolves it (RFC 6806 section 5).
func (a *Account) principal(realm string) (types.PrincipalName, string, error) {
	user := a.User
	if _, name, ok := strings.Cut(user, `\`); ok {
		user = name
	}
	if strings.Contains(user, "=") {
		return types.PrincipalName{}, "", errors.New("a distinguished name cannot be used with Kerberos: give the account's name")
	}
	name, suffix, hasSuffix := strings.Cut(user, "@")
	switch {
	case hasSuffix && !strings.EqualFold(suffix, realm):
		return types.PrincipalName{NameType: nametype.KRB_NT_ENTERPRISE, NameString: []string{user}}, realm, nil
	case name == "" && a.Cache == nil:
		return types.PrincipalName{}, "", errors.New("the account has no name")
	}
	return types.PrincipalName{NameType: nametype.KRB_NT_PRINCIPAL, NameString: []string{name}}, realm, nil
}
