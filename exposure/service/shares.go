package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Shared files and printers.

func protocolRPCBind() protocol {
	return protocol{name: "rpcbind", ports: []uint16{111}, play: playRPCBind}
}

// Programs of ONC RPC (RFC 5531 8.2 and IANA's list).
const (
	rpcPortmap = 100000
	rpcNFS     = 100003
	rpcMount   = 100005
)

// rpcCall is a call without credentials (RFC 5531 9).
func rpcCall(program, version, procedure uint32) []byte {
	var b []byte
	for _, word := range []uint32{0x68796769, 0, 2, program, version, procedure, 0, 0, 0, 0} {
		b = binary.BigEndian.AppendUint32(b, word)
	}
	return b
}

// rpcResult strips the header of an accepted and successful answer.
func rpcResult(b []byte) ([]byte, error) {
	if len(b) < 24 {
		return nil, errShort
	}
	if binary.BigEndian.Uint32(b) != 0x68796769 || binary.BigEndian.Uint32(b[4:]) != 1 {
		return nil, errOther
	}
	if binary.BigEndian.Uint32(b[8:]) != 0 {
		return nil, fmt.Errorf("the call is denied")
	}
	verifier := binary.BigEndian.Uint32(b[16:])
	if verifier > 400 || int(verifier) > len(b)-24 {
		return nil, errShort
	}
	rest := b[20+verifier:]
	if status := binary.BigEndian.Uint32(rest); status != 0 {
		return nil, fmt.Errorf("the call is not served: status %d", status)
	}
	return rest[4:], nil
}

// mapping is one line of a port mapper's list (RFC 1833 3.1).
type mapping struct{ program, version, transport, port uint32 }

func parseMappings(b []byte) ([]mapping, error) {
	var list []mapping
	for {
		if len(b) < 4 {
			return list, errShort
		}
		if binary.BigEndian.Uint32(b) == 0 {
			return list, nil
		}
		if len(b) < 20 || len(list) == 1000 {
			return list, errShort
		}
		list = append(list, mapping{binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:]), binary.BigEndian.Uint32(b[16:])})
		b = b[20:]
	}
}

// xdrText reads one text (RFC 4506 4.11).
func xdrText(b []byte) (text string, rest []byte, err error) {
	if len(b) < 4 {
		return "", nil, errShort
	}
	n := binary.BigEndian.Uint32(b)
	padded := (uint64(n) + 3) &^ 3
	if n > 4096 || padded > uint64(len(b)-4) {
		return "", nil, fmt.Errorf("text of %d bytes in %d: %w", n, len(b)-4, errShort)
	}
	return clean(string(b[4 : 4+n])), b[4+padded:], nil
}

// parseExports reads a list of exported folders, each with who may mount it; nobody named means everybody (RFC 1813 5.2.5).
func parseExports(b []byte) ([]string, error) {
	var list []string
	next := func() (bool, error) {
		if len(b) < 4 {
			return false, errShort
		}
		more := binary.BigEndian.Uint32(b) != 0
		b = b[4:]
		return more, nil
	}
	for len(list) < 500 {
		more, err := next()
		if err != nil || !more {
			return list, err
		}
		var folder string
		if folder, b, err = xdrText(b); err != nil {
			return list, err
		}
		var groups []string
		for len(groups) < 500 {
			more, err := next()
			if err != nil {
				return list, err
			}
			if !more {
				break
			}
			var group string
			if group, b, err = xdrText(b); err != nil {
				return list, err
			}
			groups = append(groups, group)
		}
		if groups == nil {
			groups = []string{"*"}
		}
		list = append(list, folder+" "+strings.Join(groups, ","))
	}
	return list, fmt.Errorf("more than 500 exports")
}

// rpcTCP plays one call over TCP, where a message follows its length and a mark for the last fragment (RFC 5531 11).
func (s *session) rpcTCP(port uint16, call []byte) ([]byte, error) {
	there := *s
	there.target = s.target.At(port)
	record := append(binary.BigEndian.AppendUint32(nil, 0x80000000|uint32(len(call))), call...)
	got, err := there.ask(record, func(b []byte) bool {
		return len(b) >= 4 && uint64(len(b)-4) >= uint64(binary.BigEndian.Uint32(b)&0x7fffffff)
	})
	if err != nil {
		return nil, err
	}
	if len(got) < 4 {
		return nil, errShort
	}
	return rpcResult(got[4:])
}

// playRPCBind lists the programs, then, if a mount service is among them, the exported folders: the same lists that rpcinfo and showmount show.
func playRPCBind(s *session) (bool, error) {
	result, err := s.rpcTCP(s.target.Address().Port(), rpcCall(rpcPortmap, 2, 4))
	if err != nil {
		return false, err
	}
	list, err := s.programs(result)
	if err != nil {
		return false, err
	}
	for _, m := range list {
		if m.program == rpcMount && m.transport == 6 && m.port > 0 && m.port < 65536 {
			if result, err := s.rpcTCP(uint16(m.port), rpcCall(rpcMount, m.version, 5)); err == nil {
				s.facts.Shares, _ = parseExports(result)
			}
			break
		}
	}
	return true, nil
}

