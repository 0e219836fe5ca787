package discover

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/perimeter"
)

func TestNames(t *testing.T) {
	n := NewNames()
	n.Declared(&perimeter.Perimeter{
		Domains: []string{"ch-brume.example"}, Hosts: []string{"vpn.autre.example", "192.0.2.1"},
		Services: []perimeter.Service{{At: "pacs.ch-brume.example:104"}, {At: "192.0.2.1:104"}, {At: "[2001:db8::1]:104"}},
	})
	n.Add("*.CH-Brume.example.", "san", "192.0.2.1:443")
	n.Add("www.ch-brume.example", "cname", "ch-brume.example")
	n.Add("pas un nom", "san", "x")
	n.Add("192.0.2.9", "san", "x")
	n.Add("localhost", "ptr", "x")
	if got := strings.Join(n.Fresh(), " "); got != "ch-brume.example pacs.ch-brume.example vpn.autre.example www.ch-brume.example" {
		t.Errorf("names %q", got)
	}
	if n.Fresh() != nil || n.Len() != 4 || n.Bad != 2 {
		t.Errorf("%d names, %d bad", n.Len(), n.Bad)
	}
	if got := fmt.Sprint(n.Sources("www.ch-brume.example")); got != "[{cname ch-brume.example} {usual }]" {
		t.Errorf("sources %s", got)
	}
	for i := range MaxNames + 10 {
		n.Add(fmt.Sprintf("h%d.grand.example", i), "san", "x")
	}
	if n.Len() != MaxNames || n.Dropped != 14 {
		t.Errorf("%d names kept, %d dropped", n.Len(), n.Dropped)
	}
	for i := range 100 {
		n.Add("h1.grand.example", "san", fmt.Sprint(i))
	}
	if len(n.Sources("h1.grand.example")) != maxSources {
		t.Errorf("%d sources of one name", len(n.Sources("h1.grand.example")))
	}
}

func TestReverse(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "1.2.0.192.in-addr.arpa", "255.100.10.9": "9.10.100.255.in-addr.arpa", "::ffff:192.0.2.1": "1.2.0.192.in-addr.arpa",
		"2001:db8::1": "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	} {
		if got := Reverse(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	for name, test := range map[string]struct{ file, text, kind, names, addresses string }{
		"zone file": {"ch-brume.example.zone", "$TTL 300\n@ IN SOA ns1 host 1 2 3 4 5\n@ NS ns1\n@ MX 10 mail.autre.example.\nwww A 192.0.2.1\nold CNAME app.heberge.example.\n_dmarc TXT \"v\"\n*.test A 192.0.2.2\n", "zone-file",
			"app.heberge.example ch-brume.example mail.autre.example ns1.ch-brume.example old.ch-brume.example test.ch-brume.example www.ch-brume.example", ""},
		"registrar, in French": {"x.csv", "Nom de domaine;Date d’expiration;Bureau d’enregistrement\nch-brume.example;31/12/2026;Registre inventé\nautre.example;;\n", "registrar", "autre.example ch-brume.example", ""},
		"registrar, old bytes": {"x.csv", "domaine;\xe9ch\xe9ance\nch-brume.example;2026-12-31\n", "registrar", "ch-brume.example", ""},
		"address plan":         {"x.csv", "ip,hostname,comment\n192.0.2.1,www.ch-brume.example,\n2001:db8::1,,x\n", "ipam", "www.ch-brume.example", "192.0.2.1 2001:db8::1"},
		"certificates, table":  {"x.csv", "Common Name,SANs,Issuer,Not After\n*.ch-brume.example,\"DNS:www.ch-brume.example, DNS:api.ch-brume.example\",AC,2026-12-31\n", "certificates", "api.ch-brume.example ch-brume.example www.ch-brume.example", ""},
		"transparency":         {"x.json", `[{"common_name":"ch-brume.example","name_value":"a.ch-brume.example\n*.b.ch-brume.example"},{"dns_names":["c.ch-brume.example"]}]`, "ct-extract", "a.ch-brume.example b.ch-brume.example c.ch-brume.example ch-brume.example", ""},
		"transparency, lines":  {"x.json", "{\"name_value\":\"a.ch-brume.example\"}\n{\"name_value\":\"b.ch-brume.example\"}\n", "ct-extract", "a.ch-brume.example b.ch-brume.example", ""},
		"list":                 {"x.txt", "\ufeffwww.ch-brume.example\n# une note\n192.0.2.7\n", "list", "www.ch-brume.example", "192.0.2.7"},
	} {
		i, err := Read(test.file, strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var list []string
		for _, a := range i.Addresses {
			list = append(list, a.String())
		}
		if got := strings.Join(i.Names, " "); got != test.names || i.Kind != test.kind || strings.Join(list, " ") != test.addresses {
			t.Errorf("%s: %s, names %q, addresses %q", name, i.Kind, got, list)
		}
		if len(i.SHA256) != 64 {
			t.Errorf("%s: digest %q", name, i.SHA256)
		}
	}
	i, err := Read("r.csv", strings.NewReader("domaine;expire le;bureau d'enregistrement\nCH-Brume.example.;31/12/2026;Registre inventé\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r := i.Registrations["ch-brume.example"]; !r.Expires.Equal(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)) || r.Registrar != "Registre inventé" || r.Source != "r.csv" {
		t.Errorf("registration %+v", r)
	}
}

func TestReadCertificates(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var file []byte
	for _, c := range []x509.Certificate{
		{Subject: pkix.Name{CommonName: "vpn.ch-brume.example"}, DNSNames: []string{"www.ch-brume.example", "*.test.ch-brume.example"}},
		{Subject: pkix.Name{CommonName: "AC inventée"}, IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"ac.example"}},
	} {
		c.SerialNumber, c.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, &c, &c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("not one")})...)
	i, err := Read("x.pem", strings.NewReader(string(file)))
	if err != nil || i.Kind != "certificates" || !slices.Equal(i.Names, []string{"test.ch-brume.example", "vpn.ch-brume.example", "www.ch-brume.example"}) {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestReadSaysWhere(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"date":        {"domaine;expiration\na.example;2026-12-31\nb.example;demain\n", "line 3"},
		"zone":        {"$TTL 300\n$ORIGIN a.example.\n@ SOA a b 1 2 3 4 5\nwww A pas-une-adresse\n", "line: 4"},
		"zone opens":  {"$TTL 300\n$ORIGIN a.example.\n$INCLUDE /etc/passwd\n", "INCLUDE"},
		"json":        {`[{"dns_names":["a.example"]},{"dns_names":12}]`, "entry 2"},
		"nothing":     {"", "no name and no address"},
		"prose":       {"ceci n’est pas une liste\n", "no name and no address"},
		"a long cell": {"domaine\n" + strings.Repeat("a", 300) + "\n", "too long"},
	} {
		_, err := Read("f", strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "import f: ") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if _, err := Read("f", strings.NewReader(strings.Repeat("a.example\n", maxImport/10+1))); err == nil {
		t.Error("a file without end is read")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a.example\n192.0.2.1")
	f.Add("$ORIGIN a.example.\n$TTL 3\n@ SOA a b 1 2 3 4 5\n$GENERATE 1-3 h$ A 192.0.2.$\n")
	f.Add(`[{"name_value":"a.example"}]`)
	f.Add("domaine;expiration\na.example;31/12/2026")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := Read("f.zone", strings.NewReader(text))
		if err == nil && i.Kind == "" {
			t.Fatal("a file of no kind is read")
		}
		n := NewNames()
		for _, name := range i.Names {
			n.Add(name, i.Kind, i.File)
		}
	})
}
