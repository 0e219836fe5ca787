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
		if !slices.Contains(names, p.Protocol) {
			t.Errorf("port %d/%s: protocol %q is unknown", p.Number, p.Transport, p.Protocol)
		}
	}
}
