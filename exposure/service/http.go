package service

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"

	"hygie/exposure/perimeter"
)

// HTTP is what the root page of a web server says of the product behind it; package web looks at the rest.
type HTTP struct {
	Status   int    `json:"status"`
	Server   string `json:"server,omitempty"`
	Title    string `json:"title,omitempty"`
	Location string `json:"location,omitempty"`
	Realm    string `json:"realm,omitempty"` // what WWW-Authenticate asks for
}

// page is a web answer, read whole or not.
type page struct {
	HTTP
	header http.Header
	body   []byte // 64 KiB at most
}

func protocolHTTP() protocol {
	return protocol{
		name:  "http",
		ports: []uint16{80, 81, 591, 2082, 3000, 5000, 5357, 5601, 5800, 5984, 7001, 7547, 8000, 8008, 8042, 8080, 8081, 8086, 8088, 8181, 8530, 8888, 9000, 9090, 9200, 15672},
		tls:   []uint16{443, 2083, 3391, 4433, 4443, 4444, 5001, 6443, 8006, 8089, 8443, 8444, 8531, 8834, 9440, 9443, 10443},
		play:  playHTTP,
		signs: func(b []byte) bool { return bytes.HasPrefix(b, []byte("HTTP/1.")) },
	}
}

// request is a minimal question to a web server (RFC 9112 3). The name asked for is the target's; an address where it has none.
func request(method, path string, t perimeter.Target, lines ...string) []byte {
	host := t.Name()
	if host == "" {
		host = t.Address().Addr().String()
		if t.Address().Addr().Is6() {
			host = "[" + host + "]"
		}
	}
	var b bytes.Buffer
	b.WriteString(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: hygie\r\nAccept: */*\r\nConnection: close\r\n")
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// plainest is the shortest question to a web server (RFC 1945 5), for ports of unknown use: some other servers close at a Host line
// before they say who they are.
const plainest = "GET / HTTP/1.0\r\n\r\n"

// wholeHTTP tells whether an answer is read far enough: headers, and the body that they announce. Anything else is whole as it is.
func wholeHTTP(b []byte) bool {
	if len(b) >= 5 && string(b[:5]) != "HTTP/" {
		return true
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return false
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return true
	}
	defer r.Body.Close()
	if r.ContentLength >= 0 {
		return int64(len(b)-end-4) >= r.ContentLength
	}
	if len(r.TransferEncoding) > 0 {
		_, err := io.Copy(io.Discard, r.Body)
		return err == nil
	}
	return false
}

// wholeHead tells whether the lines before a body are complete.
func wholeHead(b []byte) bool { return bytes.Contains(b, []byte("\r\n\r\n")) }

var titleTag = regexp.MustCompile(`(?is)<title[^>]*>(.{0,300}?)</title>`)

// parsePage reads a web answer; its body may be cut short.
func parsePage(b []byte) (page, error) {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return page{}, err
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(r.Body, replyLimit)) // cut short is fine
	p := page{header: r.Header, body: body}
	p.Status = r.StatusCode
	p.Server = clean(r.Header.Get("Server"))
	p.Location = clean(r.Header.Get("Location"))
	p.Realm = clean(r.Header.Get("WWW-Authenticate"))
	if m := titleTag.FindSubmatch(body); m != nil {
		p.Title = clean(html.UnescapeString(string(m[1])))
	}
	return p, nil
}

// get asks for one page.
func (s *session) get(path string, lines ...string) (page, error) {
	got, err := s.ask(request("GET", path, s.target, lines...), wholeHTTP)
	if err != nil {
		if err == nil {
			err = errShort
		}
		return page{}, err
	}
	return parsePage(got)
}

// post asks a question that web services take as an object only. It changes nothing.
func (s *session) post(path, object string) (page, error) {
	question := request("POST", path, s.target, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(object)))
	got, err := s.ask(append(question, object...), wholeHTTP)
	if err != nil {
		return page{}, err
	}
	return parsePage(got)
}

func playHTTP(s *session) (bool, error) {
	p, err := s.get("/")
	if err != nil {
		return false, err
	}
	if p.wantsTLS() && !s.inTLS {
		return false, errOther
	}
	s.page(p)
	recogniseStores(s, p)
	recognisePage(s.facts, p)
	recogniseCertificate(s.facts)
	if s.facts.Product == "Orthanc" || p.Realm == `Basic realm="Orthanc Secure Area"` {
		s.facts.Product, s.facts.Kind = "Orthanc", Imaging
		recogniseOrthanc(s)
	}
	if s.inTLS && strings.HasPrefix(p.Server, "Microsoft-HTTPAPI") && s.sstp() {
		return true, nil
	}
	s.askProxy(p)
	return true, nil
}

// wantsTLS tells whether a page only says that its port speaks TLS, in the words of nginx, Apache, Go and lighttpd.
func (p page) wantsTLS() bool {
	if p.Status != http.StatusBadRequest {
		return false
	}
	for _, words := range []string{
		"plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL-enabled server port",
		"Client sent an HTTP request to an HTTPS server", "This combination of host and port requires TLS",
	} {
		if p.contains(words) {
			return true
		}
	}
	return false
}

// page settles a web server by what one page says of it.
func (s *session) page(p page) {
	s.facts.recognised("http", ByAnswer)
	s.facts.HTTP = &p.HTTP
	s.facts.seen("GET /: HTTP %d", p.Status)
	if p.Server != "" {
		s.facts.seen("Server: %s", p.Server)
		s.facts.Product, s.facts.Version, s.facts.System = serverProduct(p.Server)
	}
	if p.Title != "" {
		s.facts.seen("title: %s", p.Title)
	}
}

var serverToken = regexp.MustCompile(`^([^/\s(]+)(?:/([^\s(]+))?(?:\s*\(([^)]*)\))?`)

// serverProduct splits a Server header: product, version, system (RFC 9110 10.2.4).
func serverProduct(s string) (product, version, system string) {
	m := serverToken.FindStringSubmatch(s)
	if m == nil {
		return clean(s), "", ""
	}
	return m[1], m[2], m[3]
}

// object reads a small JSON object; nil if the body is none.
func (p page) object() map[string]any {
	var o map[string]any
	if json.Unmarshal(p.body, &o) != nil {
		return nil
	}
	return o
}

func text(o map[string]any, keys ...string) string {
	for i, k := range keys {
		if i == len(keys)-1 {
			s, _ := o[k].(string)
			return clean(s)
		}
		o, _ = o[k].(map[string]any)
	}
	return ""
}

// refused tells whether a page asks for an account.
func (p page) refused() bool {
	return p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden
}

func (p page) contains(s string) bool { return strings.Contains(string(p.body), s) }
