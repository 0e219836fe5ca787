package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

func fast() *reach.Dialer {
	return reach.New(reach.Limits{PerSecond: 10000, PerNetwork: 10000, PerAddress: 8, Exchange: 5 * time.Second})
}

// look probes a server of this machine under a name.
func look(t *testing.T, server *httptest.Server, name string) *Facts {
	t.Helper()
	target, err := perimeter.Loopback(name, server.Listener.Addr().(*net.TCPAddr).AddrPort(), 0)
	if err != nil {
		t.Fatal(err)
	}
	scheme := HTTP
	if server.TLS != nil {
		scheme = HTTPS
	}
	facts, err := Probe(t.Context(), fast(), target, scheme)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func kinds(f *Facts) (list []string) {
	for _, file := range f.Files {
		list = append(list, file.Path+" "+file.Kind)
	}
	return list
}

// leaky serves files that should not be there, and 404 for anything else.
var leaky = map[string]string{
	"/":                         "<!doctype html><title>Index of /</title><a href=\"x\">x</a><form><input name=p type='password'></form>",
	"/.git/HEAD":                "ref: refs/heads/main\n",
	"/.env":                     "APP_KEY=base64:topsecret\nDB_PASSWORD=hunter2\n",
	"/backup.zip":               "PK\x03\x04junk",
	"/dump.sql":                 "-- MySQL dump 10.13\nCREATE TABLE `patient` (",
	"/server-status":            "<title>Apache Status</title><h1>Apache Server Status for x</h1>",
	"/actuator":                 `{"_links":{"self":{"href":"http://x/actuator"}}}`,
	"/phpinfo.php":              "<title>PHP 8.1 - phpinfo()</title>",
	"/.htpasswd":                "marie:$apr1$abcdefgh$0123456789012345678901\n",
	"/.well-known/security.txt": "Contact: mailto:securite@exemple.test\nExpires: 2027-01-01T00:00:00z\n",
}

func serve(files map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, body)
	}
}

func TestFilesThatShouldNotBeThere(t *testing.T) {
	server := httptest.NewServer(serve(leaky))
	defer server.Close()
	facts := look(t, server, "www.exemple.test")
	want := []string{"/ listing", "/.env env", "/.git/HEAD git", "/.htpasswd passwords", "/actuator actuator", "/backup.zip archive", "/dump.sql sql-dump",
		"/phpinfo.php phpinfo", "/server-status server-status"}
	if got := kinds(facts); !slices.Equal(got, want) {
		t.Errorf("files\n got %q\nwant %q", got, want)
	}
	if !facts.Password || facts.Security.State != "present" || facts.Security.Expires.Year() != 2027 {
		t.Errorf("password %v, security.txt %+v", facts.Password, facts.Security)
	}
	kept, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "topsecret", "$apr1$"} {
		if strings.Contains(string(kept), secret) {
			t.Errorf("the facts keep the secret %q", secret)
		}
	}
}

// The same content at every address proves nothing, whether it is a page or looks like a file.
func TestServerThatAnswersEverything(t *testing.T) {
	for name, page := range map[string]string{
		"page":    "<!doctype html><title>Bienvenue</title>",
		"echo":    "<!doctype html><title>Introuvable</title><p>PATH",
		"plain":   "ok PATH",
		"json":    `{"error":"PATH","code":200}`,
		"listing": "<title>Index of /</title><a href=x>x</a>",
		"archive": "PK\x03\x04",
		"head":    "ref: refs/heads/main",
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, strings.ReplaceAll(page, "PATH", r.URL.Path))
			}))
			defer server.Close()
			facts := look(t, server, "")
			if len(facts.Files) > 0 || len(facts.Products) > 0 || facts.Security.State == "present" || !facts.SoftError {
				t.Errorf("files %q, products %v, security.txt %+v, soft error %v", kinds(facts), facts.Products, facts.Security, facts.SoftError)
			}
		})
	}
}

