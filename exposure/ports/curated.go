package ports

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Port is one port worth asking on an address of the internet, and why.
type Port struct {
	Number    uint16
	Transport string // "tcp" or "udp"
	Protocol  string // what usually listens there, in the words of package service
	Stage     Stage
	FR, EN    string // why it matters
}

// Stage tells of which addresses a port is asked. The further an address shows life, the more it is asked.
type Stage string

const (
	First  Stage = "first"  // of every address, to tell who is there
	Always Stage = "always" // also of an address that answered nothing: a firewall may let through this port alone
	Known  Stage = "known"  // of an address known to be there
)

//go:embed curated.txt
var curatedText string

var curated = sync.OnceValues(func() ([]Port, error) { return parse(curatedText) })

// Curated is the list of ports that matter, in the order they are asked. The caller owns it.
func Curated() []Port {
	list, err := curated()
	if err != nil {
		panic(err) // the text is part of the program, and a test reads it
	}
	return append([]Port(nil), list...)
}

// All is every TCP port; those of [Curated] keep their stage and their reason.
func All() []Port {
	list := Curated()
	known := map[uint16]bool{}
	for _, p := range list {
		if p.Transport == "tcp" {
			known[p.Number] = true
		}
	}
	for n := 1; n <= 65535; n++ {
		if !known[uint16(n)] {
			list = append(list, Port{Number: uint16(n), Transport: "tcp", Stage: Known})
		}
	}
	return list
}

func parse(text string) ([]Port, error) {
	var list []Port
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, " | ")
		if len(fields) != 6 {
			return nil, fmt.Errorf("list of ports, line %d: %d fields instead of 6", i+1, len(fields))
		}
		n, err := strconv.ParseUint(fields[0], 10, 16)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("list of ports, line %d: %q is no port", i+1, fields[0])
		}
		p := Port{Number: uint16(n), Transport: fields[1], Protocol: fields[2], Stage: Stage(fields[3]), FR: fields[4], EN: fields[5]}
		if p.Transport != "tcp" && p.Transport != "udp" {
			return nil, fmt.Errorf("list of ports, line %d: transport %q", i+1, p.Transport)
		}
		if p.Stage != First && p.Stage != Always && p.Stage != Known {
			return nil, fmt.Errorf("list of ports, line %d: stage %q", i+1, p.Stage)
		}
		if key := p.Transport + fields[0]; seen[key] {
			return nil, fmt.Errorf("list of ports, line %d: %s twice", i+1, key)
		} else {
			seen[key] = true
		}
		list = append(list, p)
	}
	return list, nil
}
