package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"hygie/directory/ldap/internal/kerberos"
	"hygie/directory/ldap/message"
)

// A Reason is what went wrong, in terms of what a person can do about it (RFC 4511 appendix A). Interfaces translate it into advice.
type Reason string

// What goes wrong: the result codes of a directory (RFC 4511 appendix A), those of Kerberos (RFC 4120 7.5.9), and those of the line.
const (
	// Unreachable: no connection could be made.
	Unreachable Reason = "unreachable"
	// Dropped: the connection ended, or fell silent, in the middle of an exchange.
	Dropped Reason = "dropped"
	// WrongPassword: the password (or key) is not that of the account.
	WrongPassword Reason = "wrong_password"
	// UnknownAccount: the directory has no such account.
	UnknownAccount Reason = "unknown_account"
	// AccountUnusable: disabled, locked, expired, outside its hours, or its password must be changed.
	AccountUnusable Reason = "account_unusable"
	// ClockSkew: the clocks of the two machines differ by more than Kerberos accepts.
	ClockSkew Reason = "clock_skew"
	// UnknownRealm: the server is not a Kerberos authority for that realm.
	UnknownRealm Reason = "unknown_realm"
	// UnknownService: the authority knows no LDAP service under the server name given.
	UnknownService Reason = "unknown_service"
	// NoAES: account or server has no AES key in common with us.
	NoAES Reason = "no_aes"
	// BadTicket: a ticket file or key file is unusable: expired, for another realm, unreadable.
	BadTicket Reason = "bad_ticket"
	// NoKerberos: the server does not offer SASL GSSAPI.
	NoKerberos Reason = "no_kerberos"
	// SigningRequired: the server refuses a bind that is neither signed nor under TLS.
	SigningRequired Reason = "signing_required"
	// CertificateUntrusted: the chain does not lead to an authority we know.
	CertificateUntrusted Reason = "certificate_untrusted"
	// CertificateName: the certificate is for another name.
	CertificateName Reason = "certificate_name"
	// CertificateExpired: the certificate is not valid at this date.
	CertificateExpired Reason = "certificate_expired"
	// CertificateSerial: the serial number is negative, which RFC 5280 forbids and this program cannot accept.
	CertificateSerial Reason = "certificate_negative_serial"
	// TLSFailed: another fault of the TLS handshake.
	TLSFailed Reason = "tls_failed"
	// Tampered: a signed or sealed message was altered, lost or repeated on the way.
	Tampered Reason = "tampered"
	// Referred: the server sends us to another one, which is not followed.
	Referred Reason = "referral"
	// SizeLimit and TimeLimit: the server stopped a search before its end.
	SizeLimit Reason = "size_limit"
	TimeLimit Reason = "time_limit"
	// Denied: the account may not read this.
	Denied Reason = "denied"
	// Busy: the server asks to come back later, or is shutting down.
	Busy Reason = "busy"
	// NotFound: the entry asked for does not exist.
	NotFound Reason = "not_found"
	// NotActiveDirectory: an LDAP server, but not of the kind this program reads.
	NotActiveDirectory Reason = "not_active_directory"
	// Malformed: bytes that are not LDAP, or not Kerberos.
	Malformed Reason = "malformed"
	// Refused: any other result code, told as the server told it.
	Refused Reason = "refused"
	// Canceled: the caller stopped.
	Canceled Reason = "canceled"
)

// A Fault is a failure of this package (RFC 4511 4.1.9). It never holds a password.
type Fault struct {
	Reason Reason
	Server string // host and port
	Doing  string // what could not be done: "bind as …", "search …"
	Err    error  // the cause, nil when Reason says all
	Detail string // a measure or a name that helps: skew, referral, result code
}