// A page sent compressed though nobody asked is a page, and an archive sent so stays an archive.
func TestCompressedAnswers(t *testing.T) {
	compressed := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(text))
		z.Close()
		return b.Bytes()
	}
	page := compressed("<!doctype html><title>Connexion</title><input type=password>" + strings.Repeat(" ", 1<<24)) // grows a thousandfold
	archive := compressed("dossier/" + strings.Repeat("\x00", 600))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		switch r.URL.Path {
		case "/":
			_, _ = w.Write(page)
		case "/backup.tar.gz":
			_, _ = w.Write(archive)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(page)
		}
	}))
	defer server.Close()
	facts := look(t, server, "")
	if facts.Title != "Connexion" || !facts.Password {
		t.Errorf("title %q, password %v", facts.Title, facts.Password)
	}
	if got := kinds(facts); !slices.Equal(got, []string{"/backup.tar.gz archive"}) {
		t.Errorf("files %q", got)
	}
}

// Lists of folders look as each server makes them; links of a page do not.
func TestListings(t *testing.T) {
	for page, want := range map[string]bool{
		"<html><head><title>Index of /files/</title></head><body><a href=\"../\">../</a>":                                                     true,
		"<html>\n<head>\n<title>Directory listing for /files/</title>":                                                                        true,
		"<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n<a href=\"a\">a</a>\n<a href=\"b\">b</a>\n</pre>\n": true,
		"<pre>\n<a href=\"a\">a</a>\n</pre>\n":                                                                                                true,
		"<title>/files/</title><div class=\"listing\"><a href=\"./a\">a</a></div>Served with <a href=\"https://caddyserver.com\">":            true,
		"<title>Directory: /files/</title><a href=\"/files/a\">a</a>":                                                                         true,
		"<title>Liens</title><pre>\n<a href=\"a\">a</a>\n</pre>":                                                                              false,
		"<!doctype html><pre>\ntexte <a href=\"a\">a</a>\n</pre>":                                                                             false,
		"<title>Annuaire</title><div class=\"listing\"><a href=\"./a\">a</a></div>":                                                           false,
	} {
		if got := listing([]byte(page)) != ""; got != want {
			t.Errorf("%q: a listing %v", page, got)
		}
	}
}

