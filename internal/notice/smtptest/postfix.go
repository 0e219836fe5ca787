// Package smtptest gives tests a real Postfix, which they stop and start.
package smtptest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Recipient is who has a mailbox.
const Recipient = "camille@ch-brume.example"

// Postfix is one on loopback with a mailbox of its own.
type Postfix struct {
	Address string // host and port
	dir     string
}

// New prepares one, which does not run yet and ends with the test. Where there is none, or the test does not run as root, the test is skipped and says so, unless it is required.
func New(t testing.TB) *Postfix {
	t.Helper()
	required := slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure")
	_, missing := exec.LookPath("postfix")
	switch {
	case os.Getuid() != 0:
		t.Skip("SKIPPED, Postfix needs root")
	case missing != nil && required:
		t.Fatal(missing)
	case missing != nil:
		t.Skip("SKIPPED, no Postfix here: apt-get install postfix")
	}
	dir, err := os.MkdirTemp("/tmp", "postfix") // its own short path: Postfix changes owners below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &Postfix{Address: free(t), dir: dir}
	p.write(t)
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Log(strconv.Quote(string(log)))
		}
		if exec.Command("postfix", "-c", dir, "status").Run() == nil {
			p.Stop(t)
		}
	})
	return p
}

// free is a port of an address of loopback that no other program uses, so that it is still free when the server starts again.
func free(t testing.TB) string {
	t.Helper()
	pid := os.Getpid()
	l, err := net.Listen("tcp", net.JoinHostPort(net.IPv4(127, 77, byte(pid>>8), byte(max(pid&0xff, 1))).String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *Postfix) write(t testing.TB) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"", "q", "data", "box"} {
		must(os.MkdirAll(filepath.Join(p.dir, d), 0o755))
		must(os.Chmod(filepath.Join(p.dir, d), 0o755)) //nolint:gosec // Postfix reads it under other accounts
	}
	must(os.Chmod(filepath.Join(p.dir, "box"), 0o777)) //nolint:gosec // the mailbox of one test
	main := strings.NewReplacer("DIR", p.dir, "RECIPIENT", Recipient).Replace("compatibility_level=3.6\nqueue_directory=DIR/q\ndata_directory=DIR/data\nmaillog_file=DIR/log\nmaillog_file_prefixes=DIR\ninet_interfaces=127.0.0.1\ninet_protocols=ipv4\n" +
		"myhostname=mail.ch-brume.example\nmydestination=\nmynetworks=127.0.0.0/8\nvirtual_mailbox_domains=ch-brume.example\nvirtual_mailbox_base=DIR/box\nvirtual_mailbox_maps=inline:{RECIPIENT=camille/}\n" +
		"virtual_uid_maps=static:65534\nvirtual_gid_maps=static:65534\nalias_maps=\nsmtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination\n")
	master := p.Address + " inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n" +
		"defer unix - - n - 0 bounce\nvirtual unix - n n - - virtual\nerror unix - - n - - error\nanvil unix - - n - 1 anvil\nproxymap unix - - n - - proxymap\n"
	must(os.WriteFile(filepath.Join(p.dir, "main.cf"), []byte(main), 0o644))
	must(os.WriteFile(filepath.Join(p.dir, "master.cf"), []byte(master), 0o644))
	if files, err := os.ReadFile("/etc/postfix/postfix-files"); err == nil {
		must(os.WriteFile(filepath.Join(p.dir, "postfix-files"), files, 0o644))
	}
	must(os.MkdirAll(filepath.Join(p.dir, "dynamicmaps.cf.d"), 0o755))
	if maps, err := os.ReadFile("/etc/postfix/dynamicmaps.cf"); err == nil {
		must(os.WriteFile(filepath.Join(p.dir, "dynamicmaps.cf"), maps, 0o644))
	}
	if out, err := exec.Command("chown", "postfix", filepath.Join(p.dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// Start starts it and waits until it listens.
func (p *Postfix) Start(t testing.TB) {
	t.Helper()
	p.run(t, "start")
	for range 600 {
		if conn, err := net.Dial("tcp", p.Address); err == nil {
			conn.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("Postfix does not listen")
}

// Stop stops it at once.
func (p *Postfix) Stop(t testing.TB) {
	t.Helper()
	p.run(t, "abort")
}

func (p *Postfix) run(t testing.TB, act string) {
	t.Helper()
	if out, err := exec.Command("postfix", "-c", p.dir, act).CombinedOutput(); err != nil {
		t.Fatalf("%s Postfix: %v: %s", act, err, out)
	}
}

// Mails waits until so many mails lie in the mailbox and gives them, in the order of their names.
func (p *Postfix) Mails(t testing.TB, count int) (all []string) {
	t.Helper()
	for range 600 {
		files, _ := filepath.Glob(filepath.Join(p.dir, "box", "camille", "new", "*"))
		if len(files) < count {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(text))
		}
		return all
	}
	t.Fatalf("%d mails do not arrive", count)
	return nil
}
