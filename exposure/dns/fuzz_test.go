package dns_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
)

// Whatever a resolver answers to one question, under a sound chain, the client ends, and believes nothing that is not signed.
func FuzzHostileAnswer(f *testing.F) {
	base := play(f, nil)
	ask := func(name string, qtype uint16) []byte {
		q := new(wire.Msg).SetQuestion(name, qtype)
		m, err := base.Exchange(context.Background(), netip.AddrPort{}, q)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil // not on the tape: another denial had answered it
		}
		if err != nil {
			f.Fatal(err)
		}
		packed, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		return packed
	}
	for _, p := range proofs[:20] {
		if packed := ask(p.name+".", p.qtype); packed != nil {
			f.Add(packed)
		}
	}
	honest := ask("nsec.lab.test.", wire.TypeA)
	if honest == nil {
		f.Fatal("the honest answer is not on the tape")
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		config := base
		config.Now = func() time.Time { return now }
		config.Exchange = func(ctx context.Context, server netip.AddrPort, q *wire.Msg) (*wire.Msg, error) {
			if q.Question[0].Name != "nsec.lab.test." || q.Question[0].Qtype != wire.TypeA {
				return base.Exchange(ctx, server, q)
			}
			m := new(wire.Msg)
			if err := m.Unpack(packed); err != nil {
				return nil, err
			}
			return m, nil
		}
		got, err := dns.New(config).Ask(t.Context(), "nsec.lab.test", dns.TypeA)
		if err != nil || got.Proof.Security != dns.Secure || got.Outcome != dns.Data || len(got.Aliases) > 0 {
			return
		}
		if addresses := got.Addresses(); len(addresses) != 1 || addresses[0].String() != "192.0.2.1" {
			t.Errorf("believed %v (honest answer: %t)", addresses, bytes.Equal(packed, honest))
		}
	})
}

func FuzzReadAnchors(f *testing.F) {
	f.Add([]byte("lab.test. IN DS 1 13 2 571EE5F8CE169C71BD168D142E99EBFD794DCBE388FBA89ABF7F3D3EB13D5EC8"))
	f.Add([]byte("$GENERATE 1-9 a$ DS 1 13 2 00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if list, err := dns.ReadAnchors(bytes.NewReader(text), "fuzz"); err == nil && len(list) == 0 {
			t.Error("no anchor and no error")
		}
	})
}
