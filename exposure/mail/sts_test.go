package mail

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// failsFor makes a server fail for names with a prefix, and for one name.
func failsFor(prefix, name string) func(*wire.Msg, bool) dnstest.Act {
	return func(q *wire.Msg, _ bool) dnstest.Act {
		asked := q.Question[0].Name
		if strings.HasPrefix(asked, prefix) || asked == name || strings.Contains(asked, "_domainkey") || strings.Contains(asked, "_bimi") {
			return dnstest.Act{Rcode: wire.RcodeServerFailure}
		}
		return dnstest.Act{}
	}
}

func TestParsePolicy(t *testing.T) {
	rows := map[string]struct {
		text string
		ok   bool
	}{
		"usual":          {"version: STSv1\r\nmode: enforce\r\nmx: mail.ch-brume.example\r\nmx: *.ch-brume.example\r\nmax_age: 604800\r\n", true},
		"newlines alone": {"version: STSv1\nmode: testing\nmx: a.example\nmax_age: 86400", true},
		"none":           {"version: STSv1\nmode: none\nmax_age: 86400\n", true},
		"unknown keys":   {"version: STSv1\nmode: testing\nmx: a.example\nmax_age: 86400\nother: 1\n", true},
		"no version":     {"mode: enforce\nmx: a.example\nmax_age: 1\n", false},
		"no mx":          {"version: STSv1\nmode: enforce\nmax_age: 1\n", false},
		"mode":           {"version: STSv1\nmode: strict\nmx: a.example\nmax_age: 1\n", false},
		"age":            {"version: STSv1\nmode: enforce\nmx: a.example\nmax_age: long\n", false},
		"a page":         {"<!doctype html><title>404</title>", false},
		"empty":          {"", false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if _, err := ParsePolicy(row.text); (err == nil) != row.ok {
				t.Errorf("%v", err)
			}
		})
	}
	p := &Policies{MX: []string{"mail.ch-brume.example", "*.Mx.example."}}
	for host, want := range map[string]bool{"mail.ch-brume.example": true, "a.mx.example": true, "a.b.mx.example": false, "mx.example": false, "xmail.ch-brume.example": false} {
		if p.Allows(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add("version: STSv1\r\nmode: enforce\r\nmx: mail.example\r\nmax_age: 604800\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParsePolicy(text); err == nil {
			p.Allows("mail.example")
			if p.MaxAge < 0 || p.Mode == "" {
				t.Errorf("%+v", p)
			}
		}
	})
}

func TestFetchPolicy(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Host {
		case "mta-sts.good.example":
			fmt.Fprint(w, "version: STSv1\nmode: enforce\nmx: mail.good.example\nmax_age: 86400\n")
		case "mta-sts.moved.example":
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		case "mta-sts.endless.example":
			for range 100_000 {
				if _, err := fmt.Fprintln(w, strings.Repeat("x", 100)); err != nil {
					return
				}
			}
		default:
			http.NotFound(w, r)
		}
	}))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"mta-sts.good.example", "mta-sts.moved.example", "mta-sts.endless.example", "mta-sts.gone.example"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	defer server.Close()
	at := server.Listener.Addr().(*net.TCPAddr).AddrPort()
	for domain, want := range map[string]string{"good.example": "", "moved.example": "status 302", "gone.example": "status 404", "endless.example": "line 1: no colon", "other.example": "certificate: "} {
		t.Run(domain, func(t *testing.T) {
			host, err := perimeter.Loopback(PolicyHost(domain), at, 0)
			if err != nil {
				t.Fatal(err)
			}
			policy, fault, err := FetchPolicy(t.Context(), reach.New(reach.Limits{PerSecond: 1000}), host, roots)
			if err != nil || !strings.HasPrefix(fault, want) || (want == "") != (policy != nil) {
				t.Errorf("%+v, %q, %v", policy, fault, err)
			}
		})
	}
}

func TestReadDKIM(t *testing.T) {
	rsaKey := func(bits int) *rsa.PrivateKey {
		n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}} // the size alone matters
	}
	spki, err := x509.MarshalPKIXPublicKey(&rsaKey(2048).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	short := x509.MarshalPKCS1PublicKey(&rsaKey(512).PublicKey)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString
	long := b64(spki)
	server := dnstest.Serve(t, "$ORIGIN _domainkey.brume.example.\n@ SOA ns h 1 1 1 1 1\n"+
		"good TXT \"v=DKIM1; k=rsa; p="+long[:100]+"\" \""+long[100:]+"\"\n"+
		"short TXT \"p="+b64(short)+"\"\n"+
		"ed TXT \"v=DKIM1; k=ed25519; p="+b64(public)+"\"\n"+
		"test TXT \"v=DKIM1; t=y:s; h=sha1; p="+b64(short)+"\"\n"+
		"revoked TXT \"v=DKIM1; p=\"\n"+
		"cut TXT \"v=DKIM1; p="+long[:101]+"\"\n"+
		"two TXT \"v=DKIM1; p=\"\ntwo TXT \"v=DKIM1; p=; n=other\"\n"+
		"none TXT \"v=DKIM1; k=rsa\"\n"+
		"other TXT \"site-verification\"\n")
	client := dns.New(server.Config())
	rows := map[string]DKIM{
		"good":    {Bits: 2048, Algorithm: "rsa"},
		"short":   {Bits: 512, Algorithm: "rsa"},
		"ed":      {Bits: 256, Algorithm: "ed25519"},
		"test":    {Bits: 512, Algorithm: "rsa", Testing: true, SHA1: true},
		"revoked": {Algorithm: "rsa", Revoked: true},
		"cut":     {Algorithm: "rsa", Record: Record{Fault: "key"}},
		"two":     {Record: Record{Fault: "several"}},
		"none":    {Algorithm: "rsa", Record: Record{Fault: "no_key"}},
		"other":   {},
		"nothing": {},
	}
	for selector, want := range rows {
		t.Run(selector, func(t *testing.T) {
			got, err := readDKIM(t.Context(), client, "brume.example", selector)
			if err != nil {
				t.Fatal(err)
			}
			got.Selector, got.Text, got.Tags = "", "", nil
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}
