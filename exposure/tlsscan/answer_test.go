package tlsscan

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What Debian's servers answered on 21 November 2026: nginx 1.22, OpenSSL 3.0, xrdp 0.9, Postfix 3.7, with invented certificates.
func TestCaptures(t *testing.T) {
	for name, c := range map[string]struct {
		version Version
		suite   Suite
		retry   bool
		group   Group
		curve   Group
		dh      int
		chain   int
		err     string
	}{
		"nginx-tls12":       {version: TLS12, suite: 0xc030, curve: 29, chain: 2},
		"nginx-tls13-retry": {version: TLS13, suite: 0x1302, retry: true, group: 29},
		"nginx-dhe1024":     {version: TLS12, suite: 0x009e, dh: 1024, chain: 2},
		"nginx-refusal":     {err: "alert 40"},
		"openssl-tls10":     {version: TLS10, suite: 0xc013, curve: 29, chain: 1},
		"xrdp-tls12":        {version: TLS12, suite: 0xc02f, curve: 29, chain: 1},
		"postfix-anonymous": {version: TLS12, suite: 0xc018, curve: 29},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", name+".bin"))
			if err != nil {
				t.Fatal(err)
			}
			s, f, err := readAll(b)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.version != c.version || s.suite != c.suite || s.retry != c.retry || s.group != c.group {
				t.Errorf("got %v, %v, retry %v, group %v", s.version, s.suite, s.retry, s.group)
			}
			if f == nil {
				return
			}
			if f.curve != c.curve || len(f.certificates) != c.chain || !f.done {
				t.Errorf("curve %v, %d certificates, done %v", f.curve, len(f.certificates), f.done)
			}
			if c.dh > 0 && (f.dh == nil || f.dh.p.BitLen() != c.dh) {
				t.Errorf("group %+v", f.dh)
			}
			for cut := range len(b) { // whatever is cut short is an error, never an acceptance
				if _, f, err := readAll(b[:cut]); err == nil && f != nil && f.done {
					t.Fatalf("%d bytes of %d were enough", cut, len(b))
				}
			}
		})
	}
}

// readAll reads a ServerHello and, up to TLS 1.2, the flight after it.
func readAll(b []byte) (*serverHello, *flight, error) {
	c := conversation{r: bytes.NewReader(b)}
	s, err := c.hello()
	if err != nil || s.version == TLS13 {
		return s, nil, err
	}
	f, err := c.flight(s.suite)
	return s, f, err
}

func TestHostileAnswers(t *testing.T) {
	record := func(kind byte, content ...byte) string { return string(recordOf(kind, TLS12, content...)) }
	for name, c := range map[string]struct{ answer, err string }{
		"nothing":                  {"", "EOF"},
		"another protocol":         {"SSH-2.0-OpenSSH_9.2p1\r\n", "not TLS"},
		"record too long":          {"\x16\x03\x03\xff\xff", "record of 65535 bytes"},
		"cut in the record":        {"\x16\x03\x03\x00\x10abc", "unexpected EOF"},
		"message too long":         {record(22, 2, 0xff, 0xff, 0xff), "message of 16777215 bytes"},
		"data before the hello":    {record(23, 1, 2, 3), "record of type 23"},
		"another message":          {record(22, 11, 0, 0, 0), "message 11"},
		"empty hello":              {record(22, 2, 0, 0, 0), "cut short"},
		"long alert":               {record(21, 2, 40, 0), "alert of 3 bytes"},
		"close":                    {record(21, 1, 0), "alert 0"},
		"version of the future":    {record(22, append([]byte{2, 0, 0, 38, 9, 9}, make([]byte, 36)...)...), "0x0909"},
		"extensions overflow":      {record(22, append(append([]byte{2, 0, 0, 40, 3, 3}, make([]byte, 36)...), 0, 9)...), "wrong length"},
		"a warning that ends it":   {record(21, 1, 40), "alert 40"},
		"an unknown name is none":  {record(21, 1, 112), "EOF"},
		"requests for a hello":     {record(22, 0, 0, 0, 0, 0, 0, 0, 0), "message 0 where a ServerHello"},
		"after a request":          {record(22, 0, 0, 0, 0) + record(22, 2, 0, 0, 0), "ServerHello cut short"},
		"many warnings, no answer": {strings.Repeat(record(21, 1, 112), 40), "endless warnings"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll([]byte(c.answer))
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q in it", err, c.err)
			}
		})
	}
}

func TestSSL2Answers(t *testing.T) {
	hello := "\x04\x00\x01\x00\x02\x00\x03\x00\x06\x00\x02" + "DER" + "\x01\x00\x80\x07\x00\xc0" + "id"
	for name, c := range map[string]struct {
		answer string
		kinds  []Suite
		err    error
	}{
		"accepts":                {string([]byte{0x80, byte(len(hello))}) + hello, []Suite{0x010080, 0x0700c0}, nil},
		"accepts, padded record": {string([]byte{0x00, byte(len(hello) + 2), 2}) + hello + "\x00\x00", []Suite{0x010080, 0x0700c0}, nil},
		"nothing in common":      {"\x80\x03\x00\x00\x01", nil, errNoCommonKind},
		"answers in TLS":         {string(recordOf(typeAlert, TLS10, 2, 70)), nil, alertProtocolVersion},
		"a web page":             {"HTTP/1.1 400 Bad Request\r\n\r\n", nil, errNotSSL2},
		"hangs up":               {"", nil, io.EOF},
		"cut short":              {"\x80\x40\x04\x00", nil, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := readSSL2(strings.NewReader(c.answer))
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && !slices.Equal(a.kinds, c.kinds) {
				t.Errorf("kinds %v", a.kinds)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	files, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(files) == 0 {
		f.Fatal("no captures", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, flight, err := readAll(b)
		if err == nil && s.version < TLS13 && (!flight.done || len(b) < 9) {
			t.Errorf("accepted without an end: %x", b)
		}
		if s != nil {
			chosenProtocol(s.extensions[extALPN])
			if n := listLength(s.extensions[extCertificateTimes]); n > len(b) {
				t.Errorf("%d timestamps in %d bytes", n, len(b))
			}
		}
		if a, err := readSSL2(bytes.NewReader(b)); err == nil && len(a.kinds)*3 > len(b) {
			t.Errorf("%d kinds in %d bytes", len(a.kinds), len(b))
		}
		if len(b) > 0 {
			m := &modernHandshake{}
			if m.message(b[0], b[1:]); len(m.certificates) > maxChain {
				t.Errorf("%d certificates", len(m.certificates))
			}
		}
	})
}

func FuzzCertificate(f *testing.F) {
	b, err := os.ReadFile("testdata/nginx-tls12.bin")
	if err != nil {
		f.Fatal(err)
	}
	_, flight, err := readAll(b)
	if err != nil {
		f.Fatal(err)
	}
	for _, der := range flight.certificates {
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c := ReadCertificate(der)
		if len(c.Names) > maxNames || len(c.SHA256) != 64 {
			t.Errorf("%d names, digest %q", len(c.Names), c.SHA256)
		}
		if !strings.Contains(c.Subject, "\n") {
			return
		}
		t.Errorf("a line break in %q", c.Subject)
	})
}