func TestMeta(t *testing.T) {
	got := meta([]byte(`<!-- <meta name=referrer content=origin> --><META HTTP-EQUIV='Content-Security-Policy' CONTENT="default-src &#39;self&#39;"><meta name=referrer content=no-referrer><meta charset=utf-8>`))
	if want := []Header{{"content-security-policy", "default-src 'self'"}, {"referrer-policy", "no-referrer"}}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A server that sends its pages by the drop is left alone after a few.
func TestSlowPages(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		for r.Context().Err() == nil {
			fmt.Fprint(w, "a")
			http.NewResponseController(w).Flush()
			time.Sleep(time.Millisecond)
		}
	}))
	defer server.Close()
	target, err := perimeter.Loopback("", server.Listener.Addr().(*net.TCPAddr).AddrPort(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(fast(), target, HTTP)
	defer c.Close()
	c.wait = 200 * time.Millisecond
	list, err := products()
	if err != nil {
		t.Fatal(err)
	}
	(&probe{client: c}).askAll(t.Context(), questions(list))
	if n := asked.Load(); n == 0 || n > maxFailures+together {
		t.Errorf("%d requests to a server that ends no answer", n)
	}
}

func TestRedirectsNeverLeaveTheTarget(t *testing.T) {
	asked := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			http.Redirect(w, r, "/accueil", http.StatusFound)
		case "/accueil":
			http.Redirect(w, r, elsewhere.URL+"/ailleurs", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	facts := look(t, server, "")
	if len(facts.Redirects) != 2 || !facts.Redirects[0].Followed || facts.Redirects[1].Followed {
		t.Errorf("redirects %+v", facts.Redirects)
	}
	select {
	case path := <-asked:
		t.Errorf("the audit left the target: %s", path)
	default:
	}
}

func TestHeadersCookiesAndOrigin(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o := r.Header.Get("Origin"); o != "" {
			w.Header().Set("Access-Control-Allow-Origin", o)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
		w.Header().Set("Strict-Transport-Security", "max-age=300")
		http.SetCookie(w, &http.Cookie{Name: "PHPSESSID", Value: "secret"})
		if r.URL.Path != "/" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	facts := look(t, server, "www.exemple.test")
	if facts.Get("strict-transport-security") != "max-age=300" || facts.CORS == nil || !facts.CORS.Reflected || !facts.CORS.Credentials {
		t.Errorf("headers %v, origin %+v", facts.Headers, facts.CORS)
	}
	if want := []Cookie{{Name: "PHPSESSID"}}; !slices.Equal(facts.Cookies, want) {
		t.Errorf("cookies %+v", facts.Cookies)
	}
}

func TestProducts(t *testing.T) {
	tests := map[string]struct {
		files    map[string]string
		product  string
		supposed bool
	}{
		"two marks":              {map[string]string{"/": "", "/vpn/index.html": "<title>Citrix Gateway</title><script src=/vpn/js/a.js>"}, "citrix-gateway", false},
		"one mark strong enough": {map[string]string{"/": "<title>pfSense - Login</title>"}, "pfsense", true},
		"a word in passing":      {map[string]string{"/": "<title>Notre blog</title><p>nous avons quitté Zabbix SIA et Citrix"}, "", false},
		"a page of that name":    {map[string]string{"/": "", "/login": "<title>Connexion</title>"}, "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(serve(test.files))
			defer server.Close()
			facts := look(t, server, "")
			switch {
			case test.product == "":
				if len(facts.Products) > 0 {
					t.Errorf("invented %+v", facts.Products)
				}
			case len(facts.Products) != 1 || facts.Products[0].ID != test.product || facts.Products[0].Supposed != test.supposed:
				t.Errorf("got %+v", facts.Products)
			}
		})
	}
}

func TestSameServerSameFacts(t *testing.T) {
	server := httptest.NewServer(serve(leaky))
	defer server.Close()
	first, _ := json.Marshal(look(t, server, ""))
	for range 5 {
		if again, _ := json.Marshal(look(t, server, "")); string(again) != string(first) {
			t.Fatalf("two looks differ:\n%s\n%s", first, again)
		}
	}
}

// A server that shuts the audit out is left alone soon, and nothing is said of what was not asked.
func TestServerThatShutsUsOut(t *testing.T) {
	var asked int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	server.Config.ErrorLog = nil
	defer server.Close()
	facts := look(t, server, "")
	if len(facts.Tried) != 1 || facts.Security.State != "unknown" || len(facts.Files) > 0 {
		t.Errorf("tried %q, security.txt %q", facts.Tried, facts.Security.State)
	}
	if asked > 20 {
		t.Errorf("%d requests to a server that answers none", asked)
	}
}

func TestStops(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	target, _ := perimeter.Loopback("", server.Listener.Addr().(*net.TCPAddr).AddrPort(), 0)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	begin := time.Now()
	if _, err := Probe(ctx, fast(), target, HTTP); err == nil {
		t.Error("a stopped probe gave facts")
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func TestTablesAreSound(t *testing.T) {
	list, err := products()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		marks := len(k.body) + len(k.Icon)
		for _, has := range []bool{k.Title != "", k.Header != "", k.Cookie != "", k.Path != ""} {
			if has {
				marks++
			}
		}
		if marks < 2 || k.ID == "" || k.Name == "" || k.Kind == "" {
			t.Errorf("product %q: %d marks, name %q, kind %q", k.ID, marks, k.Name, k.Kind)
		}
	}
	for _, s := range table {
		for _, path := range s.paths {
			if impossible[shape(path)] == "" {
				t.Errorf("%s has no impossible path of its shape", path)
			}
		}
	}
}

func TestSecurityTxt(t *testing.T) {
	for text, problem := range map[string]string{
		"Contact: mailto:a@b.test\nExpires: 2027-01-01T00:00:00Z":                     "",
		"# note\nContact: https://b.test/x\r\nexpires: 2027-01-01T00:00:00+01:00\r\n": "",
		"Expires: 2027-01-01T00:00:00Z":                                               "no_contact",
		"Contact: mailto:a@b.test":                                                    "no_expires",
		"Contact: mailto:a@b.test\nExpires: demain":                                   "bad_expires",
		"Contact: x:y\nExpires: 2027-01-01T00:00:00Z\nExpires: 2028-01-01T00:00:00Z":  "two_expires",
	} {
		if got := parseSecurityTxt([]byte(text)); got.Problem != problem {
			t.Errorf("%q: problem %q, want %q", text, got.Problem, problem)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte("<title>a</title><input type=password>"))
	f.Add([]byte("\xef\xbb\xbf<html><title>\xff&#0;</title"))
	f.Fuzz(func(t *testing.T, body []byte) {
		title(body)
		asksPassword(body)
		looksHTML(body)
		parseSecurityTxt(body)
		for _, s := range table {
			s.match(body)
		}
	})
}
