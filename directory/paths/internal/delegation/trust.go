package delegation

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
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

// LinkTrusts links the roots of domains that believe each other: those of one forest, those whose trust filters nothing, and those
// whose accounts hand their tickets to servers of the other (MS-ADTS 6.1.6).
func LinkTrusts(b *wiring.Builder) { (&linker{b}).trusts() }

func (b *linker) trusts() {
	roots := make(map[string]graph.Node)
	for _, h := range b.Homes {
		if h.Info.Root != model.None {
			roots[strings.ToLower(h.Info.DNSName)] = graph.Node(h.Info.Root)
		}
	}
	for id := range b.Dir.OfClass("trustedDomain") {
		partner, _ := b.Dir.Text(id, "trustPartner")
		other, ok := roots[strings.ToLower(partner)]
		own := b.Homes[b.Home[id]].Info.Root
		if !ok || own == model.None || other == graph.Node(own) {
			continue
		}
		direction, _ := b.Dir.Int(id, "trustDirection")
		attributes, known := b.Dir.Int(id, "trustAttributes")
		if attributes&withinForest != 0 {
			if direction&trustOutbound != 0 {
				b.Link(other, graph.Node(own), control.SameForest)
			}
			continue
		}
		filtered := attributes&quarantined != 0 || attributes&forestTransitive != 0 && attributes&treatAsExternal == 0
		if direction&trustOutbound != 0 && known && !filtered {
			b.trusted(other, graph.Node(own), control.PrimaryTrust, id)
		}
		if direction&trustInbound != 0 && attributes&handsTickets != 0 {
			b.trusted(other, graph.Node(own), control.TrustDelegation, id)
		}
	}
}

// trusted links two domains by a trust, which is where to undo it.
func (b *linker) trusted(from, to graph.Node, k control.Kind, trust model.ID) {
	w := b.Written(from, k, "", trust)
	b.Out.Add(b.Record.Units[w.Unit].Node, to, w.Label)
}
