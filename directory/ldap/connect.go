package ldap

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/directory/ldap/message"
)

// A Method is a way to reach a server so that nobody can read or alter what passes (MS-ADTS 5.1.1.1).
type Method string

// The ways to reach a server (RFC 4752, RFC 4513 3; MS-ADTS 5.1.1.1).
const (
	// Auto tries Kerberos, then LDAPS.
	Auto Method = "auto"
	// Kerberos binds on port 389 with SASL GSSAPI and signs or seals everything after.
	Kerberos Method = "kerberos"
	// LDAPS binds with the password under TLS on port 636.
	LDAPS Method = "ldaps"
	// StartTLS binds with the password under TLS begun on port 389.
	StartTLS Method = "starttls"
)

// Valid says whether m is one of the methods.
func (m Method) Valid() bool { return slices.Contains([]Method{Auto, Kerberos, LDAPS, StartTLS}, m) }

// A Protection is what a Kerberos session does to the bytes (RFC 4752 3.1).
type Protection string

// What a Kerberos session does to the bytes (RFC 4752 3.1): it encrypts them, or signs them.
const (
	// Seal encrypts and signs; it is the default.
	Seal Protection = "seal"
	// Sign only signs, which costs less and suits a line that is private already.
	Sign Protection = "sign"
)

// A Dialer opens connections (RFC 4511 5.2). (*net.Dialer).DialContext is one.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// An Account is who reads (RFC 4513 5). Any account of the domain will do; it needs no privilege.
type Account struct {
	// User is "name", "name@domain", `DOMAIN\name` or, for TLS methods only, a DN.
	User string
	// Realm is the Kerberos realm of the account, by default that of the server.
	Realm string
	// Password, Keytab or Cache (the content of a ticket cache) proves it. TLS methods need the password.
	Password string
	Keytab   []byte
	Cache    []byte
}

// Options say where and how to connect (docs/decisions/011-own-ldap-client.md).
type Options struct {
	Server     string // host or host:port; no other machine is contacted, save KDC
	KDC        string // host or host:port of the Kerberos authority, by default the server's port 88
	Method     Method // "" is Auto
	Protection Protection
	Account    Account

	Roots       *x509.CertPool // authorities trusted for TLS, nil for the system's
	InsecureTLS bool           // accept any certificate: whoever sits on the line can then read the password

	Dial    Dialer           // nil is a plain net.Dialer
	Now     func() time.Time // nil is time.Now; used for messages about clocks, and for cached tickets
	Timeout time.Duration    // longest silence of a server, 0 for 60 s
}

// An Attempt is one method tried (docs/decisions/011-own-ldap-client.md).
type Attempt struct {
	Method Method
	Err    error // nil for the one that worked
}

// A ConnectError says what happened to each method tried (docs/decisions/011-own-ldap-client.md).
type ConnectError struct{ Attempts []Attempt }

// Error lists the attempts.
func (e *ConnectError) Error() string {
	var parts []string
	for _, a := range e.Attempts {
		parts = append(parts, fmt.Sprintf("%s: %v", a.Method, a.Err))
	}
	return "connect: " + strings.Join(parts, "; ")
}

// Unwrap returns the failures, in order.
func (e *ConnectError) Unwrap() []error {
	var errs []error
	for _, a := range e.Attempts {
		errs = append(errs, a.Err)
	}
	return errs
}

// A Client reads one server (RFC 4511). It has no means to change anything there. It is for one goroutine.
type Client struct {
	wire     *wire
	entry    message.Entry
	root     RootDSE
	method   Method
	security Security
	skew     time.Duration
	attempts []Attempt
	warnings []Warning
}

// Root returns what the server said of itself, read again after the bind.
func (c *Client) Root() *RootDSE { return &c.root }

// Method returns the method that worked.
func (c *Client) Method() Method { return c.method }

// Security returns the protection in force.
func (c *Client) Security() Security { return c.security }

// Skew is how far the server's clock is ahead of ours.
func (c *Client) Skew() time.Duration { return c.skew }

// Attempts returns the methods tried before this one, and why they failed.
func (c *Client) Attempts() []Attempt { return c.attempts }

// Warnings returns what a person should know of this connection.
func (c *Client) Warnings() []Warning { return c.warnings }

// Close says goodbye and closes the connection.
func (c *Client) Close() error { return c.wire.close() }

// fill puts the defaults in place.
func (o *Options) fill() error {
	o.Method = cmp.Or(o.Method, Auto)
	o.Protection = cmp.Or(o.Protection, Seal)
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	switch {
	case !o.Method.Valid():
		return fmt.Errorf("connection method %q is not one of auto, kerberos, ldaps, starttls", o.Method)
	case o.Protection != Seal && o.Protection != Sign:
		return fmt.Errorf("protection %q is neither seal nor sign", o.Protection)
	case o.Server == "":
		return errors.New("no server given")
	case o.Account.User == "" && o.Account.Cache == nil:
		return errors.New("no account given")
	case o.Account.Password == "" && o.Account.Keytab == nil && o.Account.Cache == nil:
		// A simple bind with an empty password succeeds as anonymous (RFC 4513 5.1.2): never let it look like a logon.
		return errors.New("no password, key table or ticket cache given")
	}
	return nil
}

// split separates host and port of "host", "host:port", "[v6]:port" or a bare IPv6 address.
func split(server string, port int) (host, address string) {
	if h, p, err := net.SplitHostPort(server); err == nil && p != "" {
		return h, net.JoinHostPort(h, p)
	}
	host = strings.Trim(server, "[]")
	return host, net.JoinHostPort(host, strconv.Itoa(port))
}

