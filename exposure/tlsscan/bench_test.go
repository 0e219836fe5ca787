package tlsscan

import (
	"crypto/x509"
	"testing"
)

// BenchmarkVerdict measures our own side of a verdict: the server computes nothing.
func BenchmarkVerdict(b *testing.B) {
	target := listen(b, 0, good(b).serve)
	d := quick()
	roots := x509.NewCertPool()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Probe(b.Context(), d, target, Options{Roots: roots}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(d.Opened())/float64(b.N), "connections/op")
}

// BenchmarkHello measures one ClientHello written and one answer read.
func BenchmarkHello(b *testing.B) {
	h := hello{version: TLS12, suites: sorted().wide, groups: curves(), name: "www.exemple.test"}
	server := good(b)
	b.ReportAllocs()
	for b.Loop() {
		record, err := h.record()
		if err != nil {
			b.Fatal(err)
		}
		answer, _ := server.answer(clientHello{version: TLS12, suites: h.suites})
		if _, _, err := readAll(answer); err != nil || len(record) < 100 {
			b.Fatal(err)
		}
	}
}
