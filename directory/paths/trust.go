package paths

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
)

// Bits of trustDirection and trustAttributes (MS-ADTS 6.1.6.7.12, 6.1.6.7.9).
const (
	trustInbound     = 1 // the partner believes this domain
	trustOutbound    = 2 // this domain believes the partner
	quarantined      = 0x4
	forestTransitive = 0x8
	withinForest     = 0x20
	treatAsExternal  = 0x40
	handsTickets     = 0x800
)

// trusts links the roots of domains that believe each other: those of one forest, those whose trust filters nothing, and those whose
// accounts hand their tickets to servers of the other.
func (b *builder) trusts() {
	roots := make(map[string]Node)
	for _, h := range b.homes {
		if h.info.Root != model.None {
			roots[strings.ToLower(h.info.DNSName)] = Node(h.info.Root)
		}
	}
	for id := range b.dir.OfClass("trustedDomain") {
		partner, _ := b.dir.Text(id, "trustPartner")
		other, ok := roots[strings.ToLower(partner)]
		own := b.homes[b.home[id]].info.Root
		if !ok || own == model.None || other == Node(own) {
			continue
		}
		direction, _ := b.dir.Int(id, "trustDirection")
		attributes, known := b.dir.Int(id, "trustAttributes")
		if attributes&withinForest != 0 {
			if direction&trustOutbound != 0 {
				b.link(other, Node(own), control.SameForest)
			}
			continue
		}
		filtered := attributes&quarantined != 0 || attributes&forestTransitive != 0 && attributes&treatAsExternal == 0
		if direction&trustOutbound != 0 && known && !filtered {
			b.trusted(other, Node(own), control.PrimaryTrust, id)
		}
		if direction&trustInbound != 0 && attributes&handsTickets != 0 {
			b.trusted(other, Node(own), control.TrustDelegation, id)
		}
	}
}

// trusted links two domains by a trust, which is where to undo it.
func (b *builder) trusted(from, to Node, k control.Kind, trust model.ID) {
	w := b.written(from, k, "", trust)
	b.out.Add(b.Network.units[w.unit].node, to, w.label)
}
