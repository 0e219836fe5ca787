package check_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hygie/exposure/check"
	"hygie/exposure/observe"
	"hygie/exposure/report"
)

// cure is one remedy tried on a real server: a setting that shows the weakness, to which the lines of the remedy are then applied as they are
// written. A line of the setting that begins with "-" is what the remedy's step says to take away; "+" is where its lines go, "+word" where those
// that begin with that word do. Everything else stays.
type cure struct {
	check, product string // the remedy, by the name its product has in French
	server         string // a name of [servers]
	port           int
	setting        string
	files          map[string]string // beside the setting; a link to a file of the street where the value begins with "@", a copy with "="
	adapt          []string          // what the owner puts in place of the examples, in pairs: old, new
	closed         bool              // the mended server is gone from the internet, which is the point
	left           check.Severity    // what may still be said: a server that is sound in itself and faces the internet
	brings         []string          // what may be said of the TLS that a server has only since: other remedies mend it
	taken          bool              // only that the server takes the lines and serves: the weakness cannot be shown here
}

// server is how a program is tried on its setting, and run.
type server struct {
	program string
	wrap    string   // what stands around every setting
	test    []string // looks at the setting alone
	run     []string // stays in the foreground
	stop    []string // for what leaves the process group of run; empty otherwise
	file    string   // name of the setting's file, "setting" if empty
	prepare string   // typed before the first start
}

// shell are the first words of the lines that are typed, not written into the setting. The others are lines of the setting.
var shell = []string{"apachectl", "a2enmod", "cat", "dig", "haproxy", "ldapmodify", "mkdir", "mosquitto_passwd", "nginx", "named-checkconf", "openssl", "postconf",
	"printf", "rndc", "squid", "sshd", "systemctl"}

// TestRemedies shows that each remedy does what it says: the weakness is found on a real server, the lines of the remedy are applied as the reader
// of the report would, the server takes them and still serves, and the weakness is gone. Both languages: their examples differ.
func TestRemedies(t *testing.T) {
	french, err := check.LoadTexts("fr")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"fr", "en"} {
		t.Run(lang, func(t *testing.T) {
			texts, err := check.LoadTexts(lang)
			if err != nil {
				t.Fatal(err)
			}
			s := newStreet(t)
			var houses []*house
			for _, c := range cures() {
				lines := remedyOf(t, texts, c)
				if lang != "fr" && slices.Equal(lines, remedyOf(t, french, c)) {
					continue // tried already
				}
				if h := s.house(t, c, lines); h != nil {
					houses = append(houses, h)
				}
			}
			for _, h := range houses {
				h.open(t, false)
			}
			before := s.audit(t, lang, houses)
			for _, h := range houses {
				h.close()
				h.open(t, true)
			}
			after := s.audit(t, lang, houses)
			for _, h := range houses {
				t.Run(h.check+" "+h.product, func(t *testing.T) { h.judge(t, before, after) })
			}
		})
	}
}

// remedyOf finds the lines of a remedy in a language by where they stand in the French text.
func remedyOf(t *testing.T, texts check.Texts, c cure) []string {
	t.Helper()
	french, err := check.LoadTexts("fr")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := french.Text(c.check)
	i := slices.IndexFunc(text.Remedies, func(r check.Remedy) bool { return r.Product == c.product })
	if i < 0 {
		t.Fatalf("%s has no remedy for %q", c.check, c.product)
	}
	other, _ := texts.Text(c.check)
	return other.Remedies[i].Commands
}

// house is one server of the street, weak at first.
type house struct {
	cure
	street *street
	lines  []string // of the remedy
	kind   server
	addr   netip.Addr
	name   string
	dir    string
	run    *exec.Cmd
	log    *os.File
}

