package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
)

// Databases and caches that have a protocol of their own.

func protocolMySQL() protocol {
	return protocol{name: "mysql", ports: []uint16{3306, 33060}, play: playMySQL, signs: func(b []byte) bool {
		_, err := parseMySQL(b)
		return err == nil
	}}
}

// mysqlGreeting is the first packet of a MySQL or MariaDB server (protocol::HandshakeV10), or the error it greets an unwelcome address with.
type mysqlGreeting struct {
	version string
	tls     bool
	refusal string
}

func parseMySQL(b []byte) (mysqlGreeting, error) {
	if len(b) < 5 {
		return mysqlGreeting{}, errShort
	}
	size := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	if b[3] > 1 || size < 3 || size > 4096 {
		return mysqlGreeting{}, errOther
	}
	p := b[4:min(len(b), 4+size)]
	switch p[0] {
	case 0xff:
		if len(p) < 4 || !bytes.Contains(p, []byte("Host")) && !bytes.Contains(p, []byte("onnect")) {
			return mysqlGreeting{}, errOther
		}
		return mysqlGreeting{refusal: clean(string(p[3:]))}, nil
	case 10, 9:
		end := bytes.IndexByte(p[1:], 0)
		if end < 1 || end > 100 || !regexp.MustCompile(`^\d+\.\d+`).Match(p[1:1+end]) {
			return mysqlGreeting{}, errOther
		}
		g := mysqlGreeting{version: clean(string(p[1 : 1+end]))}
		if flags := 1 + end + 1 + 4 + 8 + 1; len(p) >= flags+2 { // thread, first half of the salt, filler
			g.tls = binary.LittleEndian.Uint16(p[flags:])&0x0800 != 0
		}
		return g, nil
	}
	return mysqlGreeting{}, errOther
}

func playMySQL(s *session) (bool, error) {
	got, err := s.ask(nil, func(b []byte) bool { return len(b) >= 4 && len(b) >= 4+(int(b[0])|int(b[1])<<8|int(b[2])<<16) })
	if err != nil {
		return false, err
	}
	g, err := parseMySQL(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("mysql", ByGreeting)
	s.facts.Product, s.facts.Kind = "MySQL", Store
	if strings.Contains(g.version, "MariaDB") {
		s.facts.Product = "MariaDB"
	}
	s.facts.Version = strings.TrimPrefix(g.version, "5.5.5-")
	s.facts.Stranger = unknown("accounts were not tried")
	if g.refusal != "" {
		s.facts.seen("%s", g.refusal)
		s.facts.Stranger = no("%s", g.refusal)
		return true, nil
	}
	s.facts.seen("greeting: version %s", g.version)
	s.facts.Encrypts = no("the greeting does not offer TLS")
	if g.tls {
		s.facts.Encrypts = yes("the greeting offers TLS")
	}
	return true, nil
}

func protocolPostgres() protocol {
	return protocol{name: "postgresql", ports: []uint16{5432, 5433}, play: playPostgres, signs: func(b []byte) bool {
		return len(b) > 9 && b[0] == 'E' && bytes.Contains(short(b, 60), []byte("FATAL"))
	}}
}

// postgresStartup names the usual administrator and asks which proof is wanted (PostgreSQL, Message Formats: StartupMessage).
func postgresStartup() []byte {
	body := "\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00application_name\x00hygie\x00\x00"
	return append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))), body...)
}

// parsePostgres reads the first message of the answer: the proof that is wanted, or a refusal.
func parsePostgres(b []byte) (Answer, error) {
	if len(b) < 5 {
		return Answer{}, errShort
	}
	size := binary.BigEndian.Uint32(b[1:])
	if size < 4 || uint64(size)+1 > uint64(len(b)) {
		return Answer{}, fmt.Errorf("message of %d bytes in %d: %w", size, len(b)-1, errShort)
	}
	body := b[5 : 1+size]
	switch b[0] {
	case 'R':
		if len(body) < 4 {
			return Answer{}, errShort
		}
		if kind := binary.BigEndian.Uint32(body); kind != 0 {
			return no("AuthenticationRequest %d", kind), nil
		}
		return yes("AuthenticationOk without any proof"), nil
	case 'E':
		code, words := "", ""
		for field := range bytes.SplitSeq(body, []byte{0}) {
			if len(field) > 1 && field[0] == 'C' {
				code = clean(string(field[1:]))
			}
			if len(field) > 1 && field[0] == 'M' {
				words = clean(string(field[1:]))
			}
		}
		if code == "28000" && strings.Contains(words, "role") { // refused after the proof was waived: the account alone is missing
			return unknown("%s %s", code, words), nil
		}
		return no("%s %s", code, words), nil
	}
	return Answer{}, errOther
}

