package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/web"
)

// webGuide is the guide of ANSSI on web sites.
const webGuide = "ANSSI PA-009 v2.0"

// webChecks decide on what web servers show.
func webChecks() []Record {
	return []Record{
		{ID: "WEB-01", Family: "web", Severity: Major, Source: Source{Document: webGuide, Rule: "R1"}, Effort: "S", Owner: "web", Decide: eachWeb(clearText)},
		{ID: "WEB-02", Family: "web", Severity: Minor, Source: Source{Document: webGuide, Rule: "R2"}, Effort: "S", Owner: "web", Decide: eachWeb(strictTransport)},
		{ID: "WEB-03", Family: "web", Severity: Minor, Source: Source{Document: webGuide, Rule: "R14, R17, R18, R21"}, Effort: "M", Owner: "web", Decide: eachWeb(protectiveHeaders)},
		{ID: "WEB-04", Family: "web", Severity: Important, Source: ours, Effort: "S", Owner: "web", Decide: eachWeb(sessionCookies)},
		{ID: "WEB-05", Family: "web", Severity: Critical, Source: ours, Effort: "S", Owner: "web", Decide: eachWeb(leakedFiles)},
		{ID: "WEB-06", Family: "web", Severity: Major, Source: ours, Effort: "S", Owner: "web", Decide: eachWeb(innerState)},
		{ID: "WEB-07", Family: "web", Severity: Critical, Source: ours, Effort: "M", Owner: "network", Decide: eachWeb(consoles)},
		{ID: "WEB-08", Family: "web", Severity: Major, Source: ours, Effort: "S", Owner: "web", Decide: eachWeb(anyOrigin)},
		{ID: "WEB-09", Family: "web", Severity: Important, Source: ours, Effort: "M", Owner: "system", Decide: eachWeb(portals)},
	}
}

// page is one web server seen under one name.
type page struct {
	endpoint observe.Endpoint
	view     observe.View
	web      *web.Facts
	secure   bool
}

// found starts a finding about the page.
func (p page) found(severity Severity, confidence Confidence, evidence ...string) Found {
	return Found{Asset: viewAsset(p.endpoint, p.view), Endpoint: endpointName(p.endpoint), Severity: severity, Confidence: confidence,
		Evidence: evidence, Params: map[string]string{"url": p.web.URL}}
}

// opinion is what a check says of one page: findings, or passed, or nothing when the check is not about such a page, or why it cannot say.
type opinion struct {
	found   []Found
	passed  bool
	unknown string
}

// eachWeb applies one opinion to every web server seen.
func eachWeb(say func(page) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, _ Settings) Outcome {
		var o Outcome
		for _, e := range r.Endpoints {
			for _, v := range e.Views {
				if v.Web == nil {
					continue
				}
				p := page{e, v, v.Web, strings.HasPrefix(v.Web.URL, "https:")}
				says := say(p)
				o.Found = append(o.Found, says.found...)
				switch {
				case len(says.found) > 0:
				case says.unknown != "":
					o.Unknown = append(o.Unknown, Undecided{viewAsset(e, v), says.unknown})
				case says.passed:
					o.Passed = append(o.Passed, viewAsset(e, v))
				}
			}
		}
		return o
	}
}

// clearText: a page served without encryption, unless it does nothing but lead to an encrypted one: of the same name, or of the name the site goes by.
func clearText(p page) opinion {
	if p.secure {
		return opinion{}
	}
	last := ""
	for _, hop := range p.web.Redirects {
		last = hop.Location
	}
	if strings.HasPrefix(strings.ToLower(last), "https://") {
		return opinion{passed: true}
	}
	if p.web.Status >= 400 && p.web.Status != 401 && p.web.Status != 407 {
		return opinion{passed: true} // an error page asks for nothing and shows nothing
	}
	severity, variant := Important, ""
	if p.web.Password || p.web.Status == 401 {
		severity, variant = Major, "password"
	}
	f := p.found(severity, Proven, fmt.Sprintf("GET %s: %d", p.web.URL, p.web.Status))
	f.Variant = variant
	return opinion{found: []Found{f}}
}

// halfYear is the least age of strict transport the guide's rule R2 accepts here, in seconds: six months of 30 days.
const halfYear = 180 * 24 * 3600

