package service_test

import (
	"slices"
	"testing"

	"hygie/exposure/ports"
	"hygie/exposure/service"
)

// What the list of ports expects is known here, by a question or by its port alone.
func TestExpectedProtocolsAreKnown(t *testing.T) {
	names := service.Names()
	for _, p := range ports.Curated() {
		if p.Transport == "udp" && (p.Number == 3389) {
			continue // no question is known for it
		}
		if !slices.Contains(names, p.Protocol) {
			t.Errorf("port %d/%s: protocol %q is unknown", p.Number, p.Transport, p.Protocol)
		}
	}
}