// playPostgres asks whether TLS is offered, then which proof the administrator's account needs; none is given, and a session that opens
// without one is left at once.
func playPostgres(s *session) (bool, error) {
	got, err := s.ask([]byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f}, anything)
	if err != nil {
		return false, err
	}
	if len(got) == 0 || (got[0] != 'S' && got[0] != 'N') || len(got) > 1 {
		return false, errOther
	}
	encrypts := no("SSLRequest: N")
	if got[0] == 'S' {
		encrypts = yes("SSLRequest: S")
	}
	answer, err := s.ask(postgresStartup(), lengthAt(1, 4, 1))
	if err != nil {
		s.facts.Stranger = unknown("%v", err)
	} else if s.facts.Stranger, err = parsePostgres(answer); err != nil {
		return false, err
	}
	s.facts.recognised("postgresql", ByAnswer)
	s.facts.Product, s.facts.Kind, s.facts.Encrypts = "PostgreSQL", Store, encrypts
	s.facts.seen("SSLRequest: %c; startup: %s", got[0], s.facts.Stranger.Why)
	return true, nil
}

func protocolMSSQL() protocol {
	return protocol{name: "mssql", ports: []uint16{1433}, play: playMSSQL}
}

// tdsPrelogin asks for the version and whether encryption is wanted (MS-TDS 2.2.6.5).
func tdsPrelogin() []byte {
	options := []byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff}
	payload := append(options, 0, 0, 0, 0, 0, 0, 2) // version 0, encryption not supported
	return append([]byte{0x12, 1, 0, byte(8 + len(payload)), 0, 0, 0, 0}, payload...)
}

// parseTDS reads the answer to [tdsPrelogin].
func parseTDS(b []byte) (version string, encryption byte, err error) {
	if len(b) < 8 {
		return "", 0, errShort
	}
	if b[0] != 4 {
		return "", 0, errOther
	}
	payload := b[8:min(len(b), max(8, int(binary.BigEndian.Uint16(b[2:]))))]
	encryption = 0xff
	for p := payload; len(p) >= 5 && p[0] != 0xff; p = p[5:] {
		offset, size := int(binary.BigEndian.Uint16(p[1:])), int(binary.BigEndian.Uint16(p[3:]))
		if offset > len(payload) || size > len(payload)-offset {
			return "", 0, fmt.Errorf("option %d of %d bytes at %d in %d: %w", p[0], size, offset, len(payload), errShort)
		}
		v := payload[offset : offset+size]
		switch {
		case p[0] == 0 && size >= 4:
			version = fmt.Sprintf("%d.%d.%d", v[0], v[1], binary.BigEndian.Uint16(v[2:]))
		case p[0] == 1 && size >= 1:
			encryption = v[0]
		}
	}
	if version == "" {
		return "", 0, errOther
	}
	return version, encryption, nil
}

