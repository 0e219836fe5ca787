package web

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// signature recognises a file that should not be readable by what it contains, never by its name or status alone.
type signature struct {
	kind  string
	paths []string
	// match returns what was recognised, in words that hold no secret, or "".
	match func(head []byte) string
}

// Kinds of files, in the order of gravity checks give them.
const (
	FileGit         = "git"
	FileSubversion  = "svn"
	FileMercurial   = "hg"
	FileEnvironment = "env"
	FileDump        = "sql-dump"
	FileArchive     = "archive"
	FileConfig      = "config-backup"
	FilePasswords   = "passwords"
	FileKey         = "private-key"
	FileFinder      = "ds-store"
	FileListing     = "listing"
	FileStatus      = "server-status"
	FileActuator    = "actuator"
	FileInfo        = "phpinfo"
	FileProfile     = "profiler"
	FileMetrics     = "metrics"
)

var (
	envLine   = regexp.MustCompile(`(?m)^(?:export\s+)?([A-Z][A-Z0-9_]{2,60})\s*=\s*\S`)
	envNames  = regexp.MustCompile(`(PASS|SECRET|KEY|TOKEN|DSN|DATABASE|DB_|APP_|MAIL_|AWS_)`)
	dumpLine  = regexp.MustCompile(`(?m)^(-- (MySQL|MariaDB|PostgreSQL) (database )?dump|(CREATE TABLE|INSERT INTO) [\x60"\[]?\w+)`)
	password  = regexp.MustCompile(`(?m)^[\w.@-]{1,64}:(\$(apr1|2[aby]|5|6|y)\$|\{SHA\}|[./0-9A-Za-z]{13}$)`)
	keyLine   = regexp.MustCompile(`-----BEGIN ([A-Z]+ )?PRIVATE KEY-----`)
	configPHP = regexp.MustCompile(`(?i)(DB_PASSWORD|\$(db|database)_?(pass|password)|'password'\s*=>)`)
	// The file server of Go gives nothing but links, one a line.
	goListing = regexp.MustCompile(`^(?:<!doctype html>\n)?(?:<meta [^>]*>\n)?<pre>\n(?:<a href="[^"]*">[^<]*</a>\n)+(?:</pre>|$)`)
	configNet = regexp.MustCompile(`(?i)<connectionStrings|<appSettings`)
)

// table is every file asked for. Archives are told by their first bytes; the request asks for no more.
var table = []signature{
	{FileGit, []string{"/.git/HEAD"}, func(b []byte) string {
		if line := firstLine(b); regexp.MustCompile(`^(ref: refs/[\w./-]+|[0-9a-f]{40})$`).MatchString(line) {
			return line
		}
		return ""
	}},
	{FileGit, []string{"/.git/config"}, contains("[core]", "repositoryformatversion")},
	{FileSubversion, []string{"/.svn/wc.db"}, magic("SQLite format 3\x00", "SQLite 3")},
	{FileMercurial, []string{"/.hg/requires"}, contains("revlogv1")},
	{FileEnvironment, []string{"/.env", "/.env.local", "/.env.production", "/.env.bak", "/api/.env"}, environment},
	{FileDump, []string{"/backup.sql", "/dump.sql", "/database.sql", "/db.sql", "/backup/backup.sql"}, func(b []byte) string {
		return clean(string(dumpLine.Find(b)), 80)
	}},
	{FileArchive, []string{"/backup.zip", "/site.zip", "/www.zip", "/backup/backup.zip"}, magic("PK\x03\x04", "ZIP")},
	{FileArchive, []string{"/backup.tar.gz", "/site.tar.gz", "/www.tar.gz", "/backup.sql.gz", "/dump.sql.gz"}, magic("\x1f\x8b\x08", "gzip")},
	{FileConfig, []string{"/wp-config.php.bak", "/wp-config.php~", "/wp-config.php.old", "/config.php.bak", "/configuration.php.bak"}, func(b []byte) string {
		return string(configPHP.Find(b))
	}},
	{FileConfig, []string{"/web.config", "/web.config.bak"}, func(b []byte) string { return string(configNet.Find(b)) }},
	{FileConfig, []string{"/docker-compose.yml"}, func(b []byte) string {
		if regexp.MustCompile(`(?m)^services:\s*$`).Match(b) {
			return "services:"
		}
		return ""
	}},
	{FilePasswords, []string{"/.htpasswd"}, func(b []byte) string {
		if password.Match(b) {
			return "user:hash"
		}
		return ""
	}},
	{FilePasswords, []string{"/.aws/credentials"}, contains("aws_secret_access_key")},
	{FileKey, []string{"/id_rsa", "/.ssh/id_rsa", "/server.key", "/privkey.pem"}, func(b []byte) string { return string(keyLine.Find(b)) }},
	{FileFinder, []string{"/.DS_Store"}, magic("\x00\x00\x00\x01Bud1", ".DS_Store")},
	{FileStatus, []string{"/server-status", "/server-info"}, contains("Apache Server ")},
	{FileStatus, []string{"/server-status"}, contains("<title>Status</title>", "table.status")}, // lighttpd, whose style comes first
	{FileStatus, []string{"/nginx_status", "/stub_status"}, contains("Active connections:", "server accepts handled requests")},
	{FileActuator, []string{"/actuator"}, contains(`"_links"`, "/actuator")},
	{FileActuator, []string{"/actuator/env"}, contains(`"propertySources"`)},
	{FileInfo, []string{"/phpinfo.php", "/info.php", "/test.php"}, contains("<title>", "phpinfo()")},
	{FileProfile, []string{"/debug/pprof/"}, contains("/debug/pprof/", "goroutine")},
	{FileProfile, []string{"/elmah.axd", "/trace.axd"}, func(b []byte) string {
		return cutAround(b, regexp.MustCompile(`(?i)Error Log for|Application Trace`))
	}},
	{FileMetrics, []string{"/metrics"}, contains("# HELP ", "# TYPE ")},
	{FileListing, []string{"/", "/backup/", "/backups/", "/files/", "/uploads/", "/data/", "/logs/", "/old/", "/test/"}, listing},
}