func playRPCBindUDP(s *session) (bool, error) {
	question := rpcCall(rpcPortmap, 2, 4)
	answers, err := s.datagram(question, 1)
	if err != nil {
		return false, err
	}
	result, err := rpcResult(answers[0])
	if err != nil {
		return false, err
	}
	if _, err := s.programs(result); err != nil {
		return false, err
	}
	s.facts.reflect("list of programs", question, answers)
	return true, nil
}

// programs keeps the list of a port mapper, as far as it can be read.
func (s *session) programs(result []byte) ([]mapping, error) {
	list, err := parseMappings(result)
	if err != nil && len(list) == 0 {
		return nil, err
	}
	s.facts.recognised("rpcbind", ByAnswer)
	names := map[uint32]string{rpcPortmap: "portmapper", rpcNFS: "nfs", rpcMount: "mountd", 100021: "nlockmgr", 100024: "status", 100004: "ypserv", 100227: "nfs_acl"}
	var seen []string
	for _, m := range list {
		name := names[m.program]
		if name == "" {
			name = fmt.Sprint(m.program)
		}
		seen = append(seen, name)
	}
	slices.Sort(seen)
	s.facts.seen("programs: %s", strings.Join(slices.Compact(seen), ", "))
	return list, nil
}

func protocolNFS() protocol {
	return protocol{name: "nfs", ports: []uint16{2049}, play: func(s *session) (bool, error) {
		// The null procedure does nothing and answers (RFC 1813 3.3.0); version 4 alone refuses version 3 with the range it serves.
		_, err := s.rpcTCP(s.target.Address().Port(), rpcCall(rpcNFS, 3, 0))
		if err != nil && !strings.Contains(err.Error(), "not served") {
			return false, err
		}
		s.facts.recognised("nfs", ByAnswer)
		s.facts.seen("NFS null call answered")
		return true, nil
	}}
}

func protocolRsync() protocol {
	return protocol{name: "rsync", ports: []uint16{873}, play: playRsync, signs: prefixed("@RSYNCD:")}
}

// parseRsync reads the list of modules: a name, a tab, a comment.
func parseRsync(b []byte) (modules []string, done bool) {
	for line := range strings.SplitSeq(string(b), "\n") {
		if strings.HasPrefix(line, "@RSYNCD: EXIT") {
			return modules, true
		}
		if name, _, found := strings.Cut(line, "\t"); found && len(modules) < 500 && !strings.HasPrefix(line, "@") {
			modules = append(modules, clean(name))
		}
	}
	return modules, false
}

// playRsync asks for the list of modules, which is public by nature, and opens none of them.
func playRsync(s *session) (bool, error) {
	t, line, err := s.greeting()
	if err != nil {
		return false, err
	}
	defer t.close()
	if !strings.HasPrefix(line, "@RSYNCD: ") {
		return false, errOther
	}
	s.facts.recognised("rsync", ByGreeting)
	version, _, _ := strings.Cut(strings.TrimPrefix(line, "@RSYNCD: "), " ")
	s.facts.Product, s.facts.Version = "rsync", clean(version)
	s.facts.seen("%s", line)
	s.facts.Stranger = unknown("modules were listed, none was opened")
	if err := t.send([]byte("@RSYNCD: 31.0\n#list\n")); err != nil {
		return true, nil
	}
	got, _ := t.receive(s.options.Answer, func(b []byte) bool { return bytes.Contains(b, []byte("@RSYNCD: EXIT")) })
	s.facts.Shares, _ = parseRsync(got)
	s.facts.seen("modules: %s", strings.Join(s.facts.Shares, ", "))
	return true, nil
}

func protocolIPP() protocol {
	return protocol{name: "ipp", ports: []uint16{631}, play: func(s *session) (bool, error) {
		ok, err := playHTTP(s)
		if ok {
			s.facts.recognised("ipp", ByAnswer)
			s.facts.Kind = Printing
		}
		return ok, err
	}}
}

func protocolLPD() protocol {
	return protocol{name: "lpd", ports: []uint16{515}, play: func(s *session) (bool, error) {
		// The short list of a queue (RFC 1179 5.3) prints nothing.
		got, err := s.ask([]byte("\x03lp\n"), anything)
		if err != nil {
			return false, err
		}
		s.facts.recognised("lpd", ByAnswer)
		s.facts.Kind = Printing
		s.facts.seen("queue lp: %s", short(got, 80))
		return true, nil
	}}
}

// protocolJetDirect prints whatever it receives: nothing is sent.
func protocolJetDirect() protocol {
	return protocol{name: "jetdirect", ports: []uint16{9100, 9101, 9102}, mute: true}
}