// plan lists the methods to try.
func (o *Options) plan() []Method {
	if o.Method != Auto {
		return []Method{o.Method}
	}
	_, port, _ := net.SplitHostPort(o.Server)
	switch port {
	case "636", "3269":
		return []Method{LDAPS}
	case "", "389", "3268":
		return []Method{Kerberos, LDAPS}
	}
	return []Method{Kerberos, StartTLS} // an unusual port speaks plain LDAP; where its TLS twin is cannot be known
}

// Connect opens a protected, authenticated connection (RFC 4513). A wrong password or an unusable account ends it at once, whatever
// the method: trying elsewhere would count as a second failure and could lock the account.
func Connect(ctx context.Context, o Options) (*Client, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	var attempts []Attempt
	for _, m := range o.plan() {
		c, err := o.connect(ctx, m)
		if err == nil {
			c.attempts = attempts
			return c, nil
		}
		attempts = append(attempts, Attempt{m, err})
		switch ReasonOf(err) {
		case WrongPassword, AccountUnusable, Canceled, Tampered, NotActiveDirectory:
			return nil, &ConnectError{attempts}
		}
	}
	return nil, &ConnectError{attempts}
}

// connect tries one method.
func (o *Options) connect(ctx context.Context, m Method) (_ *Client, err error) {
	port := 389
	server := o.Server
	if m == LDAPS {
		port = 636
		if h, p, err := net.SplitHostPort(server); err == nil && (p == "389" || p == "3268") {
			server = h
		}
	}
	host, address := split(server, port)
	if m != Kerberos && o.Account.Password == "" {
		return nil, &Fault{Reason: BadTicket, Server: address, Doing: "bind under TLS", Detail: "this method needs the password"}
	}
	conn, err := o.Dial(ctx, "tcp", address)
	if err != nil {
		f := lineFault(ctx, address, "connect", err)
		if f.Reason == Dropped {
			f.Reason = Unreachable
		}
		return nil, f
	}
	c := &Client{wire: newWire(conn, address, o.Timeout), method: m}
	defer func() {
		if err != nil {
			_ = c.wire.fail(err)
		}
	}()
	defer c.wire.watch(ctx)()
	if m != Kerberos {
		if err := o.secure(ctx, c, host, m == StartTLS); err != nil {
			return nil, err
		}
	}
	if c.root, err = c.readRoot(ctx); err != nil {
		return nil, err
	}
	if m == Kerberos {
		err = o.bindKerberos(ctx, c, host)
	} else {
		err = o.bindSimple(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	// What was read before the bind could have been forged; read it again now that it cannot.
	if c.root, err = c.readRoot(ctx); err != nil {
		return nil, err
	}
	if err := c.root.missing(); err != nil {
		return nil, &Fault{Reason: NotActiveDirectory, Server: address, Doing: "read the root entry", Err: err}
	}
	if !c.root.Time.IsZero() {
		c.skew = c.root.Time.Sub(o.Now()).Truncate(time.Second)
	}
	return c, nil
}

// secure puts TLS under the connection.
func (o *Options) secure(ctx context.Context, c *Client, host string, start bool) error {
	w := c.wire
	if start {
		if err := w.send(ctx, message.OpExtended, message.StartTLS, nil); err != nil {
			return w.fault(ctx, "start TLS", err)
		}
		r, err := w.expect(ctx, message.AnswerExtended)
		if err != nil {
			return w.fault(ctx, "start TLS", err)
		}
		if f := resultFault(w.server, "start TLS", r); f != nil {
			f.Reason = TLSFailed
			return f
		}
	}
	secured := tls.Client(w.conn, &tls.Config{
		ServerName:         host,
		RootCAs:            o.Roots,
		InsecureSkipVerify: o.InsecureTLS, //nolint:gosec // asked for in so many words, and warned about
		MinVersion:         tls.VersionTLS12,
		Time:               o.Now,
	})
	if err := w.arm(ctx); err != nil {
		return w.fault(ctx, "open TLS", err)
	}
	if err := secured.HandshakeContext(ctx); err != nil {
		return tlsFault(ctx, w.server, err)
	}
	if err := w.replace(secured); err != nil {
		return w.fault(ctx, "open TLS", err)
	}
	state := secured.ConnectionState()
	c.security = Security{
		Method:     c.method,
		Algorithm:  tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite),
		Unverified: o.InsecureTLS,
	}
	if o.InsecureTLS {
		c.warnings = append(c.warnings, Warning{CertificateUnverified, w.server})
	}
	return nil
}

// bindSimple proves who we are with the password.
func (o *Options) bindSimple(ctx context.Context, c *Client) error {
	name := o.Account.User
	if !strings.ContainsAny(name, `@\=`) {
		name += "@" + strings.ToLower(cmp.Or(o.Account.Realm, c.root.Realm))
	}
	doing := "bind as " + message.Printable(name)
	if err := c.wire.send(ctx, message.OpBind, message.SimpleBind(name, o.Account.Password), nil); err != nil {
		return c.wire.fault(ctx, doing, err)
	}
	r, err := c.wire.expect(ctx, message.AnswerBind)
	if err != nil {
		return c.wire.fault(ctx, doing, err)
	}
	if f := resultFault(c.wire.server, doing, r); f != nil {
		return f
	}
	return nil
}

// Alive says whether the connection can still be used. After a drop, a timeout, a cancellation or malformed bytes it
// cannot; after a mere refusal it can.
func (c *Client) Alive() bool { return c.wire.dead == nil }
