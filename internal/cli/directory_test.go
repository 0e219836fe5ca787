package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"hygie/directory/collect"
	"hygie/directory/ldap"
	"hygie/directory/ldap/ldaptest"
)

// directoryRun parses and runs one directory command line as the program does.
func directoryRun(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var root struct {
		Directory struct {
			Collect DirectoryCollect `cmd:""`
			Audit   DirectoryAudit   `cmd:""`

			Path     DirectoryPath     `cmd:""`
			Generate DirectoryGenerate `cmd:""`
		} `cmd:""`
	}
	var stdout, stderr bytes.Buffer
	s := &Streams{
		In: strings.NewReader(""), Out: &stdout, Err: &stderr,
		Env: func(name string) string { return env[name] }, Now: time.Now,
	}
	parser, err := kong.New(&root, kong.Name("hygie"), kong.Writers(&stdout, &stderr), kong.Exit(func(int) {}),
		kong.BindTo(t.Context(), (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		t.Fatal(err)
	}
	command, err := parser.Parse(append([]string{"directory"}, args...))
	if err != nil {
		return Usage, stdout.String(), err.Error()
	}
	err = command.Run()
	exit, ok := errors.AsType[Exit](err)
	switch {
	case ok:
		return exit.Code, stdout.String(), stderr.String() + exit.Error()
	case err != nil:
		t.Errorf("an error without a code: %v", err)
		return Failed, stdout.String(), err.Error()
	}
	return Done, stdout.String(), stderr.String()
}

// testDomain serves a small domain under TLS on its own port of loopback, and gives the options to reach it.
func testDomain(t *testing.T) (s *ldaptest.Server, options []string) {
	t.Helper()
	s = ldaptest.New(t, "hopital.test")
	s.Direct = true
	s.Mechs = []string{"EXTERNAL"}
	cert, _ := ldaptest.Certificate(t, time.Now(), "localhost")
	s.Cert = cert
	s.Entries = []ldaptest.Entry{
		{DN: s.Base(), Attributes: map[string][]string{"objectClass": {"top", "domainDNS"}, "objectGUID": {"0123456789abcdef"}, "msDS-Behavior-Version": {"2"}}},
		{DN: "CN=Configuration," + s.Base(), Attributes: map[string][]string{"objectClass": {"top", "configuration"}}},
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, []string{"collect", "--server", fmt.Sprintf("localhost:%d", s.Port()), "--method", "starttls", "--user", "auditeur", "--ca", ca}
}

func TestDirectoryCollectThenAudit(t *testing.T) {
	_, options := testDomain(t)
	folder := t.TempDir()
	dump := filepath.Join(folder, "d.hygie")
	code, out, errs := directoryRun(t, map[string]string{"HYGIE_PASSWORD": "bon"}, append(options, "--out", dump)...)
	if code != Done || !strings.Contains(out, "2 objets lus sur dc1.hopital.test") || !strings.Contains(out, "INCOMPLÈTE") {
		t.Fatalf("code %d\n%s\n%s", code, out, errs)
	}
	if strings.Contains(errs, "\x1b") || strings.Contains(errs, "\r") {
		t.Errorf("progress outside of a terminal: %q", errs)
	}
	first := filepath.Join(folder, "1.json")
	code, out, errs = directoryRun(t, nil, "audit", dump, "--format", "json", "--out", first, "--as-of", "2026-03-10")
	if code != Done || out != "" {
		t.Fatalf("code %d\n%s\n%s", code, out, errs)
	}
	var report struct {
		AsOf    time.Time `json:"as_of"`
		Domains []struct {
			DNSName string `json:"dns_name"`
			Level   int    `json:"level"`
		} `json:"domains"`
	}
	data, err := os.ReadFile(first)
	if err != nil || json.Unmarshal(data, &report) != nil || len(report.Domains) != 1 || report.Domains[0].DNSName != "hopital.test" ||
		report.Domains[0].Level != 1 || !report.AsOf.Equal(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%v %+v", err, report)
	}
	if info, err := os.Stat(first); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the report can be read by others: %v %v", info.Mode(), err)
	}
	for _, row := range []struct {
		name string
		code int
		want string
		args []string
	}{
		{"text in English", Done, "hopital.test", []string{dump, "--lang", "en"}},
		{"html", Done, "<html", []string{dump, "--format", "html"}},
		{"compared", Done, "hopital.test", []string{dump, "--baseline", first}},
		{"a point taken to be mended", Done, "sur une copie en mémoire", []string{dump, "--what-if", "vuln_krbtgt"}},
		{"a fix that is not in the plan", Usage, "ni un numéro du plan", []string{dump, "--what-if", "99"}},
		{"a point that does not exist", Usage, "vuln_inconnu", []string{dump, "--what-if", "plan,vuln_inconnu"}},
		{"level reached", Findings, "hopital.test", []string{dump, "--fail-on", "1"}},
		{"impossible level", Usage, "de 1 à 4", []string{dump, "--fail-on", "5"}},
		{"impossible date", Usage, "2026-03-10", []string{dump, "--as-of", "hier"}},
		{"history alone", Usage, "--baseline", []string{dump, "--history", first}},
		{"no file", Failed, "absent.hygie", []string{filepath.Join(folder, "absent.hygie")}},
		{"a report instead of a dump", Failed, "hygie directory collect", []string{first}},
		{"a dump instead of a report", Failed, "n’est pas un rapport", []string{dump, "--baseline", dump}},
		{"unknown format", Usage, "format", []string{dump, "--format", "pdf"}},
		{"folder that is not there", Failed, "write ", []string{dump, "--out", filepath.Join(folder, "rien", "r.txt")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, out, errs := directoryRun(t, nil, append([]string{"audit"}, row.args...)...)
			if code != row.code || !strings.Contains(out+errs, row.want) {
				t.Errorf("code %d, want %d and %q\n%s\n%s", code, row.code, row.want, out, errs)
			}
		})
	}
}

func TestDirectoryCollectMistakes(t *testing.T) {
	s, options := testDomain(t)
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	existing := file("existant.hygie", "x")
	for _, row := range []struct {
		name string
		code int
		want string
		args []string
	}{
		{"wrong password", Failed, "aucun autre essai n’a été fait", []string{"--password-file", file("faux", "faux\n")}},
		{"password of two lines", Usage, "une seule ligne", []string{"--password-file", file("deux", "a\nb\n")}},
		{"no password", Usage, "HYGIE_PASSWORD", nil},
		{"no such password file", Failed, "absent", []string{"--password-file", filepath.Join(folder, "absent")}},
		{"no such authority file", Failed, "absent", []string{"--ca", filepath.Join(folder, "absent")}},
		{"authority that is none", Usage, "aucun certificat lisible", []string{"--ca", existing}},
		{"untrusted", Failed, "--ca", []string{"--password-file", file("bon", "bon\r\n"), "--ca", file("autre.pem", otherAuthority(t))}},
		{"no Kerberos there", Failed, "--method ldaps", []string{"--password-file", file("bon2", "bon"), "--method", "kerberos"}},
		{"file exists", Usage, "--overwrite", []string{"--password-file", file("bon3", "bon"), "--out", existing}},
		{"folder that is not there", Failed, "prepare", []string{"--password-file", file("bon4", "bon"), "--out", filepath.Join(folder, "rien", "d")}},
		{"unknown method", Usage, "method", []string{"--method", "ntlm"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := s.Binds()
			args := append(append(options, "--out", filepath.Join(folder, "d.hygie")), row.args...)
			code, out, errs := directoryRun(t, nil, args...)
			if code != row.code || !strings.Contains(errs, row.want) {
				t.Errorf("code %d, want %d and %q\n%s\n%s", code, row.code, row.want, out, errs)
			}
			if strings.Contains(out+errs, "faux") && row.name == "wrong password" {
				t.Errorf("the password is shown:\n%s", errs)
			}
			if s.Binds() > before+1 {
				t.Errorf("%d binds", s.Binds()-before)
			}
			if _, err := os.Stat(filepath.Join(folder, "d.hygie")); err == nil {
				t.Error("a failed collection left a file")
			}
		})
	}
}

func otherAuthority(t *testing.T) string {
	t.Helper()
	cert, _ := ldaptest.Certificate(t, time.Now(), "autre.test")
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
}

func TestInsecureTLSWarnsLoudly(t *testing.T) {
	_, options := testDomain(t)
	code, _, errs := directoryRun(t, map[string]string{"HYGIE_PASSWORD": "bon", "HYGIE_LANG": "en"},
		append(options[:len(options)-2], "--insecure-tls", "--out", filepath.Join(t.TempDir(), "d"))...)
	if code != Done || !strings.Contains(errs, "WARNING: the server's certificate will not be verified") {
		t.Errorf("code %d: %s", code, errs)
	}
}

// Each reason that the connection can give has a text and an advice, in both languages.
func TestEveryReasonIsExplained(t *testing.T) {
	reasons := []ldap.Reason{
		ldap.Unreachable, ldap.Dropped, ldap.WrongPassword, ldap.UnknownAccount, ldap.AccountUnusable, ldap.ClockSkew, ldap.UnknownRealm,
		ldap.UnknownService, ldap.NoAES, ldap.BadTicket, ldap.NoKerberos, ldap.SigningRequired, ldap.CertificateUntrusted, ldap.CertificateName,
		ldap.CertificateExpired, ldap.CertificateSerial, ldap.TLSFailed, ldap.Tampered, ldap.Referred, ldap.SizeLimit, ldap.TimeLimit, ldap.Denied,
		ldap.Busy, ldap.NotFound, ldap.NotActiveDirectory, ldap.Malformed, ldap.Refused, ldap.Canceled,
	}
	for _, r := range reasons {
		for _, lang := range []string{"fr", "en"} {
			what, do := collect.Advice(r, lang)
			if what == "" || what == string(r) || do == "" && r != ldap.Canceled {
				t.Errorf("%s is not explained in %s", r, lang)
			}
			if lang == "fr" && strings.Contains(what+do, "'") {
				t.Errorf("%s: straight apostrophe in French", r)
			}
		}
	}
}

func TestProgressOnATerminalOnly(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var b bytes.Buffer
		p := &progressLine{s: &Streams{Err: &b, Terminal: terminal}, say: sayer("fr")}
		p.show("DC=hopital,DC=test", 250)
		p.clear()
		if (b.Len() > 0) != terminal {
			t.Errorf("terminal %v: %q", terminal, b.String())
		}
	}
}
