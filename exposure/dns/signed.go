package dns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	wire "github.com/miekg/dns"
)

// What a signature is made over: its own record without the signature, then the records of the set in their canonical form and order
// (RFC 4034 sections 3.1.8.1 and 6). Both are built from the packed form of the records, in buffers that serve again.

// scratch holds the signed data of one set while its signature is checked.
type scratch struct {
	data    []byte
	packed  []byte
	records [][]byte // rdata of each record, within packed
}

var scratches = sync.Pool{New: func() any { return &scratch{packed: make([]byte, 0, 1024)} }}

var (
	errSignature = errors.New("the signature does not hold")
	errLabels    = errors.New("the signature was made over a longer name")
	errKey       = errors.New("the key cannot be read")
	errAlgorithm = errors.New("the algorithm is not known here")
	errRecord    = errors.New("a record without an end")
)

// signedData gives the bytes that sig must be a signature of. They are valid until the next call.
func (s *scratch) signedData(set *rrset, sig *wire.RRSIG) ([]byte, error) {
	labels := wire.CountLabel(set.name)
	if labels < int(sig.Labels) {
		return nil, errLabels
	}
	owner := set.name
	if labels > int(sig.Labels) { // made over a wildcard
		owner = wildcard(lastLabels(owner, int(sig.Labels)))
	}
	var name [256]byte
	length, err := wire.PackDomainName(owner, name[:], 0, nil, false)
	if err != nil {
		return nil, err
	}
	if err := s.pack(set); err != nil {
		return nil, err
	}
	if err := s.begin(sig); err != nil {
		return nil, err
	}
	for i, rdata := range s.records {
		if i > 0 && bytes.Equal(rdata, s.records[i-1]) {
			continue
		}
		s.data = append(s.data, name[:length]...)
		s.data = binary.BigEndian.AppendUint16(s.data, set.qtype)
		s.data = binary.BigEndian.AppendUint16(s.data, wire.ClassINET)
		s.data = binary.BigEndian.AppendUint32(s.data, sig.OrigTtl)
		s.data = binary.BigEndian.AppendUint16(s.data, uint16(len(rdata)))
		s.data = append(s.data, rdata...)
	}
	return s.data, nil
}

// begin starts the data with the signature's own record.
func (s *scratch) begin(sig *wire.RRSIG) error {
	s.data = binary.BigEndian.AppendUint16(s.data[:0], sig.TypeCovered)
	s.data = append(s.data, sig.Algorithm, sig.Labels)
	s.data = binary.BigEndian.AppendUint32(s.data, sig.OrigTtl)
	s.data = binary.BigEndian.AppendUint32(s.data, sig.Expiration)
	s.data = binary.BigEndian.AppendUint32(s.data, sig.Inception)
	s.data = binary.BigEndian.AppendUint16(s.data, sig.KeyTag)
	var name [256]byte
	length, err := wire.PackDomainName(wire.CanonicalName(sig.SignerName), name[:], 0, nil, false)
	s.data = append(s.data, name[:length]...)
	return err
}

// pack fills records with the canonical rdata of the set, in canonical order.
func (s *scratch) pack(set *rrset) error {
	need := 0
	for _, rr := range set.records {
		need += wire.Len(rr) + 1
	}
	s.packed, s.records = slices.Grow(s.packed[:0], need)[:need], s.records[:0]
	at := 0
	for _, rr := range set.records {
		end, err := wire.PackRR(rr, s.packed, at, nil, false)
		if err != nil {
			return err
		}
		owner, err := nameLength(s.packed[at:end])
		if err != nil {
			return err
		}
		begin := at + owner + 10 // type, class, time to live, length
		if begin > end {
			return errRecord
		}
		rdata := s.packed[begin:end]
		lowerNames(set.qtype, rdata)
		s.records, at = append(s.records, rdata), end
	}
	slices.SortFunc(s.records, bytes.Compare)
	return nil
}

// lowerNames puts the names within rdata in lower case, for the types of RFC 4034 section 6.2 (3) as RFC 6840 section 5.1 mends it.
func lowerNames(qtype uint16, rdata []byte) {
	skip, names := 0, 1
	switch qtype {
	case TypeNS, TypeCNAME, TypePTR, wire.TypeDNAME, wire.TypeMB, wire.TypeMD, wire.TypeMF, wire.TypeMG, wire.TypeMR:
	case TypeSOA, wire.TypeMINFO, wire.TypeRP:
		names = 2
	case TypeMX, wire.TypeRT, wire.TypeKX, wire.TypeAFSDB:
		skip = 2
	case wire.TypePX:
		skip, names = 2, 2
	case wire.TypeSRV:
		skip = 6
	case wire.TypeSIG:
		skip = 18
	case wire.TypeNAPTR: // two numbers and three texts
		skip = 4
		for range 3 {
			if skip >= len(rdata) {
				return
			}
			skip += 1 + int(rdata[skip])
		}
	default:
		return
	}
	for ; names > 0; names-- {
		for skip < len(rdata) && rdata[skip] != 0 {
			end := min(skip+1+int(rdata[skip]), len(rdata))
			for i := skip + 1; i < end; i++ {
				rdata[i] = lower(rdata[i])
			}
			skip = end
		}
		skip++
	}
}

// nameLength is the length of the name that packed begins with.
func nameLength(packed []byte) (int, error) {
	for at := 0; at < len(packed); at += 1 + int(packed[at]) {
		if packed[at] == 0 {
			return at + 1, nil
		}
	}
	return 0, errRecord
}

// lastLabels is the end of name that has n labels.
func lastLabels(name string, n int) string {
	starts := wire.Split(name)
	if n == 0 {
		return "."
	}
	return name[starts[len(starts)-n]:]
}