// files keeps the paths whose content speaks.
func (p *probe) files(front *Answer) {
	for _, s := range table {
		for _, path := range s.paths {
			answer := p.answers[path]
			if path == "/" {
				answer = front
			}
			if answer == nil || answer.Status != http.StatusOK && answer.Status != http.StatusPartialContent {
				continue
			}
			evidence := s.match(answer.Body)
			// What an impossible path also shows proves nothing, whatever its status: a partial answer may be the same page.
			if missing := p.missing[shape(path)]; evidence == "" || missing == nil || missing.Status < 300 && s.match(missing.Body) != "" {
				continue
			}
			p.facts.Files = append(p.facts.Files, File{path, s.kind, clean(evidence, 200)})
		}
	}
}

// environment recognises a file of settings by the names it sets. Values are never kept.
func environment(b []byte) string {
	if looksHTML(b) {
		return ""
	}
	var names []string
	telling := false
	for _, m := range envLine.FindAllSubmatch(b, 40) {
		names = append(names, string(m[1]))
		telling = telling || envNames.Match(m[1])
	}
	if !telling || len(names) < 2 {
		return ""
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names)[:min(len(names), 6)], ", ")
}

// listing recognises a directory index of the usual servers: the title they give it and the link or heading beside it.
func listing(b []byte) string {
	t := title(b)
	body := string(b)
	switch {
	case strings.HasPrefix(t, "Index of /") && strings.Contains(body, "<a href="):
		return t
	case strings.HasPrefix(t, "Directory listing for /"), strings.HasPrefix(t, "Directory Listing For ["):
		return t
	case strings.HasPrefix(t, "Directory: /") && strings.Contains(body, "<a href="): // Jetty
		return t
	case strings.Contains(body, `class="listing`) && strings.Contains(body, "caddyserver.com"):
		return "listing: Caddy"
	case t == "" && goListing.MatchString(body):
		return "listing: <pre><a href="
	case strings.Contains(body, "[To Parent Directory]"):
		return "[To Parent Directory]"
	default:
		return ""
	}
}

// contains matches a file that holds every word, and shows the first.
func contains(words ...string) func([]byte) string {
	return func(b []byte) string {
		for _, w := range words {
			if !bytes.Contains(b, []byte(w)) {
				return ""
			}
		}
		return words[0]
	}
}

// magic matches a file by its first bytes.
func magic(first, name string) func([]byte) string {
	return func(b []byte) string {
		if bytes.HasPrefix(b, []byte(first)) {
			return name
		}
		return ""
	}
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(string(line))
}

func cutAround(b []byte, pattern *regexp.Regexp) string { return string(pattern.Find(b)) }
