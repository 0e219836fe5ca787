package web

import (
	"crypto/tls"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Pages are read from servers of every group, with one hello where it has a plain group, with two where it has hybrids alone.
func TestGroupsOfServers(t *testing.T) {
	for _, row := range []struct {
		name   string
		groups []tls.CurveID
		hellos int
	}{
		{"usual", nil, 1},
		{"one curve", []tls.CurveID{tls.CurveP384}, 1},
		{"hybrids alone", []tls.CurveID{tls.X25519MLKEM768}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(serve(leaky))
			var mu sync.Mutex
			var hybrid []bool // whether each hello offered one
			server.TLS = &tls.Config{CurvePreferences: row.groups, GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				mu.Lock()
				defer mu.Unlock()
				hybrid = append(hybrid, slices.Contains(h.SupportedCurves, tls.X25519MLKEM768))
				return nil, nil
			}}
			server.StartTLS()
			defer server.Close()
			if facts := look(t, server, "site.test"); facts.Status != 200 || facts.Title != "Index of /" {
				t.Errorf("front page: %d %q", facts.Status, facts.Title)
			}
			mu.Lock()
			defer mu.Unlock()
			for i, offered := range hybrid {
				if want := i%row.hellos == 1; offered != want {
					t.Errorf("hello %d of %v: hybrid offered %v", i, hybrid, offered)
				}
			}
			if len(hybrid) == 0 || len(hybrid)%row.hellos > 0 {
				t.Errorf("hellos: %v", hybrid)
			}
		})
	}
}
