package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	wire "github.com/miekg/dns"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// Direct asks one question of a name server of the perimeter itself, without recursion unless asked for, at the audit's pace: by UDP,
// then by TCP for what UDP cut. The message may be a refusal; see [Rcode].
func Direct(ctx context.Context, dialer *reach.Dialer, server perimeter.Target, name string, qtype uint16, recursive bool) (*wire.Msg, error) {
	return direct(ctx, dialer, server, newQuery(fqdn(name), qtype, recursive))
}

// Version asks a name server for the version it tells (version.bind, class CHAOS). The text is a claim.
func Version(ctx context.Context, dialer *reach.Dialer, server perimeter.Target) (string, error) {
	q := newQuery("version.bind.", TypeTXT, false)
	q.Question[0].Qclass = wire.ClassCHAOS
	m, err := direct(ctx, dialer, server, q)
	if err != nil {
		return "", err
	}
	for _, rr := range m.Answer {
		if txt, ok := rr.(*wire.TXT); ok && len(txt.Txt) > 0 {
			text := unescape(txt.Txt[0])
			return text[:min(len(text), 200)], nil
		}
	}
	return "", nil
}

// direct sends a query, and again without extensions to a server too old to know them.
func direct(ctx context.Context, dialer *reach.Dialer, server perimeter.Target, query *wire.Msg) (*wire.Msg, error) {
	m, err := once(ctx, dialer, server, query)
	if err == nil && tooOld(m) {
		m, err = once(ctx, dialer, server, withoutExtensions(query))
	}
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("ask %s: %w", server, err)
	}
	return m, err
}

func once(ctx context.Context, dialer *reach.Dialer, server perimeter.Target, query *wire.Msg) (*wire.Msg, error) {
	packed, err := query.Pack()
	if err != nil {
		return nil, err
	}
	answers, err := dialer.Exchange(ctx, server, packed, 1)
	if err == nil {
		m, err := answerTo(query, answers[0])
		if err != nil {
			return nil, err
		}
		if !needsStream(m) {
			return m, nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	conn, dialErr := dialer.Dial(ctx, server)
	if dialErr != nil {
		return nil, errors.Join(err, dialErr)
	}
	defer conn.Close()
	return overStream(conn, query, packed)
}

// Transfer is what a name server did when asked for a whole zone.
type Transfer struct {
	Open     bool   `json:"open"`           // it began to give the zone to a stranger
	Complete bool   `json:"complete"`       // to the end: the start of authority came a second time
	Records  int    `json:"records"`        // given before the audit stopped reading
	Code     string `json:"code,omitempty"` // of a refusal: "REFUSED", "NOTAUTH"…
	Serial   uint32 `json:"serial,omitempty"`
}

// maxTransfer is how many records are read of a zone that is given away. They are counted and forgotten.
const maxTransfer = 20_000

// AskTransfer asks a name server for the whole of zone (AXFR, RFC 5936) and stops as soon as the answer is clear. Only the start of
// authority followed by a record that is not one, or by itself again at the end, counts as given.
func AskTransfer(ctx context.Context, dialer *reach.Dialer, server perimeter.Target, zone string) (Transfer, error) {
	query := new(wire.Msg)
	query.SetAxfr(fqdn(zone))
	packed, err := query.Pack()
	if err != nil {
		return Transfer{}, fmt.Errorf("ask %s for zone %s: %w", server, zone, err)
	}
	conn, err := dialer.Dial(ctx, server)
	if err != nil {
		return Transfer{}, err
	}
	defer conn.Close()
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)); err != nil {
		return Transfer{}, fmt.Errorf("ask %s for zone %s: %w", server, zone, err)
	}
	t, err := readTransfer(conn, query)
	if err != nil && !t.Open {
		return t, fmt.Errorf("ask %s for zone %s: %w", server, zone, err)
	}
	return t, nil
}

// readTransfer reads the messages of a transfer. A stream that breaks off after a part was given is an open transfer all the same.
func readTransfer(r io.Reader, query *wire.Msg) (t Transfer, err error) {
	origin := fqdn(query.Question[0].Name)
	for first := true; t.Records < maxTransfer; first = false {
		frame, err := readFrame(r)
		if err != nil {
			return t, err
		}
		m := new(wire.Msg)
		if err := m.Unpack(frame); err != nil {
			return t, fmt.Errorf("read the transfer: %w", err)
		}
		if !m.Response || m.Id != query.Id {
			return t, errForeign
		}
		if m.Rcode != wire.RcodeSuccess || first && len(m.Answer) == 0 {
			t.Code = wire.RcodeToString[m.Rcode]
			return t, nil
		}
		if len(m.Answer) == 0 {
			return t, nil // a message of nothing: enough was seen
		}
		for _, rr := range m.Answer {
			soa, isSOA := rr.(*wire.SOA)
			switch {
			case t.Records == 0 && (!isSOA || fqdn(soa.Hdr.Name) != origin):
				return t, errors.New("read the transfer: it does not begin with the zone's start of authority")
			case t.Records == 0:
				t.Serial = soa.Serial
			case isSOA && fqdn(soa.Hdr.Name) == origin:
				t.Records++
				t.Open, t.Complete = true, true
				return t, nil
			default:
				t.Open = true
			}
			t.Records++
		}
	}
	return t, nil
}

// Rcode names the code of a message: "NOERROR", "REFUSED"…
func Rcode(m *wire.Msg) string { return wire.RcodeToString[m.Rcode] }

// NewAnswer reads the records of a type at name out of a message that a name server itself gave; no alias is followed.
func NewAnswer(m *wire.Msg, name string, qtype uint16) *Answer {
	a := &Answer{Name: Plain(name), Outcome: NoData}
	if m.Rcode == wire.RcodeNameError {
		a.Outcome = NoName
	}
	if set := group(m.Answer).find(fqdn(name), qtype); set != nil {
		a.Outcome, a.Records, a.TTL = Data, sorted(set.records), set.ttl()
	}
	return a
}
