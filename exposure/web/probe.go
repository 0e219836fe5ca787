package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// maxHops bounds redirects followed on the target itself.
const maxHops = 5

// read are the header fields an audit reads.
var read = []string{
	"access-control-allow-origin", "content-security-policy", "content-type", "permissions-policy", "referrer-policy", "server",
	"strict-transport-security", "www-authenticate", "x-aspnet-version", "x-content-type-options", "x-frame-options", "x-powered-by",
}

// Probe asks one target. An error means that no web server answered; anything later that fails leaves its part of the facts unknown.
func Probe(ctx context.Context, d *reach.Dialer, t perimeter.Target, scheme Scheme) (*Facts, error) {
	c := NewClient(d, t, scheme)
	defer c.Close()
	p := &probe{client: c, facts: &Facts{URL: c.URL("/")}}
	page, err := p.front(ctx)
	if err != nil {
		return nil, err
	}
	list, err := products()
	if err != nil {
		return nil, err
	}
	p.show(page)
	p.answers = p.askAll(ctx, questions(list))
	for path := range p.answers {
		p.facts.Tried = append(p.facts.Tried, path)
	}
	p.calibrate()
	p.files(page)
	p.icon()
	p.products(list, page)
	p.securityTxt()
	p.cors(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.sort()
	return p.facts, nil
}

// probe is one conversation.
type probe struct {
	client  *Client
	facts   *Facts
	answers map[string]*Answer // by path; a path that is missing was not answered
	missing map[string]*Answer // what an impossible path of each shape answers
}

// front asks for the front page, following redirects that stay on the target.
func (p *probe) front(ctx context.Context) (*Answer, error) {
	path := "/"
	for hop := 0; ; hop++ {
		answer, err := p.client.Get(ctx, path, pageBytes)
		if err != nil {
			return nil, err
		}
		p.facts.Tried = append(p.facts.Tried, path)
		p.cookies(answer.Header)
		if hop == 0 {
			p.facts.Status = answer.Status
		}
		location := answer.Header.Get("Location")
		if answer.Status < 300 || answer.Status > 399 || location == "" {
			return answer, nil
		}
		to, err := resolve(p.client.URL(path), location)
		h := Hop{URL: p.client.URL(path), Status: answer.Status, Location: location}
		h.Followed = err == nil && p.client.inside(to) && hop < maxHops
		p.facts.Redirects = append(p.facts.Redirects, h)
		if !h.Followed {
			return answer, nil
		}
		path = to.RequestURI()
	}
}

func resolve(base, location string) (*url.URL, error) {
	b, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	return b.Parse(location)
}

// show keeps what the page itself says.
func (p *probe) show(page *Answer) {
	for _, name := range read {
		if values := page.Header.Values(name); len(values) > 0 {
			p.facts.Headers = append(p.facts.Headers, Header{name, clean(strings.Join(values, ", "), 2048)})
		}
	}
	p.facts.Meta = meta(page.Body)
	p.facts.Title = title(page.Body)
	p.facts.Password = asksPassword(page.Body)
}

// cookies keeps the cookies a header sets, without their values. One that is taken away carries nothing.
func (p *probe) cookies(h http.Header) {
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.MaxAge < 0 || c.Value == "" || !c.Expires.IsZero() && c.Expires.Year() < 2000 {
			continue
		}
		kept := Cookie{Name: clean(c.Name, 128), Secure: c.Secure, HTTPOnly: c.HttpOnly}
		switch c.SameSite {
		case http.SameSiteLaxMode:
			kept.SameSite = "lax"
		case http.SameSiteStrictMode:
			kept.SameSite = "strict"
		case http.SameSiteNoneMode:
			kept.SameSite = "none"
		}
		p.facts.Cookies = append(p.facts.Cookies, kept)
	}
}

// cors asks as a page of an invented origin would.
func (p *probe) cors(ctx context.Context) {
	const origin = "https://hygie-audit.invalid"
	answer, err := p.client.Get(ctx, "/", headBytes, "Origin", origin)
	if err != nil {
		return
	}
	p.facts.CORS = &CORS{
		Reflected:   answer.Header.Get("Access-Control-Allow-Origin") == origin,
		Credentials: strings.EqualFold(answer.Header.Get("Access-Control-Allow-Credentials"), "true"),
	}
}

// icon keeps the digest of the site's icon, by which products are told apart.
func (p *probe) icon() {
	answer := p.answers["/favicon.ico"]
	if answer == nil || answer.Status != http.StatusOK || len(answer.Body) == 0 || looksHTML(answer.Body) {
		return
	}
	sum := sha256.Sum256(answer.Body)
	p.facts.Icon = hex.EncodeToString(sum[:])
}

func (p *probe) sort() {
	f := p.facts
	slices.Sort(f.Tried)
	f.Tried = slices.Compact(f.Tried)
	slices.SortFunc(f.Headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(f.Meta, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(f.Cookies, func(a, b Cookie) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strength(a)-strength(b)) // of one set twice, the weaker travelled too
	})
	f.Cookies = slices.CompactFunc(f.Cookies, func(a, b Cookie) bool { return a.Name == b.Name })
	slices.SortFunc(f.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(f.Products, func(a, b Product) int { return strings.Compare(a.ID, b.ID) })
}

// strength counts the protections of a cookie.
func strength(c Cookie) (n int) {
	for _, has := range []bool{c.Secure, c.HTTPOnly} {
		if has {
			n++
		}
	}
	return n
}
