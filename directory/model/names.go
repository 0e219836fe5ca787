package model

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math"
	"strings"
)

// names is the tree of distinguished names. Node 0 is the root, "". Each other node is one relative name under its parent,
// stored once in the spelling first met. Nodes exist for objects, for their ancestors and for names that links point to.
type names struct {
	parent []uint32 // length = nodes
	hash   []uint32 // of (parent, key), to find collisions and to grow the index without the text
	start  []uint32 // length = nodes+1; text[start[n]:start[n+1]] is the relative name of n
	text   []byte
	index  index
	seed   maphash.Seed

	parents map[string]uint32 // spelling of a container -> node: most names share their container with another
	key     []byte            // scratch
	other   []byte            // scratch
}

// parentCache bounds the memory of names.parents.
const parentCache = 1 << 15

func newNames() *names {
	return &names{
		parent:  []uint32{0},
		hash:    []uint32{0},
		start:   []uint32{0, 0},
		seed:    maphash.MakeSeed(),
		parents: make(map[string]uint32),
	}
}

func (n *names) len() int { return len(n.parent) }

func (n *names) rdn(node uint32) []byte { return n.text[n.start[node]:n.start[node+1]] }

// node gives the node of a name, made when missing.
func (n *names) node(dn string) (uint32, error) {
	if err := checkDN(dn); err != nil {
		return 0, err
	}
	return n.walk(dn, true)
}

// find gives the node of a name without changing the tree; it may be called by several goroutines once the tree is frozen.
func (n *names) find(dn string) (uint32, bool) {
	if checkDN(dn) != nil {
		return 0, false
	}
	reader := names{parent: n.parent, hash: n.hash, start: n.start, text: n.text, index: n.index, seed: n.seed}
	node, err := reader.walk(dn, false)
	return node, err == nil
}

var errUnknown = fmt.Errorf("not in the directory")

func (n *names) walk(dn string, create bool) (uint32, error) {
	rdn, rest := cutRDN(dn)
	var up uint32
	if rest != "" {
		var known bool
		if up, known = n.parents[rest]; !known {
			var err error
			if up, err = n.walk(rest, create); err != nil {
				return 0, err
			}
			if create {
				if len(n.parents) >= parentCache {
					clear(n.parents)
				}
				n.parents[strings.Clone(rest)] = up
			}
		}
	}
	return n.child(up, rdn, create)
}

func (n *names) child(up uint32, rdn string, create bool) (uint32, error) {
	var err error
	if n.key, err = appendRDNKey(n.key[:0], rdn); err != nil {
		return 0, err
	}
	h := n.hashOf(up, n.key)
	if found, ok := n.index.find(h, func(i uint32) bool {
		return n.hash[i] == h && n.parent[i] == up && (string(n.rdn(i)) == rdn || n.same(i, n.key))
	}); ok {
		return found, nil
	}
	if !create {
		return 0, errUnknown
	}
	rdn = trimRDN(rdn)
	if uint64(len(n.text))+uint64(len(rdn)) > math.MaxUint32 || len(n.parent) >= math.MaxUint32-1 {
		return 0, errTooManyDNs
	}
	node := uint32(len(n.parent))
	n.parent = append(n.parent, up)
	n.hash = append(n.hash, h)
	n.text = append(n.text, rdn...)
	n.start = append(n.start, uint32(len(n.text)))
	n.index.add(h, node, func(i uint32) uint32 { return n.hash[i] })
	return node, nil
}

// trimRDN drops the spaces around a relative name that are not part of its value.
func trimRDN(rdn string) string {
	rdn = strings.TrimLeft(rdn, " ")
	trimmed := strings.TrimRight(rdn, " ")
	if strings.HasSuffix(trimmed, `\`) && len(trimmed) < len(rdn) {
		trimmed = rdn[:len(trimmed)+1] // the space was escaped
	}
	return trimmed
}

func (n *names) hashOf(up uint32, key []byte) uint32 {
	h := maphash.Bytes(n.seed, key)
	h ^= uint64(up) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	return uint32(h * 0xBF58476D1CE4E5B9 >> 32)
}

// same tells whether the relative name of a node has a key.
func (n *names) same(node uint32, key []byte) bool {
	n.other, _ = appendRDNKey(n.other[:0], n.rdn(node)) // stored names were read before
	return bytes.Equal(n.other, key)
}

// appendDN appends the whole name of a node.
func (n *names) appendDN(dst []byte, node uint32) []byte {
	for first := true; node != 0; node = n.parent[node] {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, n.rdn(node)...)
	}
	return dst
}

// freeze drops what only building needs.
func (n *names) freeze() {
	n.parents, n.key, n.other = nil, nil, nil
}
