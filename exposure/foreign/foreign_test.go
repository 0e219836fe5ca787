package foreign

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"hygie/exposure/check"
	"hygie/sheet"
)

func read(t testing.TB, text string, o Options) *Report {
	t.Helper()
	r, err := Read(strings.NewReader(text), int64(len(text)), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line is what matters of a finding, on one line.
func lines(r *Report) (list []string) {
	for _, f := range r.Findings {
		list = append(list, strings.Join([]string{string(f.Severity), f.Check, f.Asset, f.Endpoint}, " "))
	}
	return list
}

func want(t *testing.T, r *Report, tool Tool, expected ...string) {
	t.Helper()
	if r.Tool != tool {
		t.Errorf("tool %s, want %s", r.Tool, tool)
	}
	if got := strings.Join(lines(r), "\n"); got != strings.Join(expected, "\n") {
		t.Errorf("findings\n%s\nwant\n%s", got, strings.Join(expected, "\n"))
	}
}

func TestTestSSL(t *testing.T) {
	flat := `[{"id":"SSLv3","ip":"www.exemple.test/192.0.2.1","port":"443","severity":"HIGH","finding":"offered"},
{"id":"TLS1_2","ip":"www.exemple.test/192.0.2.1","port":"443","severity":"OK","finding":"offered"},
{"id":"heartbleed","ip":"www.exemple.test/192.0.2.1","port":"443","severity":"CRITICAL","cve":"CVE-2014-0160","finding":"VULNERABLE"},
{"id":"scanTime","ip":"www.exemple.test/192.0.2.1","port":"443","severity":"WARN","finding":"interrupted"}]`
	r := read(t, flat, Options{})
	want(t, r, TestSSL, "critical TLS-12 www.exemple.test 192.0.2.1:443/tcp", "major TLS-04 www.exemple.test 192.0.2.1:443/tcp")
	if r.Total != 4 || r.Findings[0].CVEs[0] != "CVE-2014-0160" {
		t.Errorf("%+v", r)
	}
	pretty := `{"Invocation":"x","scanResult":[{"targetHost":"a.test","ip":"192.0.2.2","port":"25","protocols":[{"id":"TLS1","severity":"LOW","finding":"offered (deprecated)"}],"rating":{}}],"scanTime":3}`
	want(t, read(t, pretty, Options{}), TestSSL, "minor TLS-05 a.test 192.0.2.2:25/tcp")
	cut := read(t, flat[:len(flat)-60], Options{})
	if len(cut.Findings) != 2 || len(cut.Problems) != 1 || cut.Problems[0].Kind != Cut {
		t.Errorf("a cut file: %+v", cut)
	}
}

func TestNmap(t *testing.T) {
	text := `<?xml version="1.0"?><nmaprun><host><address addr="192.0.2.3" addrtype="ipv4"/><hostnames><hostname name="ftp.exemple.test"/></hostnames><ports>
<port protocol="tcp" portid="21"><state state="open"/><script id="ftp-anon" output="Anonymous FTP login allowed (FTP code 230)"/></port>
<port protocol="tcp" portid="22"><state state="open"/><script id="ssh-hostkey" output="256 aa"/><script id="vulners" output="CVE-2023-38408 9.8"/></port>
<port protocol="udp" portid="161"><state state="open"/><script id="snmp-sysdescr" output="Linux"/></port>
<port protocol="tcp" portid="23"><state state="closed"/><script id="ftp-anon" output="Anonymous FTP login allowed"/></port></ports></host>
<host><address addr="2001:db8::1" addrtype="ipv6"/><ports><port protocol="tcp" portid="445"><state state="open"/><script id="smb2-security-mode" output="Message signing enabled and required"/></port></ports></host></nmaprun>`
	want(t, read(t, text, Options{}), Nmap, "major SVC-03 ftp.exemple.test 192.0.2.3:161/udp", "major SVC-04 ftp.exemple.test 192.0.2.3:21/tcp", "to_verify VUL-02 ftp.exemple.test 192.0.2.3:22/tcp")
	// As nmap 7.93 writes them: scripts about the machine stand apart, suites in tables.
	real := `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE nmaprun><?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?><nmaprun scanner="nmap"><host><status state="up"/><address addr="192.0.2.4" addrtype="ipv4"/><hostnames></hostnames><ports>
<port protocol="tcp" portid="443"><state state="open"/><service name="https"/><script id="ssl-enum-ciphers" output="&#xa;  TLSv1.0: "><table key="TLSv1.0"><table key="ciphers"><table><elem key="kex_info">dh 1024</elem><elem key="name">TLS_DH_anon_WITH_AES_128_CBC_SHA</elem><elem key="strength">F</elem></table>
<table><elem key="name">TLS_RSA_WITH_3DES_EDE_CBC_SHA</elem></table></table><elem key="cipher preference">client</elem></table><table key="TLSv1.2"></table></script></port>
<port protocol="tcp" portid="445"><state state="open"/></port>
<port protocol="tcp" portid="11112"><state state="open"/><script id="dicom-ping" output="&#xa;  dicom: DICOM Service Provider discovered!&#xa;  config: Any AET is accepted (Insecure)"/></port>
</ports><hostscript><script id="smb-vuln-ms10-061" output="false">false</script><script id="smb-protocols" output="&#xa;  dialects: &#xa;    NT LM 0.12 (SMBv1) [dangerous, but default]&#xa;    202"/></hostscript></host></nmaprun>`
	want(t, read(t, real, Options{}), Nmap, "critical SVC-05 192.0.2.4 192.0.2.4:11112/tcp", "critical TLS-07 192.0.2.4 192.0.2.4:443/tcp", "critical ADM-02 192.0.2.4 192.0.2.4:445/tcp",
		"major TLS-08 192.0.2.4 192.0.2.4:443/tcp", "important TLS-05 192.0.2.4 192.0.2.4:443/tcp")
	if _, err := Read(strings.NewReader("<html></html>"), 13, Options{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a web page: %v", err)
	}
}

func TestNuclei(t *testing.T) {
	text := `{"template-id":"git-config","info":{"name":"Git Configuration","severity":"medium"},"host":"https://www.exemple.test","matched-at":"https://www.exemple.test/.git/config","ip":"192.0.2.1","timestamp":"2026-11-01T10:00:00.5+01:00"}
pas du json
{"template-id":"CVE-2099-1234","info":{"name":"x","severity":"critical","classification":{"cve-id":["cve-2099-1234"]}},"host":"vpn.exemple.test:8443"}
{"template-id":"tech-detect","info":{"name":"x","severity":"étrange"},"host":"a.test"}
`
	r := read(t, text, Options{})
	want(t, r, Nuclei, "critical VUL-01 vpn.exemple.test vpn.exemple.test:8443/tcp", "important WEB-05 www.exemple.test 192.0.2.1:443/tcp")
	if len(r.Problems) != 2 || r.Problems[0].Kind != BadEntry || r.Problems[0].Place != "2" || r.Problems[1].Kind != NoSeverity {
		t.Errorf("problems %+v", r.Problems)
	}
}

// Nuclei also writes one list of all, and older versions had other names.
func TestNucleiOfOtherForms(t *testing.T) {
	text := `[{"template":"http/exposures/configs/git-config.yaml","template-id":"git-config","info":{"name":"x","severity":"medium","classification":{"cve-id":null}},"host":"www.exemple.test","port":8443,"matched-at":"https://www.exemple.test:8443/.git/config"},
{"templateID":"CVE-2099-1234","info":{"name":"y","severity":"high","classification":{"cve-id":"CVE-2099-1234"}},"matched":"https://b.exemple.test/"}]`
	r := read(t, text, Options{})
	want(t, r, Nuclei, "major VUL-01 b.exemple.test b.exemple.test:443/tcp", "important WEB-05 www.exemple.test www.exemple.test:8443/tcp")
	if r.Findings[0].CVEs[0] != "CVE-2099-1234" {
		t.Errorf("%+v", r.Findings[0])
	}
	if cut := read(t, text[:len(text)-30], Options{}); len(cut.Findings) != 1 || len(cut.Problems) != 1 || cut.Problems[0].Kind != Cut {
		t.Errorf("a cut list: %+v", cut)
	}
}

// One row may name several machines, and ports as people write them.
func TestSeveralMachinesInOneRow(t *testing.T) {
	text := "constat,gravité,machines,adresse ip,port\nTelnet,haute,\"a.test, b.test\nc.test\",,23/tcp\nSNMP,moyenne,d.test,192.0.2.8,udp/161\nA,haute,e.test,,443\nA,haute,e.test,,8443 (https)\nB,haute,le serveur de l’accueil,,\n"
	want(t, read(t, text, Options{Columns: map[string]int{"asset": 2}}), Table, "major  a.test a.test:23/tcp", "major  b.test b.test:23/tcp", "major  c.test c.test:23/tcp", "major  e.test e.test:443/tcp", "major  e.test e.test:8443/tcp",
		"major  le serveur de l’accueil ", "important  d.test 192.0.2.8:161/udp")
}

func TestTable(t *testing.T) {
	text := "Rapport de cyber-surveillance;;;;\nVulnérabilité;Criticité;Système;Adresse IP;Port;Recommandation;Date\n" +
		"Console exposée;9,8 (critique);vpn.exemple.test;192.0.2.9;443;Fermer;05/11/2026\nCertificat;7,5;https://www.exemple.test/;;;;\nSans gravité;P1;a.test;;;;\n;Faible;a.test;;;;\nSans machine;Faible;;;;;\n"
	r := read(t, text, Options{})
	want(t, r, Table, "critical  vpn.exemple.test 192.0.2.9:443/tcp", "major  www.exemple.test www.exemple.test:443/tcp")
	var kinds []string
	for _, p := range r.Problems {
		kinds = append(kinds, p.Place+" "+string(p.Kind))
	}
	if got := strings.Join(kinds, ", "); got != "5 no_severity, 6 no_title, 7 no_asset" {
		t.Errorf("problems %s", got)
	}
	if r.Findings[0].Seen.Format("2006-01-02") != "2026-11-05" || r.Findings[0].Recommendation != "Fermer" {
		t.Errorf("%+v", r.Findings[0])
	}
	chosen := read(t, text, Options{Severity: map[string]string{"p1": "minor"}})
	if len(chosen.Findings) != 3 {
		t.Errorf("with a chosen word: %q", lines(chosen))
	}
}

func TestUnknownColumnsCanBeChosen(t *testing.T) {
	text := "colonne A;colonne B;colonne C\nRDP ouvert;haute;srv1.test\n"
	r, err := Read(strings.NewReader(text), int64(len(text)), Options{})
	if !errors.Is(err, ErrColumns) || r == nil || len(r.Header.Names) != 3 {
		t.Fatalf("%+v %v", r, err)
	}
	want(t, read(t, text, Options{Columns: map[string]int{"title": 0, "severity": 1, "asset": 2}}), Table, "major  srv1.test ")
}

func TestSameReportTwiceIsOne(t *testing.T) {
	text := "titre;gravité;actif\nRDP;haute;srv1.test\nRDP;haute;SRV1.test.\n"
	if r := read(t, text, Options{}); len(r.Findings) != 1 {
		t.Errorf("%q", lines(r))
	}
}

func TestSpreadsheet(t *testing.T) {
	var file bytes.Buffer
	rows := [][]any{{"RDP ouvert", "Majeure", "srv1.test"}}
	if err := sheet.WriteODS(&file, sheet.Document{}, sheet.Table{Header: []string{"Constat", "Gravité", "Hôte"}, Rows: sheet.Slice(rows, func(r []any) []any { return r })}); err != nil {
		t.Fatal(err)
	}
	want(t, read(t, file.String(), Options{}), Table, "major  srv1.test ")
}

// A severity merged over two rows is that of both.
func TestMergedCells(t *testing.T) {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for name, text := range map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Constats">` +
		`<table:table-row><table:table-cell><text:p>Gravité</text:p></table:table-cell><table:table-cell><text:p>Constat</text:p></table:table-cell><table:table-cell><text:p>Machine</text:p></table:table-cell></table:table-row>` +
		`<table:table-row><table:table-cell table:number-rows-spanned="2" table:number-columns-spanned="1"><text:p>Haute</text:p></table:table-cell><table:table-cell><text:p>RDP</text:p></table:table-cell><table:table-cell><text:p>a.test</text:p></table:table-cell></table:table-row>` +
		`<table:table-row><table:covered-table-cell/><table:table-cell><text:p>SMB</text:p></table:table-cell><table:table-cell><text:p>b.test</text:p></table:table-cell></table:table-row>` +
		`</table:table></office:spreadsheet></office:body></office:document-content>`} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, read(t, file.String(), Options{}), Table, "major  a.test ", "major  b.test ")
}

func TestRulesNameOurChecks(t *testing.T) {
	list, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if len(r.check) != 6 || r.severity != "" && r.severity.Rank() >= len(check.Severities()) {
			t.Errorf("%s %s: check %q, severity %q", r.tool, r.name, r.check, r.severity)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("[{\"id\":\"a\",\"severity\":\"HIGH\"}]", 0)
	f.Add("<nmaprun><host/></nmaprun>", 0)
	f.Add("{\"template-id\":\"a\"}", 0)
	f.Add("[{\"template-id\":\"a\",\"info\":{\"severity\":\"low\"},\"port\":1e9}]", 0)
	f.Add("<nmaprun><host><hostscript><script id='smb-protocols' output='x'><table key='a'><elem key='name'>_NULL_</elem></table></script></hostscript></host></nmaprun>", 0)
	f.Add("titre;gravité;actif\na;b;c", 1)
	f.Fuzz(func(t *testing.T, text string, n int) {
		Read(strings.NewReader(text), int64(len(text)), Options{Sheet: n})
	})
}
