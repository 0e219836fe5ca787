package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// agent names the audit in the server's log, so that its owner can tell where the requests came from.
const agent = "hygie-exposure-audit/1 (read-only; authorised by the owner)"

// pageBytes is how much of a page is read; folderBytes how much of the list of a folder; headBytes how much of a file that should not be there.
const (
	pageBytes   = 256 << 10
	folderBytes = 32 << 10
	headBytes   = 2 << 10
)

// patience is how long one answer may take, its page included: who sends a byte a second is cut, and what came until then is kept.
const patience = 10 * time.Second

// Client speaks to one target and to nothing else: it follows no redirect by itself and resolves no name.
type Client struct {
	scheme Scheme
	target perimeter.Target
	http   *http.Client
	wait   time.Duration // how long one answer may take
}

// NewClient returns a client for one target.
func NewClient(d *reach.Dialer, t perimeter.Target, scheme Scheme) *Client {
	transport := &http.Transport{
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return d.Dial(ctx, t) },
		DialTLSContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return secure(ctx, d, t) },
		ResponseHeaderTimeout:  5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxConnsPerHost:        2,
		DisableCompression:     true,
		ForceAttemptHTTP2:      false,
	}
	return &Client{scheme: scheme, target: t, wait: patience, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// everySuite lists all suites the library can speak, old ones included: the question is what the page says, not how it came.
func everySuite() (ids []uint16) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, s.ID)
	}
	return ids
}

// Close ends the connections kept open.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Answer is one answer, its body cut at the number of bytes asked for.
type Answer struct {
	Path   string // what was asked for
	Status int
	Header http.Header
	Body   []byte
	Slow   bool // cut by our patience before its end
}

// Get asks for a path and reads at most limit bytes of the answer. Extra headers come as pairs.
func (c *Client) Get(ctx context.Context, path string, limit int64, extra ...string) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL(path), nil)
	if err != nil {
		return nil, fmt.Errorf("ask for %q: %w", path, err)
	}
	request.Header.Set("User-Agent", agent)
	request.Header.Set("Accept", "*/*")
	for i := 0; i+1 < len(extra); i += 2 {
		request.Header.Set(extra[i], extra[i+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		// The URL in the library's error repeats what the caller knows.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	_, err = io.Copy(&body, io.LimitReader(response.Body, limit))
	if err != nil && body.Len() == 0 {
		return nil, err
	}
	return &Answer{Path: path, Status: response.StatusCode, Header: response.Header, Body: plain(response.Header, body.Bytes(), limit), Slow: err != nil && ctx.Err() != nil}, nil
}

// plain is a page that was sent compressed though nobody asked for it, read up to the limit. Anything else stays as it came: an archive is told
// by its first bytes, whatever the server calls its encoding.
func plain(h http.Header, body []byte, limit int64) []byte {
	if e := strings.ToLower(h.Get("Content-Encoding")); e != "gzip" && e != "x-gzip" {
		return body
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	text, _ := io.ReadAll(io.LimitReader(r, limit)) // what is cut short is read as far as it goes
	if !looksHTML(text) {
		return body
	}
	return text
}

// URL is the address of a path on the target, as a person would type it.
func (c *Client) URL(path string) string {
	return string(c.scheme) + "://" + c.host() + path
}

// host is the name asked for, or the address, with the port where it is not the scheme's own.
func (c *Client) host() string {
	at := c.target.Address()
	host := c.target.Name()
	if host == "" {
		host = at.Addr().String()
		if at.Addr().Is6() {
			host = "[" + host + "]"
		}
	}
	if at.Port() == defaultPort(c.scheme) {
		return host
	}
	return fmt.Sprintf("%s:%d", host, at.Port())
}

func defaultPort(s Scheme) uint16 {
	if s == HTTPS {
		return 443
	}
	return 80
}

// inside tells whether a redirect stays on the very same server: same scheme, name and port. Anything else is another target.
func (c *Client) inside(to *url.URL) bool {
	if to.Scheme != string(c.scheme) {
		return false
	}
	host := c.target.Name()
	if host == "" {
		host = c.target.Address().Addr().String()
	}
	port := to.Port()
	if port == "" {
		port = fmt.Sprint(defaultPort(c.scheme))
	}
	if a, err := netip.ParseAddr(to.Hostname()); err == nil {
		return a.String() == host && port == fmt.Sprint(c.target.Address().Port())
	}
	return strings.EqualFold(strings.TrimSuffix(to.Hostname(), "."), strings.TrimSuffix(host, ".")) && port == fmt.Sprint(c.target.Address().Port())
}
