package service

import (
	"net/http"
	"strings"
)

// recogniseStores tells databases and controls that speak HTTP from web sites, and whether they serve strangers. Each asks for a
// version or a state, never for records.
func recogniseStores(s *session, p page) {
	o := p.object()
	port := s.target.Address().Port()
	switch {
	case text(o, "tagline") == "You Know, for Search", strings.Contains(text(o, "tagline"), "OpenSearch"),
		p.header.Get("X-Elastic-Product") != "", strings.Contains(p.Realm, `realm="security"`), strings.Contains(p.Realm, "OpenSearch Security"):
		recogniseElastic(s.facts, p, o)
	case text(o, "couchdb") != "", strings.HasPrefix(p.Server, "CouchDB/"):
		recogniseCouch(s, p, o)
	case p.header.Get("X-Influxdb-Version") != "":
		s.facts.store("influxdb", "InfluxDB", clean(p.header.Get("X-Influxdb-Version")))
		recogniseInflux(s)
	case strings.HasPrefix(p.Server, "Docker/"), port == 2375, port == 2376, s.options.Expected == "docker":
		recogniseDocker(s)
	case port == 2379, s.options.Expected == "etcd", p.Status == http.StatusNotFound && p.header.Get("X-Etcd-Cluster-Id") != "":
		recogniseEtcd(s)
	case p.header.Get("X-Kubernetes-Pf-Flowschema-Uid") != "", p.header.Get("Audit-Id") != "" && text(o, "kind") == "Status":
		recogniseKubernetes(s)
	}
}

// store settles a database that speaks HTTP.
func (f *Facts) store(protocol, product, version string) {
	f.recognised(protocol, ByAnswer)
	f.Product, f.Version, f.Kind = product, version, Store
}

func recogniseElastic(f *Facts, p page, o map[string]any) {
	product := "Elasticsearch"
	if strings.Contains(text(o, "tagline"), "OpenSearch") || strings.Contains(p.Realm, "OpenSearch") {
		product = "OpenSearch"
	}
	f.store("elasticsearch", product, text(o, "version", "number"))
	switch {
	case p.Status == http.StatusOK && o != nil:
		f.Stranger = yes("GET / answers 200 with the cluster's name")
	case p.refused():
		f.Stranger = no("GET / answers %d", p.Status)
	default:
		f.Stranger = unknown("GET / answers %d", p.Status)
	}
}

// recogniseCouch asks for the session of whoever comes: without accounts set up, everybody is an administrator (CouchDB API, GET /_session).
func recogniseCouch(s *session, p page, o map[string]any) {
	s.facts.store("couchdb", "CouchDB", text(o, "version"))
	if p.refused() {
		s.facts.Stranger = no("GET / answers %d", p.Status)
		return
	}
	session, err := s.get("/_session")
	if err != nil {
		s.facts.Stranger = unknown("GET /_session: %v", err)
		return
	}
	user, _ := session.object()["userCtx"].(map[string]any)
	roles, _ := user["roles"].([]any)
	s.facts.Stranger = no("GET /_session gives no role to a stranger")
	for _, r := range roles {
		if r == "_admin" {
			s.facts.Stranger = yes("GET /_session: a stranger is administrator")
		}
	}
}

// recogniseInflux asks for the answer to no query: accounts are asked for first, and only whoever needs none is told that the query lacks.
func recogniseInflux(s *session) {
	p, err := s.get("/query")
	switch {
	case err != nil:
		s.facts.Stranger = unknown("GET /query: %v", err)
	case p.refused():
		s.facts.Stranger = no("GET /query answers %d", p.Status)
	case p.Status == http.StatusBadRequest && strings.Contains(text(p.object(), "error"), "missing required parameter"):
		s.facts.Stranger = yes("GET /query without a query answers %d, asking for no account", p.Status)
	default:
		s.facts.Stranger = unknown("GET /query answers %d", p.Status)
	}
}

func recogniseDocker(s *session) {
	p, err := s.get("/version")
	o := p.object()
	if err != nil || text(o, "ApiVersion") == "" {
		return
	}
	s.facts.store("docker", "Docker", text(o, "Version"))
	s.facts.Kind = Cluster
	s.facts.Stranger = yes("GET /version answers %d: API %s", p.Status, text(o, "ApiVersion"))
}

