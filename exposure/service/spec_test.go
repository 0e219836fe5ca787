package service

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// web is an answer of a web server.
func web(status string, headers string, body string) []byte {
	if headers != "" {
		headers += "\r\n"
	}
	return []byte("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// amqpFrame is a connection.start frame with the mechanisms given.
func amqpFrame(mechanisms string) []byte {
	text := func(s string) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...) }
	var table []byte
	for _, p := range [][2]string{{"product", "RabbitMQ"}, {"version", "3.10.8"}} {
		table = append(append(append(table, byte(len(p[0]))), p[0]+"S"...), text(p[1])...)
	}
	body := []byte{0, 10, 0, 10, 0, 9}
	body = append(append(append(body, text(string(table))...), text(mechanisms)...), text("en_US")...)
	return append(append([]byte{1, 0, 0}, append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)...), 0xce)
}

// mongoReply is an OP_MSG whose document has these numbers.
func mongoReply(pairs ...any) []byte {
	var document []byte
	for i := 0; i < len(pairs); i += 2 {
		document = append(append(document, 0x10), pairs[i].(string)+"\x00"...)
		document = binary.LittleEndian.AppendUint32(document, uint32(pairs[i+1].(int)))
	}
	document = append(document, 0)
	body := append([]byte{0, 0, 0, 0, 0}, binary.LittleEndian.AppendUint32(nil, uint32(4+len(document)))...)
	body = append(body, document...)
	header := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	header = append(header, 0, 0, 0, 0, 1, 0, 0, 0)
	return append(append(header, 0xdd, 7, 0, 0), body...)
}

// exact is a server that says, on each connection in turn, these bytes after it heard something (before, if they begin with the mark).
const speaksFirst = "\x00first\x00"

func spec(expected, transport string, replies ...[]byte) talkFile {
	f := talkFile{transport: transport, expected: expected}
	for _, r := range replies {
		if rest, ok := bytes.CutPrefix(r, []byte(speaksFirst)); ok {
			f.parts = append(f.parts, []turn{{false, rest}})
		} else {
			f.parts = append(f.parts, []turn{{true, []byte{0}}, {false, r}})
		}
	}
	return f
}

// What changes at each connection is left out of the evidence.
func TestSteadyGreetings(t *testing.T) {
	for line, want := range map[string]string{
		"220 mail.demo.test Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 10:00:00 +0100": "220 mail.demo.test Microsoft ESMTP MAIL Service ready at …",
		"+OK ready <1896.697170952@demo.test>":                                                     "+OK ready …",
		"220 ProFTPD 1.3.8 Server (demo) [::ffff:192.0.2.1]":                                       "220 ProFTPD 1.3.8 Server (demo) [::ffff:192.0.2.1]",
		"220 local time is now 09:12:44. Server port: 21.":                                         "220 local time is now …. Server port: 21.",
		"220 Postfix (Debian/GNU)":                                                                 "220 Postfix (Debian/GNU)",
	} {
		if got := steady(line); got != want {
			t.Errorf("%q gives %q, want %q", line, got, want)
		}
	}
}

func first(b string) []byte { return []byte(speaksFirst + b) }

