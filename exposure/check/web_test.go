package check

import (
	"net/netip"
	"testing"

	"hygie/exposure/observe"
	"hygie/exposure/web"
)

// onePage is a run that saw one web page.
func onePage(f web.Facts) *observe.Run {
	if f.Tried == nil {
		f.Tried = []string{"/", "/.git/HEAD"}
	}
	return &observe.Run{Endpoints: []observe.Endpoint{{Address: netip.MustParseAddrPort("192.0.2.1:443"), Transport: "tcp",
		Views: []observe.View{{Name: "www.exemple.test", Web: &f}}}}}
}

func TestWebChecks(t *testing.T) {
	header := func(pairs ...string) (list []web.Header) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, web.Header{Name: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	const https, http = "https://www.exemple.test/", "http://www.exemple.test/"
	safe := header("content-type", "text/html", "content-security-policy", "default-src 'self'; frame-ancestors 'none'", "referrer-policy", "no-referrer",
		"x-content-type-options", "nosniff")
	tests := map[string]struct {
		id    string
		facts web.Facts
		want  Severity // empty: no finding
	}{
		"a page in clear":                    {"WEB-01", web.Facts{URL: http, Status: 200}, Important},
		"a password in clear":                {"WEB-01", web.Facts{URL: http, Status: 200, Password: true}, Major},
		"basic authentication in clear":      {"WEB-01", web.Facts{URL: http, Status: 401}, Major},
		"in clear, leads to encryption":      {"WEB-01", web.Facts{URL: http, Status: 301, Redirects: []web.Hop{{Location: "https://www.exemple.test/"}}}, ""},
		"in clear, leads elsewhere in clear": {"WEB-01", web.Facts{URL: http, Status: 302, Redirects: []web.Hop{{Location: "http://autre.test/"}}}, Important},
		"an error in clear":                  {"WEB-01", web.Facts{URL: http, Status: 404}, ""},
		"an encrypted page":                  {"WEB-01", web.Facts{URL: https, Status: 200, Password: true}, ""},
		"no strict transport":                {"WEB-02", web.Facts{URL: https, Status: 200}, Minor},
		"strict transport, one day short":    {"WEB-02", web.Facts{URL: https, Headers: header("strict-transport-security", "max-age=15465600")}, Minor},
		"strict transport, six months":       {"WEB-02", web.Facts{URL: https, Headers: header("strict-transport-security", "max-age=15552000; includeSubDomains")}, ""},
		"strict transport, quoted":           {"WEB-02", web.Facts{URL: https, Headers: header("strict-transport-security", `MAX-AGE="31536000"`)}, ""},
		"strict transport, nonsense":         {"WEB-02", web.Facts{URL: https, Headers: header("strict-transport-security", "max-age=beaucoup")}, Minor},
		"strict transport, in clear":         {"WEB-02", web.Facts{URL: http}, ""},
		"no protective header":               {"WEB-03", web.Facts{URL: https, Status: 200, Headers: header("content-type", "text/html")}, Minor},
		"all protective headers":             {"WEB-03", web.Facts{URL: https, Status: 200, Headers: safe}, ""},
		"not a page":                         {"WEB-03", web.Facts{URL: https, Status: 200, Headers: header("content-type", "application/json")}, ""},
		"headers sent twice":                 {"WEB-03", web.Facts{URL: https, Status: 200, Headers: header("content-type", "text/html", "content-security-policy", "default-src 'self'", "referrer-policy", "no-referrer", "x-content-type-options", "nosniff, nosniff", "x-frame-options", "SAMEORIGIN, SAMEORIGIN")}, ""},
		"policies in the page":               {"WEB-03", web.Facts{URL: https, Status: 200, Headers: header("content-type", "text/html", "x-content-type-options", "nosniff", "x-frame-options", "DENY"), Meta: header("content-security-policy", "default-src 'self'", "referrer-policy", "no-referrer")}, ""},
		"framing is not for the page":        {"WEB-03", web.Facts{URL: https, Status: 200, Headers: header("content-type", "text/html", "x-content-type-options", "nosniff"), Meta: header("content-security-policy", "frame-ancestors 'none'", "referrer-policy", "no-referrer")}, Minor},
		"framed by anybody":                  {"WEB-03", web.Facts{URL: https, Status: 200, Headers: header("content-type", "text/html", "content-security-policy", "frame-ancestors *", "referrer-policy", "no-referrer", "x-content-type-options", "nosniff", "x-frame-options", "ALLOWALL")}, Minor},
		"a session by its pattern":           {"WEB-04", web.Facts{URL: https, Cookies: []web.Cookie{{Name: "ASPSESSIONIDQQTARSBT", Secure: true}}}, Important},
		"a session behind a prefix":          {"WEB-04", web.Facts{URL: https, Cookies: []web.Cookie{{Name: "__Secure-PHPSESSID", Secure: true}}}, Important},
		"a session cookie anyone reads":      {"WEB-04", web.Facts{URL: https, Cookies: []web.Cookie{{Name: "PHPSESSID", Secure: true}}}, Important},
		"a session cookie well kept":         {"WEB-04", web.Facts{URL: https, Cookies: []web.Cookie{{Name: "JSESSIONID", Secure: true, HTTPOnly: true}}}, ""},
		"a cookie of taste":                  {"WEB-04", web.Facts{URL: https, Cookies: []web.Cookie{{Name: "lang"}}}, ""},
		"a repository":                       {"WEB-05", web.Facts{URL: https, Files: []web.File{{Path: "/.git/HEAD", Kind: web.FileGit}}}, Critical},
		"a listing is not a leak":            {"WEB-05", web.Facts{URL: https, Files: []web.File{{Path: "/files/", Kind: web.FileListing}}}, ""},
		"a listing":                          {"WEB-06", web.Facts{URL: https, Files: []web.File{{Path: "/files/", Kind: web.FileListing}}}, Important},
		"the inside of an application":       {"WEB-06", web.Facts{URL: https, Files: []web.File{{Path: "/files/", Kind: web.FileListing}, {Path: "/actuator/env", Kind: web.FileActuator}}}, Major},
		"a leak is not a state":              {"WEB-06", web.Facts{URL: https, Files: []web.File{{Path: "/.env", Kind: web.FileEnvironment}}}, ""},
		"a hypervisor":                       {"WEB-07", web.Facts{URL: https, Products: []web.Product{{Name: "x", Kind: "hypervisor", Marks: []string{"a", "b"}}}}, Critical},
		"a database console":                 {"WEB-07", web.Facts{URL: https, Products: []web.Product{{Name: "x", Kind: "database", Marks: []string{"a", "b"}}}}, Major},
		"a hypervisor supposed":              {"WEB-07", web.Facts{URL: https, Products: []web.Product{{Name: "x", Kind: "hypervisor", Supposed: true, Marks: []string{"a"}}}}, ToVerify},
		"a site's engine":                    {"WEB-07", web.Facts{URL: https, Products: []web.Product{{Name: "x", Kind: "application", Marks: []string{"a", "b"}}}}, ""},
		"any origin, with cookies":           {"WEB-08", web.Facts{URL: https, CORS: &web.CORS{Reflected: true, Credentials: true}}, Major},
		"any origin, without cookies":        {"WEB-08", web.Facts{URL: https, CORS: &web.CORS{Reflected: true}}, ""},
		"webmail":                            {"WEB-09", web.Facts{URL: https, Products: []web.Product{{Name: "x", Kind: "webmail", Marks: []string{"a", "b"}}}}, Important},
		"a console is not a portal":          {"WEB-09", web.Facts{URL: https, Products: []web.Product{{Name: "x", Kind: "admin", Marks: []string{"a", "b"}}}}, ""},
	}
	records := map[string]Record{}
	for _, r := range webChecks() {
		records[r.ID] = r
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := records[test.id].Decide(onePage(test.facts), Settings{})
			switch {
			case test.want == "" && len(got.Found) > 0:
				t.Errorf("%s found %+v", test.id, got.Found)
			case test.want != "" && (len(got.Found) != 1 || got.Found[0].Severity != test.want):
				t.Errorf("%s: got %+v, want one %s finding", test.id, got.Found, test.want)
			}
		})
	}
}

// What was not asked is not said to be clean.
func TestSilentServersAreUndecided(t *testing.T) {
	silent := onePage(web.Facts{URL: "https://www.exemple.test/", Tried: []string{"/"}})
	for _, r := range webChecks() {
		switch r.ID {
		case "WEB-05", "WEB-06", "WEB-07", "WEB-08", "WEB-09":
			if got := r.Decide(silent, Settings{}); len(got.Unknown) != 1 || len(got.Passed) > 0 {
				t.Errorf("%s: %+v", r.ID, got)
			}
		}
	}
}
