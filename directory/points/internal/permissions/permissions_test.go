package permissions

import (
	"encoding/binary"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/points/internal/estate"
)

func TestZoneProperty(t *testing.T) {
	property := func(size, id uint32, data ...byte) []byte {
		b := make([]byte, 20)
		binary.LittleEndian.PutUint32(b, size)
		binary.LittleEndian.PutUint32(b[16:], id)
		return append(b, data...)
	}
	for _, row := range []struct {
		name  string
		raw   []byte
		value uint32
		ok    bool
	}{
		{"a byte", property(1, 2, 1), 1, true},
		{"a number", property(4, 2, 2, 0, 0, 0), 2, true},
		{"another property", property(4, 1, 2, 0, 0, 0), 0, false},
		{"empty", property(0, 2), 0, false},
		{"longer than it is", property(4, 2, 1), 0, false},
		{"absurdly long", property(0xffffffff, 2, 1, 1, 1, 1), 0, false},
		{"cut", property(1, 2)[:19], 0, false},
		{"nothing", nil, 0, false},
	} {
		if v, ok := zoneProperty(row.raw, 2); v != row.value || ok != row.ok {
			t.Errorf("%s: %d %v", row.name, v, ok)
		}
	}
}

func TestZonesOfTheDirectory(t *testing.T) {
	d := estate.NewForests(drawn.New(t).Freeze(), drawn.AsOf)[0].Domains[0]
	for name, want := range map[string]bool{"hop.test": true, "HOP.test": true, "_msdcs.hop.test": true, "other.example": false, "sub.hop.test": false, "": false} {
		if got := directoryZone(d, name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestPartitionsUnread(t *testing.T) {
	for _, row := range []struct {
		name, line, dn string
		want           bool
	}{
		{"read", "", "DC=DomainDnsZones,DC=hop,DC=test", false},
		{"listed and not read", "crossRef ref9 at=@Partitions nCName=DC=Autre,DC=hop,DC=test", "DC=Autre,DC=hop,DC=test", true},
		{"not listed: it does not exist", "", "DC=Autre,DC=hop,DC=test", false},
		{"no name", "", "not a name", true},
	} {
		f := estate.NewForests(drawn.New(t, row.line).Freeze(), drawn.AsOf)[0]
		if got := partitionUnread(f, row.dn); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}