// strictTransport: the browser is told to keep to encryption, for six months at least.
func strictTransport(p page) opinion {
	if !p.secure || p.view.Name == "" || p.web.Status >= 500 {
		return opinion{} // the header has no effect on a bare address (RFC 6797, section 8.1.1)
	}
	value := p.web.Get("strict-transport-security")
	age, told := maxAge(value)
	if told && age >= halfYear {
		return opinion{passed: true}
	}
	f := p.found(Minor, Observed, "Strict-Transport-Security: "+orNone(value))
	if told {
		f.Variant, f.Params["days"] = "short", strconv.Itoa(age/86400)
	}
	return opinion{found: []Found{f}}
}

// maxAge reads the age of a Strict-Transport-Security header in seconds (RFC 6797, section 6.1). A header with two ages or none says nothing.
func maxAge(header string) (seconds int, told bool) {
	first, _, _ := strings.Cut(header, ",") // only the first field counts
	for _, directive := range strings.Split(first, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "max-age") {
			continue
		}
		n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
		if err != nil || n < 0 || told {
			return 0, false
		}
		seconds, told = n, true
	}
	return seconds, told
}

// protectiveHeaders: the four headers that keep a page from being framed, fed or spied on, as one finding.
func protectiveHeaders(p page) opinion {
	if !p.secure || p.web.Status >= 300 || !strings.HasPrefix(strings.ToLower(p.web.Get("content-type")), "text/html") {
		return opinion{}
	}
	policy := strings.ToLower(p.web.Get("content-security-policy"))
	var missing []string
	if policy == "" && p.web.GetMeta("content-security-policy") == "" {
		missing = append(missing, "Content-Security-Policy")
	}
	if !framed(policy) && !only(p.web.Get("x-frame-options"), "deny", "sameorigin") {
		missing = append(missing, "frame-ancestors")
	}
	if p.web.Get("referrer-policy") == "" && p.web.GetMeta("referrer-policy") == "" {
		missing = append(missing, "Referrer-Policy")
	}
	if !only(p.web.Get("x-content-type-options"), "nosniff") {
		missing = append(missing, "X-Content-Type-Options")
	}
	if len(missing) == 0 {
		return opinion{passed: true}
	}
	f := p.found(Minor, Observed, missing...)
	f.Params["missing"] = strings.Join(missing, ", ")
	return opinion{found: []Found{f}}
}

// framed tells whether a policy limits who may frame the page. A policy in the page itself cannot (CSP level 3, section 3.3).
func framed(policy string) bool {
	for directive := range strings.FieldsFuncSeq(policy, func(r rune) bool { return r == ';' || r == ',' }) {
		words := strings.Fields(directive)
		if len(words) > 1 && words[0] == "frame-ancestors" && !slices.Contains(words[1:], "*") {
			return true
		}
	}
	return false
}

// only tells whether a header, perhaps sent twice, has one of these words and no other.
func only(header string, words ...string) bool {
	if header == "" {
		return false
	}
	for part := range strings.SplitSeq(header, ",") {
		if !slices.Contains(words, strings.ToLower(strings.TrimSpace(part))) {
			return false
		}
	}
	return true
}

// sessionNames are the cookies that carry a session in the usual platforms. Other cookies are none of this check's business.
var sessionNames = []string{"phpsessid", "jsessionid", "asp.net_sessionid", ".aspxauth", ".aspnetcore.session", "connect.sid", "laravel_session", "sessionid", "session", "sid",
	"cfid", "cftoken", "ci_session", "_session_id", "auth_token", "nsc_aaac", "dsid", "svpncookie", "webvpn", "rack.session", "play_session", "jsessionidsso",
	"simplesamlsessionid", "roundcube_sessid", "zm_auth_token", "mrhsession"}

// sessionPatterns are those whose names end in what each site chooses: classic ASP, Drupal, GLPI, Rails, WordPress.
var sessionPatterns = regexp.MustCompile(`^(aspsessionid[a-z]{8}|s?sess[0-9a-f]{32}|glpi_[0-9a-f]{32}|_\w+_session|wordpress_(logged_in|sec)_[0-9a-f]{32})$`)

// isSession tells whether a cookie carries a session. The prefixes by which browsers guard a cookie are none of its name.
func isSession(name string) bool {
	name = strings.ToLower(name)
	name = strings.TrimPrefix(strings.TrimPrefix(name, "__host-"), "__secure-")
	return slices.Contains(sessionNames, name) || sessionPatterns.MatchString(name)
}

