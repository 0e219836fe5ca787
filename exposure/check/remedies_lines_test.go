package check_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/exposure/check"
)

// untried are the remedies for a server we could run that [TestRemedies] does not try, and why.
var untried = map[string]string{
	"DNS-04 bind":                  "rndc on a zone whose keys are elsewhere: two commands of bind, no setting",
	"MEL-06 Postfix avec OpenDKIM": "OpenDKIM makes keys; no mail leaves the street",
	"TLS-01 nginx (ACME)":          "certbot asks an authority on the internet",
	"TLS-01 Apache (ACME)":         "certbot asks an authority on the internet",
	"TLS-01 Postfix, Dovecot":      "only files are replaced: TLS-02 tries that",
	"TLS-03 nginx, Apache (ACME)":  "certbot asks an authority on the internet",
	"TLS-03 HAProxy":               "OpenSSL refuses the weak key there: the weakness cannot be planted",
	"TLS-03 Postfix, Dovecot":      "OpenSSL refuses the weak key there: the weakness cannot be planted",
	"TLS-11 HAProxy":               "a line to take away, none to write",
	"TLS-13 nginx":                 "needs OpenSSL 3.5",
	"TLS-13 Apache":                "needs OpenSSL 3.5",
	"TLS-13 HAProxy":               "needs OpenSSL 3.5",
}

// Every remedy for a server that can be run here is tried, or says why not. The lines of one count for all remedies that give the same.
func TestRemediesAreTried(t *testing.T) {
	texts, err := check.LoadTexts("fr")
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, c := range cures() {
		tried[strings.Join(remedyOf(t, texts, c), "\n")] = true
	}
	for _, id := range texts.IDs() {
		text, _ := texts.Text(id)
		for _, r := range text.Remedies {
			name := id + " " + r.Product
			ours := slices.ContainsFunc([]string{"nginx", "Apache", "HAProxy", "Postfix", "Dovecot", "bind", "OpenSSH", "vsftpd", "Mosquitto", "Redis", "OpenLDAP", "rsync"},
				func(server string) bool { return strings.HasPrefix(r.Product, server) })
			done := tried[strings.Join(r.Commands, "\n")]
			if ours && len(r.Commands) > 0 && !done && untried[name] == "" {
				t.Errorf("%s is not tried", name)
			}
			if done && untried[name] != "" {
				t.Errorf("%s is tried and said not to be", name)
			}
		}
	}
}

// What is written for a file of XML is well formed: IIS and Tomcat cannot be run here.
func TestRemediesInXML(t *testing.T) {
	found := 0
	for name, lines := range everyRemedy(t) {
		if !strings.Contains(name, "IIS") && !strings.Contains(name, "Tomcat") || !strings.HasPrefix(strings.Join(lines, ""), "<") {
			continue
		}
		found++
		for d := xml.NewDecoder(strings.NewReader("<file>" + strings.Join(lines, "\n") + "</file>")); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
	if found < 8 {
		t.Errorf("%d remedies in XML in both languages", found)
	}
}

// The records that remedies give make zones that bind takes.
func TestRemediesInZones(t *testing.T) {
	if _, err := exec.LookPath("named-checkzone"); err != nil {
		t.Skip("SKIPPED the records of remedies, no named-checkzone here: apt-get install bind9-utils, which `make test` does when it may")
	}
	found := 0
	values := map[string]string{"asset": "exemple.test", "zone": "exemple.test"}
	for name, lines := range everyRemedy(t) {
		for _, line := range lines {
			record := strings.NewReplacer("EMPREINTE", strings.Repeat("ab", 32), "FINGERPRINT", strings.Repeat("ab", 32)).Replace(check.Fill(line, values))
			owner, rest, _ := strings.Cut(record, " ")
			kind, _, _ := strings.Cut(rest, " ")
			if !strings.HasSuffix(owner, ".") || !slices.Contains([]string{"TXT", "MX", "CAA", "TLSA"}, kind) {
				continue
			}
			found++
			zone := "exemple.test"
			if strings.HasSuffix(owner, ".example.") {
				zone = strings.TrimSuffix(owner[strings.Index(owner, "_report._dmarc.")+len("_report._dmarc."):], ".")
			}
			file := filepath.Join(t.TempDir(), "zone")
			text := fmt.Sprintf("$TTL 300\n@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS ns\nns A 192.0.2.53\nmail A 192.0.2.25\n%s\n", record)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("named-checkzone", zone, file).CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %s", name, record, out)
			}
		}
	}
	if found < 20 {
		t.Errorf("%d records in both languages", found)
	}
}

// everyRemedy gives the lines of all remedies in both languages.
func everyRemedy(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, lang := range []string{"fr", "en"} {
		texts, err := check.LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range texts.IDs() {
			text, _ := texts.Text(id)
			for _, r := range text.Remedies {
				out[lang+" "+id+" "+r.Product] = r.Commands
			}
		}
	}
	return out
}