func playMSSQL(s *session) (bool, error) {
	got, err := s.ask(tdsPrelogin(), lengthAt(2, 2, 0))
	if err != nil {
		return false, err
	}
	version, encryption, err := parseTDS(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("mssql", ByAnswer)
	s.facts.Product, s.facts.Version, s.facts.Kind = "Microsoft SQL Server", version, Store
	s.facts.Encrypts = yes("PRELOGIN encryption %d", encryption)
	if encryption == 2 {
		s.facts.Encrypts = no("PRELOGIN encryption 2: not supported")
	}
	s.facts.Stranger = unknown("accounts were not tried")
	s.facts.seen("PRELOGIN: version %s, encryption %d", version, encryption)
	return true, nil
}

func protocolOracle() protocol {
	return protocol{name: "oracle", ports: []uint16{1521, 1526, 2483}, play: playOracle}
}

// tnsConnect asks a listener for its version (Oracle TNS, CONNECT packet, version 3.10 to 3.0).
func tnsConnect() []byte {
	data := "(CONNECT_DATA=(COMMAND=VERSION))"
	header := make([]byte, 58)
	binary.BigEndian.PutUint16(header, uint16(58+len(data)))
	header[4] = 1
	copy(header[8:], []byte{1, 0x36, 1, 0x2c, 0, 0, 8, 0, 0x7f, 0xff, 0x7f, 8, 0, 0, 0, 1})
	binary.BigEndian.PutUint16(header[24:], uint16(len(data)))
	binary.BigEndian.PutUint16(header[26:], 58)
	return append(header, data...)
}

var tnsVersion = regexp.MustCompile(`Version (\d+\.\d+\.\d+\.\d+[.\d]*)|\(VSNNUM=(\d{1,10})\)`)

// parseTNS reads an answer of a listener: accept, refuse, redirect or resend, and the version where it is told.
func parseTNS(b []byte) (kind byte, version string, err error) {
	if len(b) < 8 {
		return 0, "", errShort
	}
	size := int(binary.BigEndian.Uint16(b))
	if size < 8 || b[2] != 0 || b[3] != 0 || (b[4] != 2 && b[4] != 4 && b[4] != 5 && b[4] != 11) {
		return 0, "", errOther
	}
	if m := tnsVersion.FindSubmatch(b); m != nil {
		version = string(m[1])
		if len(m[2]) > 0 {
			var n uint64
			fmt.Sscan(string(m[2]), &n)
			version = fmt.Sprintf("%d.%d.%d.%d.%d", n>>24, n>>20&15, n>>12&255, n>>8&15, n&255)
		}
	}
	return b[4], version, nil
}

func playOracle(s *session) (bool, error) {
	got, err := s.ask(tnsConnect(), lengthAt(0, 2, 0))
	if err != nil {
		return false, err
	}
	kind, version, err := parseTNS(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("oracle", ByAnswer)
	s.facts.Product, s.facts.Version, s.facts.Kind = "Oracle Database", version, Store
	s.facts.Stranger = unknown("accounts were not tried")
	s.facts.seen("TNS packet %d, version %q", kind, version)
	return true, nil
}

func protocolRedis() protocol {
	return protocol{name: "redis", ports: []uint16{6379, 6380}, play: playRedis, signs: prefixed("-ERR wrong number of arguments for 'get'", "-NOAUTH", "-DENIED Redis", "+PONG")}
}

func playRedis(s *session) (bool, error) {
	got, err := s.ask([]byte("PING\r\n"), func(b []byte) bool { return bytes.HasSuffix(b, []byte("\n")) })
	line := clean(string(got))
	if line == "" {
		return false, err
	}
	switch {
	case line == "+PONG":
		s.facts.Stranger = yes("PING: %s", line)
	case strings.HasPrefix(line, "-NOAUTH"), strings.HasPrefix(line, "-DENIED"), strings.HasPrefix(line, "-NOPERM"):
		s.facts.Stranger = no("PING: %s", line)
	case strings.HasPrefix(line, "-LOADING"), strings.HasPrefix(line, "-MASTERDOWN"), strings.HasPrefix(line, "-MISCONF"):
		s.facts.Stranger = unknown("PING: %s", line)
	default:
		return false, errOther
	}
	s.facts.recognised("redis", ByAnswer)
	s.facts.Product, s.facts.Kind = "Redis", Store
	s.facts.seen("PING: %s", line)
	return true, nil
}

func protocolMemcached() protocol {
	return protocol{name: "memcached", ports: []uint16{11211}, play: playMemcached, signs: func(b []byte) bool { return string(short(b, 7)) == "ERROR\r\n" }}
}

// parseMemcached reads "VERSION 1.6.18" (memcached, protocol.txt).
func parseMemcached(b []byte) (string, error) {
	v, ok := strings.CutPrefix(clean(string(b)), "VERSION ")
	if !ok {
		return "", errOther
	}
	return v, nil
}

func playMemcached(s *session) (bool, error) {
	got, err := s.ask([]byte("version\r\n"), func(b []byte) bool { return bytes.HasSuffix(b, []byte("\n")) })
	if err != nil {
		return false, err
	}
	version, err := parseMemcached(got)
	if err != nil {
		return false, err
	}
	s.facts.memcached(version)
	return true, nil
}

func (f *Facts) memcached(version string) {
	f.recognised("memcached", ByAnswer)
	f.Product, f.Version, f.Kind = "memcached", version, Store
	f.Stranger = yes("version: VERSION %s", version)
	f.seen("version: VERSION %s", version)
}

// playMemcachedUDP asks for the version in one datagram, with the eight bytes of frame header (memcached, protocol.txt: UDP protocol).
func playMemcachedUDP(s *session) (bool, error) {
	question := []byte("\x00\x01\x00\x00\x00\x01\x00\x00version\r\n")
	answers, err := s.datagram(question, 1)
	if err != nil {
		return false, err
	}
	if len(answers[0]) < 8 {
		return false, errShort
	}
	version, err := parseMemcached(answers[0][8:])
	if err != nil {
		return false, err
	}
	s.facts.memcached(version)
	s.facts.reflect("memcached version", question, answers)
	return true, nil
}

func protocolCassandra() protocol {
	return protocol{name: "cassandra", ports: []uint16{9042}, play: playCassandra}
}

// parseCassandra reads the answer to OPTIONS (CQL binary protocol 4.2.4): response version, then opcode SUPPORTED or ERROR.
func parseCassandra(b []byte) error {
	if len(b) < 9 {
		return errShort
	}
	if b[0]&0x80 == 0 || b[0]&0x7f > 5 || (b[4] != 6 && b[4] != 0) {
		return errOther
	}
	return nil
}

func playCassandra(s *session) (bool, error) {
	got, err := s.ask([]byte{4, 0, 0, 0, 5, 0, 0, 0, 0}, lengthAt(5, 4, 9))
	if err != nil {
		return false, err
	}
	if err := parseCassandra(got); err != nil {
		return false, err
	}
	s.facts.recognised("cassandra", ByAnswer)
	s.facts.Product, s.facts.Kind = "Cassandra", Store
	s.facts.Stranger = unknown("accounts were not tried")
	s.facts.seen("OPTIONS: opcode %d", got[4])
	return true, nil
}
