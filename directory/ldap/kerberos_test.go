package ldap

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"hygie/directory/ldap/internal/kerberos"
)

// kdc answers each request with the same bytes, behind their length.
func kdc(t testing.TB, reply []byte) Dialer {
	t.Helper()
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			var size [4]byte
			if _, err := io.ReadFull(theirs, size[:]); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, theirs, int64(binary.BigEndian.Uint32(size[:]))); err != nil {
				return
			}
			_, _ = theirs.Write(reply)
		}()
		return ours, nil
	}
}

func framed(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }

// hint is the refusal that asks for pre-authentication with these parameters.
func hint(t testing.TB, list types.ETypeInfo2) []byte {
	t.Helper()
	value, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	edata, err := asn1.Marshal(types.PADataSequence{{PADataType: patype.PA_ETYPE_INFO2, PADataValue: value}})
	if err != nil {
		t.Fatal(err)
	}
	e := messages.NewKRBError(types.NewPrincipalName(2, "krbtgt/A.TEST"), "A.TEST", errorcode.KDC_ERR_PREAUTH_REQUIRED, "")
	e.EData = edata
	b, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return framed(b)
}

func refusal(t testing.TB, code int32) []byte {
	t.Helper()
	e := messages.NewKRBError(types.NewPrincipalName(2, "krbtgt/A.TEST"), "A.TEST", code, "")
	e.STime = time.Date(2026, 3, 10, 12, 10, 0, 0, time.UTC)
	b, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return framed(b)
}

func TestLogonFailures(t *testing.T) {
	iterations := func(n uint32) types.ETypeInfo2 {
		return types.ETypeInfo2{{EType: 18, Salt: "A.TESTx", S2KParams: binary.BigEndian.AppendUint32(nil, n)}}
	}
	for _, row := range []struct {
		name   string
		reply  []byte
		want   Reason
		detail string
	}{
		{"wrong password", refusal(t, errorcode.KDC_ERR_PREAUTH_FAILED), WrongPassword, ""},
		{"unknown account", refusal(t, errorcode.KDC_ERR_C_PRINCIPAL_UNKNOWN), UnknownAccount, ""},
		{"revoked", refusal(t, errorcode.KDC_ERR_CLIENT_REVOKED), AccountUnusable, ""},
		{"expired password", refusal(t, errorcode.KDC_ERR_KEY_EXPIRED), AccountUnusable, "the password has expired"},
		{"clock", refusal(t, errorcode.KRB_AP_ERR_SKEW), ClockSkew, "the server's clock is 10m0s ahead of ours"},
		{"realm", refusal(t, errorcode.KDC_ERR_WRONG_REALM), UnknownRealm, ""},
		{"encryption types", refusal(t, errorcode.KDC_ERR_ETYPE_NOSUPP), NoAES, ""},
		{"another refusal", refusal(t, errorcode.KRB_ERR_GENERIC), Refused, ""},
		{"only RC4 for this account", hint(t, types.ETypeInfo2{{EType: 23}}), NoAES, ""},
		{"RC4 first, AES second: only the first would be used", hint(t, types.ETypeInfo2{{EType: 23}, {EType: 18}}), NoAES, ""},
		{"no encryption type", hint(t, types.ETypeInfo2{}), Malformed, ""},
		{"key derivation for ever", hint(t, iterations(1<<31)), Malformed, ""},
		{"key derivation of zero rounds, which stands for 2^32", hint(t, iterations(0)), Malformed, ""},
		{"silence", nil, Dropped, ""},
		{"cut length", []byte{0, 0}, Dropped, ""},
		{"cut answer", framed([]byte{0x6b, 0x10})[:5], Dropped, ""},
		{"huge answer", []byte{0x7f, 0xff, 0xff, 0xff}, Malformed, ""},
		{"garbage", framed([]byte("HTTP/1.1 400")), Malformed, ""},
		{"empty answer", framed(nil), Malformed, ""},
		{"garbage error", framed([]byte{0x7e, 0x03, 1, 2, 3}), Malformed, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &kerberos.Authority{Dial: kdc(t, row.reply), Addr: "dc1:88", Realm: "A.TEST", Timeout: 5 * time.Second}
			account := Account{User: "x", Password: "secret-jamais-dit"}
			name, _, err := account.principal("A.TEST")
			if err != nil {
				t.Fatal(err)
			}
			secret, err := account.secret(name, "A.TEST")
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.Logon(t.Context(), name, secret)
			if err == nil {
				t.Fatal("logged on")
			}
			f := kerberosFault(t.Context(), "dc1:88", "log on", time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), err)
			if f.Reason != row.want || row.detail != "" && f.Detail != row.detail {
				t.Errorf("%q (%s): %v; want %q (%s)", f.Reason, f.Detail, f, row.want, row.detail)
			}
			if strings.Contains(f.Error(), "secret-jamais-dit") {
				t.Error("the password is in the message")
			}
		})
	}
}

func TestLogonCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := &kerberos.Authority{Dial: kdc(t, nil), Addr: "dc1:88", Realm: "A.TEST", Timeout: 5 * time.Second}
	account := Account{User: "x", Password: "secret-jamais-dit"}
	name, _, err := account.principal("A.TEST")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := account.secret(name, "A.TEST")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Logon(ctx, name, secret)
	if f := kerberosFault(ctx, "dc1:88", "log on", time.Now(), err); f.Reason != Canceled {
		t.Errorf("%v", f)
	}
}

func TestPrincipalOfWhatPeopleType(t *testing.T) {
	for _, row := range []struct {
		user, name string
		kind       int32
		fails      bool
	}{
		{"a.auditeur", "a.auditeur", 1, false},
		{`HOPITAL\a.auditeur`, "a.auditeur", 1, false},
		{"a.auditeur@hopital.test", "a.auditeur", 1, false},
		{"ada@etablissement.example", "ada@etablissement.example", 10, false},
		{"CN=Ada,DC=hopital,DC=test", "", 0, true},
		{"@hopital.test", "", 0, true},
		{`HOPITAL\`, "", 0, true},
	} {
		a := Account{User: row.user, Password: "x"}
		name, realm, err := a.principal("HOPITAL.TEST")
		if (err != nil) != row.fails || err == nil && (name.PrincipalNameString() != row.name || name.NameType != row.kind || realm != "HOPITAL.TEST") {
			t.Errorf("%s: %v %s %v", row.user, name, realm, err)
		}
	}
}