// Error says what could not be done, why, and the cause.
func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s: %s", f.Doing, f.Server, strings.ReplaceAll(string(f.Reason), "_", " "))
	if f.Detail != "" {
		fmt.Fprintf(&b, " (%s)", f.Detail)
	}
	if f.Err != nil {
		fmt.Fprintf(&b, ": %v", f.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// ReasonOf returns the reason of a failure, "" when err is not one of this package (RFC 4511 4.1.9). When several methods were tried, it is
// that of the last, which ended the trying.
func ReasonOf(err error) Reason {
	if c, ok := errors.AsType[*ConnectError](err); ok && len(c.Attempts) > 0 {
		err = c.Attempts[len(c.Attempts)-1].Err
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Reason
	}
	return ""
}

// Temporary says whether trying again later, on a new connection, may succeed.
func (r Reason) Temporary() bool {
	return r == Dropped || r == Unreachable || r == Busy || r == TimeLimit || r == Tampered || r == Malformed
}

// lineFault explains a failure of the connection itself.
func lineFault(ctx context.Context, server, doing string, err error) *Fault {
	f := &Fault{Server: server, Doing: doing, Err: err}
	if ctx.Err() != nil {
		f.Reason, f.Err = Canceled, context.Cause(ctx)
		return f
	}
	if _, ok := errors.AsType[*kerberos.IntegrityError](err); ok {
		f.Reason = Tampered
		return f
	}
	if _, ok := errors.AsType[*message.Malformed](err); ok {
		f.Reason = Malformed
		return f
	}
	f.Reason = Dropped
	switch op, ok := errors.AsType[*net.OpError](err); {
	case ok && op.Op == "dial":
		f.Reason = Unreachable
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.Detail = "no answer in the time allowed"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.Detail = "the server closed the connection"
	}
	return f
}

// tlsFault explains a failed handshake.
func tlsFault(ctx context.Context, server string, err error) *Fault {
	f := lineFault(ctx, server, "open TLS", err)
	if f.Reason == Canceled {
		return f
	}
	f.Detail = ""
	name, isName := errors.AsType[x509.HostnameError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	_, isVerification := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case strings.Contains(err.Error(), "negative serial number"):
		f.Reason = CertificateSerial
	case isName:
		f.Reason = CertificateName
		if name.Certificate != nil {
			f.Detail = "it is for " + strings.Join(certificateNames(name.Certificate), ", ")
		}
	case isInvalid && invalid.Reason == x509.Expired:
		f.Reason = CertificateExpired
	case isAuthority, isInvalid, isVerification:
		f.Reason = CertificateUntrusted
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), f.Reason == Dropped:
		f.Reason = TLSFailed
		f.Detail = "a domain controller without a certificate closes the connection like this"
	default:
		f.Reason = TLSFailed
	}
	return f
}

func certificateNames(c *x509.Certificate) []string {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = append(names, c.Subject.String())
	}
	return names[:min(len(names), 5)]
}

// bindDetails are the sub-codes that Active Directory writes in the diagnostic of result 49 ("… data 52e, v…"); they are
// system error numbers in hexadecimal (MS-ERREF 2.2).
var bindDetails = map[string]struct {
	reason Reason
	detail string
}{
	"525": {UnknownAccount, "no such account"},
	"52e": {WrongPassword, ""},
	"52f": {AccountUnusable, "account restriction"},
	"530": {AccountUnusable, "outside the hours allowed"},
	"531": {AccountUnusable, "not allowed from this machine"},
	"532": {AccountUnusable, "the password has expired"},
	"533": {AccountUnusable, "the account is disabled"},
	"569": {AccountUnusable, "this kind of logon is not granted"},
	"701": {AccountUnusable, "the account has expired"},
	"773": {AccountUnusable, "the password must be changed first"},
	"775": {AccountUnusable, "the account is locked"},
}

// resultFault explains a result code (RFC 4511 appendix A); nil for success.
func resultFault(server, doing string, r message.Result) *Fault {
	if r.Code == 0 {
		return nil
	}
	f := &Fault{Server: server, Doing: doing, Detail: fmt.Sprintf("result code %d", r.Code)}
	if r.Diagnostic != "" {
		f.Err = errors.New(message.Printable(r.Diagnostic))
	}
	switch r.Code {
	case 3, 11 /* time and administrative limits */ :
		f.Reason = TimeLimit
	case 4:
		f.Reason = SizeLimit
	case 7:
		f.Reason = NoKerberos
	case 8, 13:
		f.Reason = SigningRequired
	case 10:
		f.Reason = Referred
		f.Detail = message.Printable(strings.Join(r.Referrals, ", "))
	case 12:
		f.Reason = NotActiveDirectory
	case 32:
		f.Reason = NotFound
	case 49:
		f.Reason, f.Detail = WrongPassword, ""
		for code, known := range bindDetails {
			if strings.Contains(strings.ToLower(r.Diagnostic), "data "+code+",") {
				f.Reason, f.Detail = known.reason, known.detail
			}
		}
	case 50:
		f.Reason = Denied
	case 51, 52:
		f.Reason = Busy
	default:
		f.Reason = Refused
		// Active Directory answers a search before any bind with operationsError and this number (ERROR_DS_…).
		if r.Code == 1 && strings.Contains(r.Diagnostic, "000004DC") {
			f.Reason = Denied
		}
	}
	return f
}