// Servers that no Debian package gives, written from their specifications: what the protocol says they answer, and what is read from it.
func TestSpecifications(t *testing.T) {
	rdp := func(kind byte, value uint32) []byte {
		return binary.LittleEndian.AppendUint32([]byte{3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, kind, 0x1f, 8, 0}, value)
	}
	tests := map[string]struct {
		server talkFile
		check  func(*testing.T, Facts)
	}{
		"rdp with NLA required": {spec("rdp", "tcp", rdp(2, 2), rdp(3, 5), rdp(3, 5)), func(t *testing.T, f Facts) {
			want(t, "NLA", f.RDP.NLA, Yes)
			want(t, "TLS", f.RDP.TLS, No)
			want(t, "plain", f.RDP.Plain, No)
			want(t, "screen", f.RDP.Screen, No)
		}},
		"rdp of Windows 2003": {spec("rdp", "tcp", unhex("0300000b06d00000123400"), unhex("0300000b06d00000123400"), unhex("0300000b06d00000123400")), func(t *testing.T, f Facts) {
			want(t, "NLA", f.RDP.NLA, No)
			want(t, "plain", f.RDP.Plain, Yes)
		}},
		"rdp that hangs up": {spec("rdp", "tcp", rdp(2, 2), nil, nil), func(t *testing.T, f Facts) { want(t, "screen", f.RDP.Screen, Unknown) }},
		"mssql": {spec("mssql", "tcp", unhex("04 01 00 1a 00 00 01 00  00 000b 0006  01 0011 0001  ff  0f 00 10 b9 00 00  02")), func(t *testing.T, f Facts) {
			isProduct(t, f, "mssql", "Microsoft SQL Server")
			want(t, "encryption", f.Encrypts, No)
			if f.Version != "15.0.4281" {
				t.Errorf("version %s", f.Version)
			}
		}},
		"oracle refuses": {spec("oracle", "tcp", append(unhex("0041 0000 04 00 0000 22 00 0035"), "(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=1189)(EMFI=4))"...)), func(t *testing.T, f Facts) {
			isProduct(t, f, "oracle", "Oracle Database")
			if f.Version != "19.0.0.0.0" {
				t.Errorf("version %s", f.Version)
			}
		}},
		"mongodb open":   {spec("mongodb", "tcp", mongoReply("maxWireVersion", 17, "ok", 1), mongoReply("ok", 1)), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, Yes) }},
		"mongodb closed": {spec("mongodb", "tcp", mongoReply("maxWireVersion", 17, "ok", 1), mongoReply("ok", 0, "code", 13)), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, No) }},
		"elasticsearch open": {spec("http", "tcp", web("200 OK", "Content-Type: application/json", `{"cluster_name":"x","version":{"number":"7.10.2"},"tagline":"You Know, for Search"}`)), func(t *testing.T, f Facts) {
			isProduct(t, f, "elasticsearch", "Elasticsearch")
			want(t, "stranger", f.Stranger, Yes)
		}},
		"elasticsearch closed": {spec("http", "tcp", web("401 Unauthorized", `WWW-Authenticate: Basic realm="security" charset="UTF-8"`, `{"status":401}`)), func(t *testing.T, f Facts) {
			isProduct(t, f, "elasticsearch", "Elasticsearch")
			want(t, "stranger", f.Stranger, No)
		}},
		"couchdb of the admin party": {spec("http", "tcp", web("200 OK", "Server: CouchDB/2.3.1", `{"couchdb":"Welcome","version":"2.3.1"}`), web("200 OK", "", `{"userCtx":{"name":null,"roles":["_admin"]}}`)), func(t *testing.T, f Facts) {
			isProduct(t, f, "couchdb", "CouchDB")
			want(t, "stranger", f.Stranger, Yes)
		}},
		"couchdb with accounts": {spec("http", "tcp", web("200 OK", "Server: CouchDB/3.3.3", `{"couchdb":"Welcome","version":"3.3.3"}`), web("200 OK", "", `{"userCtx":{"name":null,"roles":[]}}`)), func(t *testing.T, f Facts) {
			want(t, "stranger", f.Stranger, No)
		}},
		"docker": {spec("docker", "tcp", web("404 Not Found", "Server: Docker/24.0.7 (linux)", `{"message":"page not found"}`), web("200 OK", "", `{"Version":"24.0.7","ApiVersion":"1.43"}`)), func(t *testing.T, f Facts) {
			isProduct(t, f, "docker", "Docker")
			want(t, "stranger", f.Stranger, Yes)
		}},
		"a web site is no store": {spec("http", "tcp", web("200 OK", "Server: nginx", `<title>Bienvenue</title>`)), func(t *testing.T, f Facts) {
			isProduct(t, f, "http", "nginx")
			if f.Kind != "" || f.Stranger != (Answer{}) {
				t.Errorf("kind %q, stranger %v", f.Kind, f.Stranger)
			}
		}},
		"kubelet open":   {spec("kubelet", "tcp", web("200 OK", "", "ok")), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, Yes) }},
		"kubelet closed": {spec("kubelet", "tcp", web("401 Unauthorized", "", "Unauthorized")), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, No) }},
		"cassandra":      {spec("cassandra", "tcp", unhex("84 00 0000 06 00000002 0000")), func(t *testing.T, f Facts) { isProduct(t, f, "cassandra", "Cassandra") }},
		"amqp with accounts": {spec("amqp", "tcp", amqpFrame("PLAIN AMQPLAIN")), func(t *testing.T, f Facts) {
			isProduct(t, f, "amqp", "RabbitMQ")
			want(t, "stranger", f.Stranger, No)
		}},
		"amqp anonymous":             {talkFile{transport: "tcp", expected: "amqp", parts: [][]turn{{{true, []byte("AMQP\x00\x00\x09\x01")}, {false, amqpFrame("PLAIN ANONYMOUS")}, {true, amqpAnonymous()}, {false, unhex("01 0000 0000000c 000a001e 0000 00020000 0000 ce")}}}}, func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, Yes) }},
		"amqp refuses the anonymous": {talkFile{transport: "tcp", expected: "amqp", parts: [][]turn{{{true, []byte("AMQP\x00\x00\x09\x01")}, {false, amqpFrame("ANONYMOUS")}, {true, amqpAnonymous()}, {false, unhex("01 0000 0000000b 000a0032 0193 00 00000000 ce")}}}}, func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, No) }},
		"modbus":                     {spec("modbus", "tcp", append(unhex("6879 0000 0014 00 2b 0e 01 01 00 00 02"), "\x00\x04ACME\x01\x02X1"...)), func(t *testing.T, f Facts) { isProduct(t, f, "modbus", "ACME X1") }},
		"modbus refuses":             {spec("modbus", "tcp", unhex("6879 0000 0003 00 ab 01")), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, Yes) }},
		"s7":                         {spec("s7", "tcp", unhex("03000016 11 d0 0001 0006 00 c0010a c1020100 c2020102")), func(t *testing.T, f Facts) { isProduct(t, f, "s7", "") }},
		"enip":                       {spec("enip", "tcp", append(unhex("6300 3000 00000000 00000000 0000000000000000 00000000 0100 0c00 2a00 0100 00020000000000000000000000000000 0100 0c00 3600 1401 6000 12345678 0a"), "1756-L61/B\x03"...)), func(t *testing.T, f Facts) { isProduct(t, f, "enip", "1756-L61/B") }},
		"radmin":                     {spec("radmin", "tcp", unhex("01000000 25 0000")), func(t *testing.T, f Facts) { isProduct(t, f, "radmin", "Radmin") }},
		"smart install":              {spec("smartinstall", "tcp", unhex("00000004 00000000 00000003 00000008 00000001 00000000")), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, Yes) }},
		"adb open":                   {spec("adb", "tcp", append(append([]byte("CNXN"), unhex("00000001 00100000 08000000 00000000 bcb1a7b1")...), "device::"...)), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, Yes) }},
		"adb with a key":             {spec("adb", "tcp", append([]byte("AUTH"), make([]byte, 20)...)), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, No) }},
		"a camera":                   {spec("rtsp", "tcp", []byte("RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n")), func(t *testing.T, f Facts) { isProduct(t, f, "rtsp", "") }},
		"sip":                        {spec("sip", "tcp", []byte("SIP/2.0 200 OK\r\nUser-Agent: Asterisk PBX 18\r\n\r\n")), func(t *testing.T, f Facts) { isProduct(t, f, "sip", "Asterisk PBX 18") }},
		"winrm":                      {spec("winrm", "tcp", web("401 Unauthorized", "Server: Microsoft-HTTPAPI/2.0\r\nWWW-Authenticate: Negotiate", "")), func(t *testing.T, f Facts) { isProduct(t, f, "winrm", "Microsoft-HTTPAPI") }},
		"a page is no winrm": {spec("winrm", "tcp", web("404 Not Found", "Server: nginx", ""), web("404 Not Found", "Server: nginx", ""), web("404 Not Found", "Server: nginx", "")), func(t *testing.T, f Facts) {
			isProduct(t, f, "http", "nginx")
		}},
		"esxi":             {spec("vmware", "tcp", first("220 VMware Authentication Daemon Version 1.10: SSL Required, ServerDaemonProtocol:SOAP\r\n")), func(t *testing.T, f Facts) { isProduct(t, f, "vmware", "VMware ESXi") }},
		"pop3":             {spec("pop3", "tcp", first("+OK Dovecot ready. <1.2.3@demo>\r\n")), func(t *testing.T, f Facts) { isProduct(t, f, "pop3", "Dovecot") }},
		"exchange":         {spec("smtp", "tcp", first("220 mail.demo.test Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 10:00:00 +0100\r\n")), func(t *testing.T, f Facts) { isProduct(t, f, "smtp", "Microsoft Exchange") }},
		"lpd":              {spec("lpd", "tcp", []byte("no entries\n")), func(t *testing.T, f Facts) { isProduct(t, f, "lpd", "") }},
		"mysql greets":     {spec("mysql", "tcp", first("\x35\x00\x00\x00\x0a8.0.36\x00\x01\x00\x00\x00abcdefgh\x00\xff\xff\xff\x02\x00\xff\xdf\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00ijklmnopqrst\x00")), func(t *testing.T, f Facts) { isProduct(t, f, "mysql", "MySQL"); want(t, "TLS", f.Encrypts, Yes) }},
		"mysql sends away": {spec("mysql", "tcp", first("\x47\x00\x00\x00\xff\x6a\x04Host '203.0.113.9' is not allowed to connect to this MariaDB server.....")), func(t *testing.T, f Facts) { want(t, "stranger", f.Stranger, No) }},
		"proxmox":          {spec("http", "tcp", web("200 OK", "Server: pve-api-daemon/3.0", "<title>pve1 - Proxmox Virtual Environment</title>")), func(t *testing.T, f Facts) { isProduct(t, f, "http", "Proxmox VE") }},
		"silos are no ilo": {spec("http", "tcp", web("200 OK", "", "<title>Silos agricoles</title>")), func(t *testing.T, f Facts) { isProduct(t, f, "http", "") }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := test.server.play(t)
			if err != nil {
				t.Fatal(err)
			}
			test.check(t, f)
			if t.Failed() {
				t.Logf("%+v", f)
			}
		})
	}
}
