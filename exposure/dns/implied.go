package dns

import (
	"slices"
	"sync"
	"time"

	wire "github.com/miekg/dns"
)

// implied remembers the denials that zones proved with NSEC, and answers from them the questions that they deny as well (RFC 8198 section
// 5.1): whoever has shown that nothing lies between two names need not be asked for each of the names between. Denials with
// NSEC3 are not used: they may leave unsigned zones out, and each question would cost its hashes.
type implied struct {
	mu    sync.Mutex
	zones map[string]*denied
}

// denied is what one zone proved.
type denied struct {
	authority *rrset // its start of authority, as it came with the denials
	spans     []span
}

// span is a signed NSEC whose signature held, and until when it may be used.
type span struct {
	set   *rrset
	until time.Time
}

// Bounds of what is remembered. A sound zone of an establishment has fewer names.
const (
	maxSpans   = 64 // of a zone
	maxImplied = 4096
)

// implies tells the types of which a denial may be taken from another question's: those that are asked for what they say. That a server
// fails to answer for CAA or TLSA is a finding of its own, invented names are asked with A to see how a zone denies, and
// DS and DNSKEY belong to the chain itself.
func implies(qtype uint16) bool {
	switch qtype {
	case TypeTXT, TypeAAAA, TypeMX, wire.TypeNSEC3PARAM:
		return true
	}
	return false
}

// keep remembers a denial whose signature held. The message it came in must name the zone's start of authority.
func (i *implied) keep(zone string, set *rrset, m *reply, now time.Time) {
	authority := m.authority.find(zone, TypeSOA)
	if set.qtype != wire.TypeNSEC || authority == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	d := i.zones[zone]
	if d == nil {
		if i.zones == nil || len(i.zones) >= maxImplied {
			i.zones = map[string]*denied{}
		}
		d = &denied{authority: authority}
		i.zones[zone] = d
	}
	next := span{set, now.Add(time.Duration(min(set.ttl(), authority.ttl())) * time.Second)}
	if at := slices.IndexFunc(d.spans, func(s span) bool { return s.set.name == set.name }); at >= 0 {
		d.spans[at] = next
	} else if len(d.spans) < maxSpans {
		d.spans = append(d.spans, next)
	}
}

// answer is what the deepest zone around name that denied anything would answer, nil where its denials do not tell. The records in it
// are judged again by whoever reads it, like those of any message.
func (i *implied) answer(name string, qtype uint16, now time.Time) *reply {
	if !implies(qtype) {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for at := name; at != "."; at = parent(at) {
		if d := i.zones[at]; d != nil {
			return d.answer(at, name, qtype, now)
		}
	}
	return nil
}

func (d *denied) answer(zone, name string, qtype uint16, now time.Time) *reply {
	known := &denial{zone: zone}
	sets := rrsets{d.authority}
	for _, s := range d.spans {
		if now.Before(s.until) {
			sets = append(sets, s.set)
			for _, rr := range s.set.records {
				known.add(rr)
			}
		}
	}
	message := new(wire.Msg)
	if bitmap, found := known.at(name); found {
		if !lacks(bitmap, qtype, name) {
			return nil
		}
	} else if ok, _ := known.noName(name); ok {
		message.Rcode = wire.RcodeNameError
	} else if !known.emptyNode(name) {
		return nil
	}
	return &reply{message: message, authority: sets}
}
