package distname

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math"
	"strings"

	"hygie/directory/model/internal/index"
)

// Tree is the tree of distinguished names (RFC 4514 2). Node 0 is the root, "". Each other node is one relative name under its parent,
// stored once in the spelling first met. Nodes exist for objects, for their ancestors and for names that links point to.
type Tree struct {
	Parent []uint32 // length = nodes
	hash   []uint32 // of (parent, key), to find collisions and to grow the index without the text
	start  []uint32 // length = nodes+1; text[start[n]:start[n+1]] is the relative name of n
	text   []byte
	index  index.Table
	seed   maphash.Seed

	parents map[string]uint32 // spelling of a container -> node: most names share their container with another
	key     []byte            // scratch
	other   []byte            // scratch
}

// parentCache bounds the memory of Tree.parents.
const parentCache = 1 << 15

// NewTree gives a tree of the root alone (RFC 4514 2).
func NewTree() *Tree {
	return &Tree{
		Parent:  []uint32{0},
		hash:    []uint32{0},
		start:   []uint32{0, 0},
		seed:    maphash.MakeSeed(),
		parents: make(map[string]uint32),
	}
}

// Len gives the number of nodes.
func (n *Tree) Len() int { return len(n.Parent) }

// RDN gives the relative name of a node, in the spelling first met. It must not be changed.
func (n *Tree) RDN(node uint32) []byte { return n.text[n.start[node]:n.start[node+1]] }

// Node gives the node of a name, made when missing.
func (n *Tree) Node(dn string) (uint32, error) {
	if err := checkDN(dn); err != nil {
		return 0, err
	}
	return n.walk(dn, true)
}

// Find gives the node of a name without changing the tree; it may be called by several goroutines once the tree is frozen.
func (n *Tree) Find(dn string) (uint32, bool) {
	if checkDN(dn) != nil {
		return 0, false
	}
	reader := Tree{Parent: n.Parent, hash: n.hash, start: n.start, text: n.text, index: n.index, seed: n.seed}
	node, err := reader.walk(dn, false)
	return node, err == nil
}

var errUnknown = fmt.Errorf("not in the directory")

func (n *Tree) walk(dn string, create bool) (uint32, error) {
	rdn, rest := CutRDN(dn)
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

func (n *Tree) child(up uint32, rdn string, create bool) (uint32, error) {
	var err error
	if n.key, err = AppendRDNKey(n.key[:0], rdn); err != nil {
		return 0, err
	}
	h := n.hashOf(up, n.key)
	if found, ok := n.index.Find(h, func(i uint32) bool {
		return n.hash[i] == h && n.Parent[i] == up && (string(n.RDN(i)) == rdn || n.same(i, n.key))
	}); ok {
		return found, nil
	}
	if !create {
		return 0, errUnknown
	}
	rdn = trimRDN(rdn)
	if uint64(len(n.text))+uint64(len(rdn)) > math.MaxUint32 || len(n.Parent) >= math.MaxUint32-1 {
		return 0, errTooManyDNs
	}
	node := uint32(len(n.Parent))
	n.Parent = append(n.Parent, up)
	n.hash = append(n.hash, h)
	n.text = append(n.text, rdn...)
	n.start = append(n.start, uint32(len(n.text)))
	n.index.Add(h, node, func(i uint32) uint32 { return n.hash[i] })
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

func (n *Tree) hashOf(up uint32, key []byte) uint32 {
	h := maphash.Bytes(n.seed, key)
	h ^= uint64(up) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	return uint32(h * 0xBF58476D1CE4E5B9 >> 32)
}

// same tells whether the relative name of a node has a key.
func (n *Tree) same(node uint32, key []byte) bool {
	n.other, _ = AppendRDNKey(n.other[:0], n.RDN(node)) // stored names were read before
	return bytes.Equal(n.other, key)
}

// AppendDN appends the whole name of a node.
func (n *Tree) AppendDN(dst []byte, node uint32) []byte {
	for first := true; node != 0; node = n.Parent[node] {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, n.RDN(node)...)
	}
	return dst
}

// Freeze drops what only building needs.
func (n *Tree) Freeze() {
	n.parents, n.key, n.other = nil, nil, nil
}
