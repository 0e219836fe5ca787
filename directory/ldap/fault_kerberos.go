package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/messages"

	"hygie/directory/ldap/internal/kerberos"
	"hygie/directory/ldap/message"
)

// kerberosFault explains a failure of the Kerberos exchanges.
func kerberosFault(ctx context.Context, addr, doing string, now time.Time, err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	if missing, ok := errors.AsType[*kerberos.KeyTableError](err); ok {
		return &Fault{Reason: BadTicket, Server: addr, Doing: "use the key table", Err: missing.Unwrap()}
	}
	f := &Fault{Reason: Refused, Server: addr, Doing: doing, Err: err}
	refusal, refused := errors.AsType[messages.KRBError](err)
	if !refused {
		_, isNet := errors.AsType[net.Error](err)
		_, isMalformed := errors.AsType[*message.Malformed](err)
		switch {
		case ctx.Err() != nil, isNet, isMalformed, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return lineFault(ctx, addr, doing, err)
		case errors.Is(err, kerberos.ErrNoAES):
			f.Reason = NoAES
		case strings.Contains(err.Error(), "clock skew"):
			f.Reason = ClockSkew
		case strings.Contains(err.Error(), "decrypt"):
			f.Reason = WrongPassword
		default:
			f.Reason = Malformed
		}
		return f
	}
	f.Err = fmt.Errorf("error %d of the Kerberos authority: %s", refusal.ErrorCode, message.Printable(strings.TrimPrefix(refusal.Error(), "KRB Error: ")))
	switch refusal.ErrorCode {
	case errorcode.KDC_ERR_PREAUTH_FAILED, errorcode.KRB_AP_ERR_BAD_INTEGRITY:
		f.Reason = WrongPassword
	case errorcode.KDC_ERR_C_PRINCIPAL_UNKNOWN:
		f.Reason = UnknownAccount
	case errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN:
		f.Reason = UnknownService
	case errorcode.KDC_ERR_CLIENT_REVOKED, errorcode.KDC_ERR_NAME_EXP, errorcode.KDC_ERR_POLICY:
		f.Reason = AccountUnusable
		f.Detail = "disabled, locked, expired or outside its hours"
	case errorcode.KDC_ERR_KEY_EXPIRED:
		f.Reason = AccountUnusable
		f.Detail = "the password has expired"
	case errorcode.KRB_AP_ERR_SKEW:
		f.Reason = ClockSkew
		if !refusal.STime.IsZero() {
			f.Detail = "the server's clock is " + skew(refusal.STime.Sub(now))
		}
	case errorcode.KDC_ERR_WRONG_REALM:
		f.Reason = UnknownRealm
		f.Detail = message.Printable(refusal.CRealm)
	case errorcode.KDC_ERR_ETYPE_NOSUPP, errorcode.KDC_ERR_NULL_KEY:
		f.Reason = NoAES
	}
	return f
}

// skew tells a difference of clocks.
func skew(d time.Duration) string {
	if d < 0 {
		return (-d).Round(time.Second).String() + " behind ours"
	}
	return d.Round(time.Second).String() + " ahead of ours"
}