// sessionCookies: a session's cookie that scripts can read, or that travels without encryption.
func sessionCookies(p page) opinion {
	var bad []string
	seen := false
	for _, c := range p.web.Cookies {
		if !isSession(c.Name) {
			continue
		}
		seen = true
		var lacks []string
		if !c.Secure {
			lacks = append(lacks, "Secure")
		}
		if !c.HTTPOnly {
			lacks = append(lacks, "HttpOnly")
		}
		if len(lacks) > 0 {
			bad = append(bad, c.Name+": "+strings.Join(lacks, ", "))
		}
	}
	if !seen {
		return opinion{}
	}
	if len(bad) == 0 {
		return opinion{passed: true}
	}
	f := p.found(Important, Observed, bad...)
	f.Params["cookies"] = strings.Join(bad, " ; ")
	return opinion{found: []Found{f}}
}

// leaked are the kinds of file that are data or secrets by themselves.
var leaked = []string{web.FileGit, web.FileSubversion, web.FileMercurial, web.FileEnvironment, web.FileDump, web.FileArchive, web.FileConfig, web.FilePasswords, web.FileKey}

// leakedFiles: a repository, a backup or a secret anyone can read.
func leakedFiles(p page) opinion {
	return files(p, func(f web.File) Severity {
		if slices.Contains(leaked, f.Kind) {
			return Critical
		}
		return ""
	})
}

// innerState: a listing of a folder, or a page that shows the inside of the server.
func innerState(p page) opinion {
	return files(p, func(f web.File) Severity {
		switch f.Kind {
		case web.FileActuator, web.FileProfile, web.FileInfo:
			return Major
		case web.FileListing, web.FileStatus, web.FileMetrics, web.FileFinder:
			return Important
		default:
			return ""
		}
	})
}

// files gathers the files of one page into one finding, as grave as the gravest of them.
func files(p page, grade func(web.File) Severity) opinion {
	var evidence, paths []string
	worst := Severity("")
	for _, file := range p.web.Files {
		s := grade(file)
		if s == "" {
			continue
		}
		if worst == "" || s == Critical || s == Major && worst == Important {
			worst = s
		}
		evidence = append(evidence, fmt.Sprintf("GET %s: %s", file.Path, file.Evidence))
		paths = append(paths, file.Path)
	}
	if worst == "" {
		if len(p.web.Tried) < 2 {
			return opinion{unknown: "silent"}
		}
		return opinion{passed: true}
	}
	f := p.found(worst, Proven, evidence...)
	f.Params["paths"] = strings.Join(paths, ", ")
	return opinion{found: []Found{f}}
}

// consoles: an administration page on the internet.
func consoles(p page) opinion {
	return products(p, func(kind string) Severity {
		switch kind {
		case "hypervisor", "bmc", "firewall", "backup":
			return Critical
		case "database", "admin", "storage", "printer", "camera":
			return Major
		default:
			return ""
		}
	})
}

// portals: a page where people sign in from outside, whose second factor only the owner can show.
func portals(p page) opinion {
	return products(p, func(kind string) Severity {
		if kind == "webmail" || kind == "portal" || kind == "vpn" {
			return Important
		}
		return ""
	})
}

// products gives one finding for each recognised product of a kind. A supposed product is to be verified, whatever its kind.
func products(p page, grade func(kind string) Severity) opinion {
	var list []Found
	for _, product := range p.web.Products {
		severity := grade(product.Kind)
		if severity == "" {
			continue
		}
		confidence := Observed
		if product.Supposed {
			severity, confidence = ToVerify, Deduced
		}
		f := p.found(severity, confidence, product.Name+" ("+strings.Join(product.Marks, ", ")+")")
		f.Params["product"] = product.Name
		list = append(list, f)
	}
	if len(list) == 0 && len(p.web.Tried) < 2 {
		return opinion{unknown: "silent"}
	}
	return opinion{found: list, passed: true}
}

// anyOrigin: the server lets a page of any origin read answers with the visitor's session.
func anyOrigin(p page) opinion {
	if p.web.CORS == nil {
		return opinion{unknown: "silent"}
	}
	if !p.web.CORS.Reflected || !p.web.CORS.Credentials {
		return opinion{passed: true}
	}
	return opinion{found: []Found{p.found(Major, Proven, "Access-Control-Allow-Origin: https://hygie-audit.invalid", "Access-Control-Allow-Credentials: true")}}
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