// recogniseEtcd asks for the version, which etcd gives even where it asks for accounts, and then how many keys of an impossible name there are
// (etcd API, KV.Range with count_only): none, for whoever may read, and no key or value comes back.
func recogniseEtcd(s *session) {
	p, err := s.get("/version")
	o := p.object()
	if err != nil || text(o, "etcdserver") == "" {
		return
	}
	s.facts.store("etcd", "etcd", text(o, "etcdserver"))
	p, err = s.post("/v3/kv/range", `{"key":"AA==","count_only":true}`)
	o = p.object()
	switch {
	case err != nil:
		s.facts.Stranger = unknown("count of keys: %v", err)
	case p.Status == http.StatusOK && o["header"] != nil:
		s.facts.Stranger = yes("POST /v3/kv/range, count only: HTTP 200")
	case text(o, "error") != "" || p.refused():
		s.facts.Stranger = no("POST /v3/kv/range: HTTP %d %s", p.Status, clean(text(o, "error")))
	default:
		s.facts.Stranger = unknown("POST /v3/kv/range: HTTP %d", p.Status)
	}
}

func recogniseKubernetes(s *session) {
	p, err := s.get("/version")
	if err != nil {
		return
	}
	s.facts.recognised("kubernetes", ByAnswer)
	s.facts.Kind = Cluster
	s.facts.Product, s.facts.Version = "Kubernetes", text(p.object(), "gitVersion")
	s.facts.Stranger = unknown("only the version was asked for (%d)", p.Status)
}

func protocolKubelet() protocol {
	return protocol{name: "kubelet", tls: []uint16{10250}, play: playKubelet}
}

// playKubelet asks a node for its health, which a node that checks rights refuses to strangers (Kubernetes, kubelet authorization).
func playKubelet(s *session) (bool, error) {
	p, err := s.get("/healthz")
	if err != nil {
		return false, err
	}
	body := strings.TrimSpace(string(short(p.body, 200)))
	switch {
	case p.Status == http.StatusOK && body == "ok":
		s.facts.Stranger = yes("GET /healthz answers 200 to a stranger")
	case p.Status == http.StatusUnauthorized && body == "Unauthorized", p.Status == http.StatusForbidden && strings.Contains(body, "system:anonymous"):
		s.facts.Stranger = no("GET /healthz answers %d", p.Status)
	default:
		return false, errOther
	}
	s.facts.recognised("kubelet", ByAnswer)
	s.facts.Product, s.facts.Kind = "Kubernetes kubelet", Cluster
	s.facts.HTTP = &p.HTTP
	s.facts.seen("GET /healthz: HTTP %d", p.Status)
	return true, nil
}

func protocolDocker() protocol {
	return protocol{name: "docker", ports: []uint16{2375}, tls: []uint16{2376}, play: playHTTP}
}

func protocolEtcd() protocol {
	return protocol{name: "etcd", ports: []uint16{2379}, tls: []uint16{2379}, play: playHTTP}
}

// A coordination service: whoever reaches it reads and writes what its nodes do not forbid, which is seldom anything.
func protocolZooKeeper() protocol {
	return protocol{name: "zookeeper", ports: []uint16{2181}, play: playZooKeeper}
}

// playZooKeeper asks for the state of the server (ZooKeeper, the four letter words), which it gives without a session, or says that it may not.
func playZooKeeper(s *session) (bool, error) {
	got, err := s.ask([]byte("srvr"), func(b []byte) bool { return false }) // it hangs up after its answer
	line, _, _ := strings.Cut(string(got), "\n")
	version, told := strings.CutPrefix(line, "Zookeeper version: ")
	if !told && !strings.HasPrefix(line, "srvr is not executed because it is not in the whitelist") && !strings.HasPrefix(line, "This ZooKeeper instance is not currently serving") {
		if err == nil {
			err = errOther
		}
		return false, err
	}
	version, _, _ = strings.Cut(version, ",")
	version, _, _ = strings.Cut(version, "-")
	s.facts.store("zookeeper", "ZooKeeper", "")
	if told {
		s.facts.Version = clean(version)
	}
	s.facts.Stranger = unknown("the state was asked for, no session was opened")
	s.facts.seen("srvr: %s", clean(line))
	return true, nil
}
