package service

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hygie/exposure/perimeter"
)

// A peer is a real server of a Debian package, in a state that a hospital could leave it in.
type peer struct {
	program   string // looked for in the path and beside it
	port      string // "" picks a free one
	transport string // "tcp" if empty
	expected  string
	classes   perimeter.Class
	files     map[string]string // written below DIR
	before    [][]string        // commands that make ready
	argv      []string          // DIR, PORT and HOST are replaced
	user      string            // the program runs as, root if empty
	proxyTo   bool              // a proxy may be asked to reach an address of the test's own
	check     func(t *testing.T, f Facts)
	noRecord  bool // encrypted, or too much of the moment
}

const guest = perimeter.GuestAccess

// want compares an answer.
func want(t *testing.T, what string, a Answer, state State) {
	t.Helper()
	if a.Is != state {
		t.Errorf("%s: %s (%s), want %s", what, a.Is, a.Why, state)
	}
}

func isProduct(t *testing.T, f Facts, protocol, product string) {
	t.Helper()
	if f.Protocol != protocol || f.Product != product {
		t.Errorf("%s %q, want %s %q", f.Protocol, f.Product, protocol, product)
	}
}

func peers() map[string]peer {
	all := map[string]peer{}
	for _, group := range []map[string]peer{remotePeers(), storePeers(), otherPeers()} {
		for name, p := range group {
			all[name] = p
		}
	}
	return all
}

// Real servers are recognised, each planted weakness is seen, and nothing is invented on its sound twin.
func TestRealServers(t *testing.T) {
	for name, p := range peers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := p.start(t)
			from := addr
			r := &recorder{file: talkFile{from: "a capture of " + p.version(t), transport: p.transport, expected: p.expected, guest: p.classes != 0}}
			if p.transport == "" {
				r.file.transport = "tcp"
			}
			if *record && !p.noRecord {
				from = r.between(t, addr)
			}
			o := quick(p.expected)
			if p.proxyTo {
				to := own(t)
				o.ProxyTo = func() perimeter.Target { return to }
			}
			o.Answer = 5 * time.Second // a refusal may be delayed on purpose
			target := loopback(t, from, p.classes)
			f, err := probe(t, p.transport, target, o)
			if err != nil {
				t.Fatal(err)
			}
			p.check(t, f)
			if t.Failed() {
				t.Logf("%+v", f)
			}
			if *record && !p.noRecord {
				r.finish(t, name)
			}
		})
	}
}

// own is an address that a proxy may be asked to reach.
func own(t *testing.T) perimeter.Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return loopback(t, l.Addr().String(), 0)
}

// missing skips, unless the environment says that these servers are installed.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
		t.Fatalf(format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}

func (p peer) path(t *testing.T) string {
	t.Helper()
	postgres, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(postgres) // the newest first
	for _, folder := range slices.Concat(filepath.SplitList(os.Getenv("PATH")), []string{"/usr/sbin"}, postgres) {
		if path := filepath.Join(folder, p.program); isFile(path) {
			return path
		}
	}
	missing(t, "%s is not installed", p.program)
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// version names the Debian package a server comes from.
func (p peer) version(t *testing.T) string {
	path, err := filepath.EvalSymlinks(p.path(t))
	if err != nil {
		return p.program
	}
	out, err := exec.Command("dpkg", "-S", path).Output()
	if err != nil {
		return p.program
	}
	name, _, _ := strings.Cut(string(out), ":")
	out, _ = exec.Command("dpkg-query", "-W", "-f", "${Package} ${Version}", name).Output()
	return string(out)
}

// start runs the server until the test ends and returns where it listens.
func (p peer) start(t *testing.T) string {
	t.Helper()
	path := p.path(t)
	if os.Getuid() != 0 {
		missing(t, "%s: only root may start this server here", p.program)
	}
	// A short folder: sockets have no long names.
	dir, err := os.MkdirTemp("", "peer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o777)
	port := p.port
	if port == "" {
		port = free(t, p.transport)
	}
	fill := strings.NewReplacer("DIR", dir, "PORT", port).Replace
	for name, text := range p.files {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o777)
		if err := os.WriteFile(file, []byte(fill(text)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range p.before {
		argv := slices.Clone(command)
		for i := range argv {
			argv[i] = fill(argv[i])
		}
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
		}
	}
	argv := []string{path}
	for _, a := range p.argv {
		argv = append(argv, fill(a))
	}
	if p.user != "" {
		argv = append([]string{"runuser", "-u", p.user, "--"}, argv...)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		log.Close()
	})
	p.await(t, "127.0.0.1:"+port, filepath.Join(dir, "log"))
	return "127.0.0.1:" + port
}

// await waits until the server listens.
func (p peer) await(t *testing.T, addr, log string) {
	t.Helper()
	for range 150 {
		flags := "-ltn" // a connection would count for a server that takes one
		if p.transport == "udp" {
			flags = "-lun"
		}
		if out, _ := exec.Command("ss", flags).Output(); strings.Contains(string(out), addr[strings.LastIndex(addr, ":"):]+" ") {
			time.Sleep(100 * time.Millisecond)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(log)
	more, _ := filepath.Glob(filepath.Join(filepath.Dir(log), "*.log"))
	for _, name := range more {
		lines, _ := os.ReadFile(name)
		text = append(text, lines...)
	}
	t.Fatalf("%s does not listen on %s:\n%s", p.program, addr, text)
}

func free(t *testing.T, transport string) string {
	t.Helper()
	if transport == "udp" {
		l, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return fmt.Sprint(l.LocalAddr().(*net.UDPAddr).Port)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
