package dns

import (
	"context"
	"strings"

	wire "github.com/miekg/dns"
)

// alias reads where a message sends a name on: by CNAME, signed itself or made from a signed DNAME (RFC 6672).
func (c *Client) alias(ctx context.Context, m *reply, at string) (target string, proof Proof, ok bool, err error) {
	set := m.answer.find(at, TypeCNAME)
	if set == nil {
		return "", Proof{}, false, nil
	}
	record, ok := set.records[0].(*wire.CNAME)
	if !ok {
		return "", Proof{}, false, nil
	}
	target = wire.CanonicalName(record.Target)
	if len(set.signatures) == 0 {
		for _, above := range m.answer {
			if above.qtype != wire.TypeDNAME || len(above.records) == 0 || above.name == at || !within(above.name, at) {
				continue
			}
			d, isDNAME := above.records[0].(*wire.DNAME)
			if !isDNAME || strings.TrimSuffix(at, above.name)+wire.CanonicalName(d.Target) != target {
				continue
			}
			proof, err = c.proveSet(ctx, above, m)
			return target, proof, true, err
		}
	}
	proof, err = c.proveSet(ctx, set, m)
	return target, proof, true, err
}