// house prepares a server, or says loudly that its program is missing.
func (s *street) house(t *testing.T, c cure, lines []string) *house {
	t.Helper()
	kind, ok := servers()[c.server]
	if !ok {
		t.Fatalf("%s: no server %q", c.check, c.server)
	}
	if _, err := exec.LookPath(kind.program); err != nil {
		t.Run(c.check+" "+c.product, func(t *testing.T) {
			if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
				t.Fatalf("%s is required by HYGIE_TEST_REQUIRE", kind.program)
			}
			t.Skipf("SKIPPED this remedy, no %s here: scripts/peers.sh installs it, and `make test` calls that when it may", kind.program)
		})
		return nil
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	n := firstHouse + len(entries)
	h := &house{cure: c, street: s, lines: lines, kind: kind, addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), name: fmt.Sprintf("m%d.%s", n, streetZone),
		dir: filepath.Join(s.dir, fmt.Sprint(n))}
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ip", "-n", s.inside, "addr", "add", h.addr.String()+"/32", "dev", "lo").CombinedOutput(); err != nil {
		t.Fatalf("address: %v: %s", err, out)
	}
	for name, content := range c.files {
		at := filepath.Join(h.dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, copied := strings.CutPrefix(content, "="); copied {
			var text []byte
			if text, err = os.ReadFile(filepath.Join(s.dir, "pki", target)); err == nil {
				err = os.WriteFile(at, text, 0o644)
			}
		} else if target, link := strings.CutPrefix(content, "@"); link {
			err = os.Symlink(filepath.Join(s.dir, "pki", target), at)
		} else {
			err = os.WriteFile(at, []byte(h.fill(content)), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if kind.prepare != "" {
		if out, err := h.command("bash", "-c", "cd %D && "+kind.prepare).CombinedOutput(); err != nil {
			t.Fatalf("%s: prepare: %v: %s", c.check, err, out)
		}
	}
	return h
}

// fill puts the house's own values into a text.
func (h *house) fill(text string) string {
	return strings.NewReplacer("%A", h.addr.String(), "%N", h.name, "%D", h.dir, "%P", filepath.Join(h.street.dir, "pki"), "%Z", h.zone(), "%L", url.PathEscape(filepath.Join(h.dir, "ldapi")), "{{zone}}", h.zone()).Replace(text)
}

// zone is the domain of a house that serves names, delegated to it.
func (h *house) zone() string { return strings.Replace(h.name, "m", "d", 1) }

// setting is the file of the server, weak or mended.
func (h *house) settingText(mended bool) string {
	var words []string
	for i := 0; i+1 < len(h.adapt); i += 2 {
		words = append(words, h.adapt[i], h.fill(h.adapt[i+1]))
	}
	adapted := strings.NewReplacer(words...)
	var written []string
	for _, line := range h.lines {
		first, _, _ := strings.Cut(line, " ")
		if !slices.Contains(shell, first) {
			written = append(written, adapted.Replace(line))
		}
	}
	var out []string
	text := h.setting
	for line := range strings.SplitSeq(text, "\n") {
		mark := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(mark, "-"):
			if !mended {
				out = append(out, mark[1:])
			}
		case mark == "+" || strings.HasPrefix(mark, "+"):
			if mended {
				var rest []string
				for _, l := range written {
					if strings.HasPrefix(strings.TrimSpace(l), mark[1:]) {
						out = append(out, l)
					} else {
						rest = append(rest, l)
					}
				}
				written = rest
			}
		default:
			out = append(out, line)
		}
	}
	return h.fill(strings.Join(out, "\n")) + "\n"
}

// open writes the setting, has the server look at it, and runs it until it listens.
func (h *house) open(t *testing.T, mended bool) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, cmp.Or(h.kind.file, "setting")), []byte(h.fill(strings.Replace(h.kind.wrap, "%S", h.settingText(mended), 1))+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if mended {
		h.typed(t, false)
	}
	if len(h.kind.test) > 0 {
		if out, err := h.command(h.kind.test...).CombinedOutput(); err != nil {
			t.Errorf("%s %s: the server refuses its setting (mended: %v): %v\n%s\n%s", h.check, h.product, mended, err, out, h.settingText(mended))
			return
		}
	}
	log, err := os.Create(filepath.Join(h.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	h.log = log
	h.run = h.command(h.kind.run...)
	h.run.Stdout, h.run.Stderr = log, log
	h.run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := h.run.Start(); err != nil {
		t.Fatal(err)
	}
	if mended && h.closed {
		time.Sleep(300 * time.Millisecond)
		return
	}
	if mended {
		defer h.typed(t, true)
	}
	for range 300 {
		if exec.Command("ip", "netns", "exec", h.street.outside, "bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s/%d", h.addr, h.port)).Run() == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	t.Errorf("%s %s: nothing listens on %s:%d (mended: %v): %s", h.check, h.product, h.addr, h.port, mended, text)
}

// typed runs the lines of a remedy that are typed, before the server starts or, for those that speak to it, once it runs. What restarts or tests
// a server this test does itself.
func (h *house) typed(t *testing.T, running bool) {
	t.Helper()
	var words []string
	for i := 0; i+1 < len(h.adapt); i += 2 {
		words = append(words, h.adapt[i], h.fill(h.adapt[i+1]))
	}
	for _, line := range h.lines {
		first, _, _ := strings.Cut(line, " ")
		if !slices.Contains([]string{"cat", "ldapmodify", "mkdir", "mosquitto_passwd", "openssl", "postconf", "printf"}, first) || (first == "ldapmodify") != running {
			continue
		}
		c := h.command("bash", "-c", "cd %D && "+strings.NewReplacer(words...).Replace(line))
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s %s: %s: %v: %s", h.check, h.product, line, err, out)
		}
	}
}

func (h *house) command(args ...string) *exec.Cmd {
	filled := []string{"netns", "exec", h.street.inside}
	for _, a := range args {
		filled = append(filled, h.fill(a))
	}
	c := exec.Command("ip", filled...)
	c.Env = append(os.Environ(), "MAIL_CONFIG="+h.dir)
	c.Dir = h.dir
	return c
}

// close ends the server that this test started, and all it started itself.
func (h *house) close() {
	if h.run == nil || h.run.Process == nil {
		return
	}
	if len(h.kind.stop) > 0 {
		_ = h.command(h.kind.stop...).Run() // what is not stopped shows: its weakness stays
	}
	group := -h.run.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() { _ = h.run.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	h.log.Close()
	h.run = nil
}

// seen is what one audit of the street gave.
type seen struct {
	report *report.Report
	facts  observe.Run
}

// judge compares what was seen of a house before and after its remedy.
func (h *house) judge(t *testing.T, before, after seen) {
	first, second := h.findings(before), h.findings(after)
	if !h.taken && !slices.Contains(first, h.check) {
		t.Errorf("planted, not found; found %v", first)
	}
	for _, f := range after.report.Findings {
		if !h.taken && f.Check == h.check && h.mine(f) && f.Severity != h.left {
			t.Errorf("still there after the remedy: %s %q\n%s", f.Found, f.Evidence, h.settingText(true))
		}
	}
	for _, id := range second {
		if !slices.Contains(first, id) && !slices.Contains(h.brings, id) {
			t.Errorf("the remedy brought %s", id)
		}
	}
	if !h.closed && !slices.ContainsFunc(after.facts.Endpoints, h.serves) {
		t.Errorf("no longer serves after the remedy\n%s", h.settingText(true))
	}
}

// serves tells whether an endpoint is this house's, and does what it is for.
func (h *house) serves(e observe.Endpoint) bool {
	if e.Address != netip.AddrPortFrom(h.addr, uint16(h.port)) {
		return false
	}
	if h.port != 80 && h.port != 443 {
		return true
	}
	return slices.ContainsFunc(e.Views, func(v observe.View) bool { return v.Web != nil && v.Web.Status < 400 })
}

func (h *house) mine(f report.Finding) bool {
	at, _, _ := strings.Cut(f.Endpoint, "/")
	ap, err := netip.ParseAddrPort(at)
	return err == nil && ap.Addr() == h.addr || f.Asset == h.name || f.Asset == h.zone()
}

func (h *house) findings(s seen) (ids []string) {
	for _, f := range s.report.Findings {
		if h.mine(f) {
			ids = append(ids, f.Check)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
