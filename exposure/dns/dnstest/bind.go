package dnstest

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"
)

// Bind is a real name server with zones it signed itself.
type Bind struct {
	Addr    netip.AddrPort
	Dir     string
	Anchors string // file of trust anchors, in master-file form, of the first zone
	PID     int    // of the server's process
}

// Zone is one zone of a [Bind].
type Zone struct {
	Name string // without the final dot
	Text string // records in master-file form; $ORIGIN and the default time to live are set
	Raw  string // the whole zone as it is to be served, in place of Text and of everything else
	// Sign are the arguments of dnssec-signzone; nil leaves the zone unsigned. Keys are ECDSA P-256 unless Algorithm says otherwise.
	Sign      []string
	Algorithm string
	Digests   []string // of the key, for the parent; one with SHA-256
	// Spoil changes the signed zone before it is served.
	Spoil func(signed string) string
	// DS changes the records that the parent zone gets of this one, one on each line.
	DS func(ds string) string
	// Options are further lines of the zone's configuration.
	Options string
}

// StartBind signs zones, children before parents, and serves them. Parents get the children's delegations and digests: they are added for
// each pair whose names say so. Without Debian's packages the test is skipped, unless HYGIE_TEST_REQUIRE lists "exposure".
func StartBind(t testing.TB, at netip.AddrPort, zones ...Zone) *Bind {
	t.Helper()
	for _, program := range []string{"named", "dnssec-keygen", "dnssec-signzone"} {
		if _, err := exec.LookPath(program); err != nil {
			if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
				t.Fatalf("%s is required: %v", program, err)
			}
			t.Skipf("SKIPPED, no %s here: apt-get install bind9 bind9-utils", program)
		}
	}
	b := &Bind{Dir: t.TempDir()}
	packets, stream := listen(t, at)
	b.Addr = packets.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	packets.Close()
	stream.Close()

	sorted := slices.Clone(zones)
	slices.SortStableFunc(sorted, func(a, b Zone) int { return wire.CountLabel(b.Name+".") - wire.CountLabel(a.Name+".") })
	digests := map[string]string{}
	var conf strings.Builder
	fmt.Fprintf(&conf, "options { directory %q; pid-file none; session-keyfile none; listen-on port %d { %s; }; listen-on-v6 { none; };\n"+
		" recursion yes; allow-recursion { any; }; dnssec-validation no; empty-zones-enable no; minimal-responses no; rate-limit { responses-per-second 0; }; version \"9.0 test\"; };\n"+
		"controls { };\nlogging { category default { null; }; };\n", b.Dir, b.Addr.Port(), b.Addr.Addr())
	for _, z := range sorted {
		text := z.Text
		for _, child := range zones {
			if z.Raw == "" && Parent(child.Name) == z.Name {
				text += fmt.Sprintf("\n%s. NS ns.%s.\nns.%s. A %s\n%s", child.Name, child.Name, child.Name, b.Addr.Addr(), digests[child.Name])
			}
		}
		if z.Raw != "" {
			write(t, filepath.Join(b.Dir, z.Name), z.Raw)
			fmt.Fprintf(&conf, "zone %q { type primary; file %q; %s };\n", z.Name, filepath.Join(b.Dir, z.Name), z.Options)
			continue
		}
		file, ds := b.sign(t, z, text)
		digests[z.Name] = ds
		fmt.Fprintf(&conf, "zone %q { type primary; file %q; %s };\n", z.Name, file, z.Options)
	}
	// A root of its own: what is in no zone does not exist, and nothing is looked for outside.
	root := filepath.Join(b.Dir, "root.zone")
	write(t, root, "$ORIGIN .\n$TTL 300\n@ SOA ns.root. h.root. 1 1 1 1 1\n@ NS ns.root.\nns.root. A "+b.Addr.Addr().String()+"\n")
	fmt.Fprintf(&conf, "zone \".\" { type primary; file %q; };\n", root)
	b.start(t, conf.String(), zones)
	return b
}

// Parent is the name one label up.
func Parent(name string) string {
	_, above, _ := strings.Cut(name, ".")
	return above
}

func (b *Bind) sign(t testing.TB, z Zone, text string) (file, ds string) {
	t.Helper()
	file = filepath.Join(b.Dir, z.Name+".zone")
	text = fmt.Sprintf("$ORIGIN %s.\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS ns\nns A %s\n%s\n", z.Name, b.Addr.Addr(), text)
	write(t, file, text)
	if z.Sign == nil {
		if z.DS != nil {
			ds = z.DS("")
		}
		return file, ds
	}
	algorithm := z.Algorithm
	if algorithm == "" {
		algorithm = "ECDSAP256SHA256"
	}
	entry := run(t, b.Dir, "dnssec-keygen", append(strings.Fields(algorithm), "-q", "-f", "KSK", z.Name)...)
	run(t, b.Dir, "dnssec-keygen", append(strings.Fields(algorithm), "-q", z.Name)...)
	signed := file + ".signed"
	run(t, b.Dir, "dnssec-signzone", append(slices.Clone(z.Sign), "-q", "-S", "-P", "-o", z.Name, "-f", signed, file)...)
	digest, err := os.ReadFile(filepath.Join(b.Dir, "dsset-"+z.Name+"."))
	if err != nil {
		t.Fatal(err)
	}
	b.Anchors = filepath.Join(b.Dir, "dsset-"+z.Name+".") // parents come last
	if z.Spoil != nil {
		text, err := os.ReadFile(signed)
		if err != nil {
			t.Fatal(err)
		}
		write(t, signed, z.Spoil(string(text)))
	}
	ds = string(digest)
	if len(z.Digests) > 0 {
		ds = ""
		for _, kind := range z.Digests {
			ds += run(t, b.Dir, "dnssec-dsfromkey", "-a", kind, entry) + "\n"
		}
	}
	if z.DS != nil {
		ds = z.DS(ds)
	}
	return signed, ds
}

// start runs named until the test ends, and waits until it holds every zone.
func (b *Bind) start(t testing.TB, conf string, zones []Zone) {
	t.Helper()
	file := filepath.Join(b.Dir, "named.conf")
	write(t, file, conf)
	var out bytes.Buffer
	cmd := exec.Command("named", "-g", "-n", "2", "-c", file)
	cmd.Stdout, cmd.Stderr = &out, &out
	dieWithTest(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.PID = cmd.Process.Pid
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-exited })
	client := wire.Client{Timeout: 200 * time.Millisecond}
	for _, z := range zones {
		q := new(wire.Msg).SetQuestion(z.Name+".", wire.TypeSOA)
		ready := false
		for try := 0; !ready && try < 200; try++ {
			m, _, err := client.Exchange(q, b.Addr.String())
			if ready = err == nil && m.Rcode == wire.RcodeSuccess && len(m.Answer) > 0; ready {
				break
			}
			select {
			case <-exited:
				t.Fatalf("named ended:\n%s", out.String())
			case <-time.After(50 * time.Millisecond):
			}
		}
		if !ready {
			t.Fatalf("named does not serve %s", z.Name)
		}
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run gives back what a program wrote.
func run(t testing.TB, dir, program string, args ...string) string {
	t.Helper()
	if program == "dnssec-keygen" {
		args = append([]string{"-a"}, args...)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, problems.String())
	}
	return strings.TrimSpace(out.String())
}
