package service

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"hygie/exposure/perimeter"
)

// An etcd tells its version to anybody; whether it counts keys for them is what its accounts decide.
func TestEtcdAccounts(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		body   string
		want   State
	}{
		"none":           {200, `{"header":{"revision":"1"}}`, Yes},
		"asked for":      {400, `{"error":"etcdserver: user name is empty","code":3}`, No},
		"another answer": {404, `404 page not found`, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			addr := hostile(t, func(c net.Conn) {
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				status, body := 404, "404 page not found"
				switch r.URL.Path {
				case "/version":
					status, body = 200, `{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}`
				case "/v3/kv/range":
					if sent, err := io.ReadAll(r.Body); err != nil || string(sent) != `{"key":"AA==","count_only":true}` {
						t.Errorf("asked %q, %v", sent, err)
					}
					status, body = row.status, row.body
				}
				fmt.Fprintf(c, "HTTP/1.1 %d X\r\nX-Etcd-Cluster-Id: 1\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
			})
			f, err := Probe(t.Context(), swift(), loopback(t, addr, 0), quick("etcd"))
			if err != nil {
				t.Fatal(err)
			}
			isProduct(t, f, "etcd", "etcd")
			want(t, "without an account", f.Stranger, row.want)
		})
	}
}

// InfluxDB without accounts tells that the query lacks; with them, that the account does.
func TestInfluxAccounts(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		body   string
		want   State
	}{
		"none":           {400, `{"error":"missing required parameter \"q\""}`, Yes},
		"asked for":      {401, `{"error":"unable to parse authentication credentials"}`, No},
		"another answer": {404, `{"code":"not found"}`, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			addr := hostile(t, func(c net.Conn) {
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				status, body := 404, "404 page not found"
				if r.URL.RequestURI() == "/query" {
					status, body = row.status, row.body
				}
				fmt.Fprintf(c, "HTTP/1.1 %d X\r\nX-Influxdb-Version: 1.8.10\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
			})
			f, err := Probe(t.Context(), swift(), loopback(t, addr, 0), quick("http"))
			if err != nil {
				t.Fatal(err)
			}
			isProduct(t, f, "influxdb", "InfluxDB")
			want(t, "without an account", f.Stranger, row.want)
		})
	}
}

func TestZooKeeper(t *testing.T) {
	for said, version := range map[string]string{
		"Zookeeper version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC\nLatency min/avg/max: 0/0.0/0\n": "3.8.4",
		"Zookeeper version: 3.9.3, built on 2024-10-17 23:21 UTC\n":                                                                        "3.9.3",
		"srvr is not executed because it is not in the whitelist.\n":                                                                       "",
	} {
		addr := hostile(t, func(c net.Conn) {
			if _, err := io.ReadFull(c, make([]byte, 4)); err == nil {
				io.WriteString(c, said)
			}
		})
		f, err := Probe(t.Context(), swift(), loopback(t, addr, 0), quick("zookeeper"))
		if err != nil || f.Protocol != "zookeeper" || f.Version != version || f.Kind != Store || f.Stranger.Is != Unknown {
			t.Errorf("%q: %+v, %v", said, f, err)
		}
	}
}

// A web server that takes CONNECT for the request of a page carries nothing for anybody.
func TestPageForConnectIsNoProxy(t *testing.T) {
	for head, want := range map[string]State{
		"HTTP/1.1 200 Connection established\r\n\r\n":                               Yes,
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":                              Yes,
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Welcome":              No,
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789":                   No,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n": No,
		"HTTP/1.1 403 Forbidden\r\n\r\n":                                            No,
	} {
		if got := connectAnswer([]byte(head), nil); got.Is != want {
			t.Errorf("%q: %s, want %s", head, got.Is, want)
		}
	}
}

// What a server sends back of our own is not its TLS.
func TestEchoIsNoTLS(t *testing.T) {
	addr := hostile(t, func(c net.Conn) { io.Copy(c, c) })
	f, err := Probe(t.Context(), swift(), loopback(t, addr, perimeter.GuestAccess), quick(""))
	if err != nil || f.TLS || f.Protocol != "" {
		t.Errorf("%+v, %v", f, err)
	}
}
