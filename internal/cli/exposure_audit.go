package cli

import (
	"bufio"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"hygie/exposure"
	"hygie/exposure/check"
	"hygie/exposure/discover"
	"hygie/exposure/dns"
	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/report"
)

// exposureNetwork is what every command that looks at a perimeter needs.
type exposureNetwork struct {
	Perimeter string   `required:"" placeholder:"FILE" help:"What the establishment owns, and how it is proven (YAML, docs/formats/perimeter.md)."`
	Resolver  []string `placeholder:"ADDR" help:"Resolver to ask (192.0.2.53 or 192.0.2.53:5353); several in order of preference; by default those of this machine."`
	Signers   []string `name:"mandate-authority" placeholder:"FILE" help:"Certificate authorities to believe of those who sign mandates electronically (pem); without them the signer's name is a claim."`
}

// config reads the perimeter and the resolvers. Mandates stand beside the perimeter.
func (n *exposureNetwork) config(s *Streams) (exposure.Config, error) {
	f, err := os.Open(n.Perimeter)
	if err != nil {
		return exposure.Config{}, Exit{Failed, err}
	}
	defer func() { _ = f.Close() }()
	p, err := perimeter.Read(n.Perimeter, f)
	var problems perimeter.Problems
	if errors.As(err, &problems) {
		say := sayer(Language(s.Env))
		return exposure.Config{}, Exit{Failed, fmt.Errorf(say("%s ne peut servir de périmètre :\n%s", "%s cannot serve as a perimeter:\n%s"), n.Perimeter, problems.Text(Language(s.Env)))}
	}
	if err != nil {
		return exposure.Config{}, Exit{Failed, err}
	}
	c := exposure.Config{Perimeter: p, Local: true, Now: s.Now}
	for _, text := range n.Resolver {
		r, err := dns.ParseResolver(text)
		if err != nil {
			return c, UsageError("--resolver: %w", err)
		}
		c.Resolvers = append(c.Resolvers, r)
	}
	if len(c.Resolvers) == 0 {
		if c.Resolvers, err = dns.System("/etc/resolv.conf"); err != nil {
			say := sayer(Language(s.Env))
			return c, Exit{Failed, fmt.Errorf("%w\n  %s", err, say("Donnez-en un avec --resolver.", "Give one with --resolver."))}
		}
	}
	folder, err := os.OpenRoot(filepath.Dir(n.Perimeter))
	if err != nil {
		return c, Exit{Failed, err}
	}
	c.Open = func(file string) ([]byte, error) { return readMandate(folder, file) }
	c.Signers, err = readAuthorities(n.Signers)
	return c, err
}

// readAuthorities reads certificates of authorities; nil without files.
func readAuthorities(paths []string) (pool *x509.CertPool, err error) {
	for _, path := range paths {
		pem, err := readBounded(path, 4<<20)
		if err != nil {
			return nil, Exit{Failed, err}
		}
		if pool == nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, Exit{Failed, fmt.Errorf("%s holds no readable certificate (PEM expected)", path)}
		}
	}
	return pool, nil
}

// maxMandate bounds a mandate: a scanned paper.
const maxMandate = 64 << 20

func readMandate(folder *os.Root, name string) (_ []byte, err error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxMandate+1))
	if err == nil && len(data) > maxMandate {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxMandate)
	}
	return data, err
}

// exposureDecision is what every command that decides needs.
type exposureDecision struct {
	Baseline  string   `placeholder:"FILE" help:"Earlier audit (json) to compare with: what is new, persists, is fixed, is back."`
	History   []string `placeholder:"FILE" help:"Audits (json) older than the baseline, the newest first: what they had and the baseline had not is back."`
	Announced []string `placeholder:"ID" help:"Identifiers of findings that were announced as mended: they are checked again."`
	Accepted  string   `placeholder:"FILE" help:"Risks accepted and false positives (json): finding, author, reason, until."`
	Knowledge string   `placeholder:"FILE" help:"Knowledge bundle: exploited vulnerabilities, scores, advisories, ends of support."`
	Signer    []string `placeholder:"KEY" help:"Public key (base64) that must have signed the knowledge bundle; by default any whole signature is believed, and the signer told."`
	Format    string   `enum:"text,json,html,sarif,ods" default:"text" help:"Output: text, json, html (one page that needs nothing else), sarif or ods (spreadsheet)."`
	Out       string   `short:"o" placeholder:"FILE" help:"File to write, readable by you alone; by default the standard output."`
	Lang      string   `enum:"fr,en," default:"" placeholder:"fr|en" help:"Language of the report; by default that of the messages."`
	Sign      string   `placeholder:"FILE" help:"Ed25519 private key (PEM) that signs what --out and --facts write, made and kept when the file does not exist; hygie exposure verify checks it."`
	All       bool     `help:"In text, show every finding with its evidence."`
	FailOn    string   `enum:"critical,major,important,minor," default:"" placeholder:"SEVERITY" help:"End with code 3 when a proven or observed finding is this grave or more: critical, major, important or minor."`

	Version string `kong:"-"` // of the program, for the report; set by whoever builds the command line

	facts string // file of facts that the same run wrote
}

// ExposureAudit audits what an establishment shows to the internet.
type ExposureAudit struct {
	exposureNetwork
	exposureDecision
	Facts     string   `placeholder:"FILE" help:"Keep what was seen in this file (json), to decide again later with hygie exposure decide."`
	Resume    string   `placeholder:"FILE" help:"Memory of the audit: an audit that was stopped and is started again with the same file goes on where it was."`
	Log       string   `placeholder:"FILE" help:"Write each connection and datagram of the audit to this file as it leaves, one a line: moment, transport, address and port, name asked for."`
	Import    []string `placeholder:"FILE" help:"Names to start from: zone file, export of the registrar or of the address plan (csv), certificates (pem, csv), certificate transparency (json), list of names."`
	Anchor    []string `placeholder:"FILE" help:"Trust anchors of DNSSEC beside the root's (DS or DNSKEY records), for a private root."`
	Authority []string `placeholder:"FILE" help:"Certificate authorities of the establishment (pem): what they signed is no fault."`
}

// Help shows examples.
func (*ExposureAudit) Help() string {
	return "hygie exposure audit --perimeter perimetre.yaml\n" +
		"hygie exposure audit --perimeter perimetre.yaml --format html --out audit.html --facts faits.json --resume audit.etat\n" +
		"hygie exposure audit --perimeter perimetre.yaml --import zone.db --import domaines.csv --resolver 192.0.2.53\n" +
		"hygie exposure audit --perimeter perimetre.yaml --baseline mars.json --format json --out mai.json --sign audits.key --fail-on major"
}

// Run audits.
func (c *ExposureAudit) Run(ctx context.Context, s *Streams) error {
	say := sayer(Language(s.Env))
	options, err := c.options(s, say)
	if err != nil {
		return err
	}
	config, err := c.config(s)
	if err != nil {
		return err
	}
	config.Tool = c.Version
	if err := c.inputs(&config); err != nil {
		return err
	}
	if c.Resume != "" {
		memory, err := exposure.OpenMemory(c.Resume)
		if err != nil {
			return Exit{Failed, err}
		}
		defer func() { _ = memory.Close() }() // every line is written already
		config.Memory = memory
	}
	ended, err := c.contacts(&config)
	if err != nil {
		return Exit{Failed, err}
	}
	spare(s, config)
	bar := &exposureBar{s: s, say: say}
	config.Progress = bar.show
	run, err := exposure.Audit(ctx, config)
	bar.clear()
	if kept := ended(); kept != nil {
		return Exit{Failed, errors.Join(err, kept)}
	}
	if err != nil {
		return c.early(s, say, run, err)
	}
	if err := c.keep(run); err != nil {
		return Exit{Failed, err}
	}
	c.facts = c.Facts
	return c.conclude(s, say, run, options)
}

// contacts writes what goes to targets, until ended is called.
func (c *ExposureAudit) contacts(config *exposure.Config) (ended func() error, err error) {
	if c.Log == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(c.Log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	w := bufio.NewWriter(f)
	config.Log = func(e exposure.Contact) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.At.UTC().Format("2006-01-02T15:04:05.000Z"), e.Transport, e.Address, e.Name))) // a fault is kept for Flush
	}
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		return errors.Join(w.Flush(), f.Close())
	}, nil
}

// inputs reads the files that the audit starts from.
func (c *ExposureAudit) inputs(config *exposure.Config) error {
	for _, path := range c.Import {
		f, err := os.Open(path)
		if err != nil {
			return Exit{Failed, err}
		}
		i, err := discover.Read(filepath.Base(path), f)
		if err := errors.Join(err, f.Close()); err != nil {
			return Exit{Failed, err}
		}
		config.Imports = append(config.Imports, i)
	}
	for _, path := range c.Anchor {
		f, err := os.Open(path)
		if err != nil {
			return Exit{Failed, err}
		}
		anchors, err := dns.ReadAnchors(f, filepath.Base(path))
		if err := errors.Join(err, f.Close()); err != nil {
			return Exit{Failed, err}
		}
		config.Anchors = append(config.Anchors, anchors...)
	}
	var err error
	config.Authority, err = readAuthorities(c.Authority)
	return err
}

// early says why an audit ended before its end, and how to go on.
func (c *ExposureAudit) early(s *Streams, say func(fr, en string) string, run *observe.Run, err error) error {
	if run != nil {
		if kept := c.keep(run); kept != nil {
			return Exit{Failed, errors.Join(err, kept)}
		}
	}
	advice := say("Rien n’est perdu avec --resume : la même commande reprendra où elle en était.", "Nothing is lost with --resume: the same command goes on where it was.")
	if c.Resume == "" {
		advice = say("Avec --resume FICHIER, un audit arrêté reprend où il en était.", "With --resume FILE, a stopped audit goes on where it was.")
	}
	switch {
	case errors.Is(err, exposure.ErrHours):
		err = errors.New(say("hors des heures que le périmètre autorise", "outside the hours that the perimeter allows"))
	case errors.Is(err, exposure.ErrOther):
		return Exit{Failed, fmt.Errorf(say("%s garde la mémoire d’un autre périmètre : donnez un autre fichier à --resume", "%s is the memory of another perimeter: give --resume another file"), c.Resume)}
	case errors.Is(err, exposure.ErrTooOld):
		return Exit{Failed, fmt.Errorf(say("%s date de plus d’un jour : ce qu’il garde a pu changer ; donnez un autre fichier à --resume", "%s is more than a day old: what it holds may have changed; give --resume another file"), c.Resume)}
	case errors.Is(err, context.Canceled):
		err = errors.New(say("audit interrompu", "audit interrupted"))
	}
	return Exit{Failed, fmt.Errorf("%w\n  %s", err, advice)}
}

// keep writes the facts.
func (c *ExposureAudit) keep(run *observe.Run) error {
	if c.Facts == "" {
		return nil
	}
	return writePrivate(c.Facts, func(w io.Writer) error { return exposure.WriteFacts(w, run) })
}

// options reads what a decision depends on.
func (c *exposureDecision) options(s *Streams, say func(fr, en string) string) (exposure.Options, error) {
	o := exposure.Options{Language: cmp.Or(c.Lang, Language(s.Env)), Tool: c.Version, Announced: c.Announced}
	if len(c.History) > 0 && c.Baseline == "" {
		return o, UsageError("%s", say("--history n’a de sens qu’avec --baseline", "--history only makes sense with --baseline"))
	}
	for _, path := range c.History {
		r, err := readExposureReport(path, say)
		if err != nil {
			return o, err
		}
		o.History = append(o.History, r)
	}
	if c.Sign != "" && (c.Out == "" || c.Out == "-") {
		return o, UsageError("%s", say("--sign signe un fichier : donnez --out", "--sign signs a file: give --out"))
	}
	var err error
	if o.Known, err = c.known(s, say); err != nil {
		return o, err
	}
	if c.Baseline != "" {
		if o.Baseline, err = readExposureReport(c.Baseline, say); err != nil {
			return o, err
		}
	}
	if c.Accepted != "" {
		f, err := os.Open(c.Accepted)
		if err != nil {
			return o, Exit{Failed, err}
		}
		o.Accepted, err = report.ReadAcceptances(c.Accepted, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return o, Exit{Failed, err}
		}
	}
	return o, nil
}

// known reads the knowledge bundle.
func (c *exposureDecision) known(s *Streams, say func(fr, en string) string) (*knowledge.Bundle, error) {
	if c.Knowledge == "" {
		return nil, nil
	}
	trusted, err := signerKeys(c.Signer, say)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(c.Knowledge)
	if err != nil {
		return nil, Exit{Failed, err}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, Exit{Failed, err}
	}
	bundle, signer, err := knowledge.Read(f, info.Size(), trusted...)
	if err != nil {
		return nil, Exit{Failed, fmt.Errorf("%s: %w", c.Knowledge, err)}
	}
	if len(trusted) == 0 {
		fmt.Fprintf(s.Err, say("connaissances du %s, signées par %s (--signer pour n’accepter que cette clé)\n", "knowledge of %s, signed by %s (--signer to accept this key only)\n"),
			bundle.Date().Format("2006-01-02"), base64.StdEncoding.EncodeToString(signer))
	}
	return bundle, nil
}

func readExposureReport(path string, say func(fr, en string) string) (*report.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Exit{Failed, err}
	}
	defer func() { _ = f.Close() }()
	r, err := report.Read(bufio.NewReader(f))
	if err != nil {
		return nil, Exit{Failed, fmt.Errorf(say("%s n’est pas un rapport d’audit d’exposition (--format json) : %w", "%s is not the report of an exposure audit (--format json): %w"), path, err)}
	}
	return r, nil
}

// conclude decides, writes the report, and ends with the code that --fail-on asks for.
func (c *exposureDecision) conclude(s *Streams, say func(fr, en string) string, run *observe.Run, o exposure.Options) error {
	r, err := exposure.Decide(run, o)
	if err != nil {
		return Exit{Failed, err}
	}
	if err := c.write(s, r); err != nil {
		return Exit{Failed, err}
	}
	if err := c.sign(s, say); err != nil {
		return Exit{Failed, err}
	}
	for _, f := range r.Findings {
		if c.FailOn != "" && f.Counts && f.Severity.Rank() <= check.Severity(c.FailOn).Rank() {
			return Exit{Code: Findings}
		}
	}
	return nil
}

// sign signs what was written, and other files written before it.
func (c *exposureDecision) sign(s *Streams, say func(fr, en string) string) error {
	if c.Sign == "" {
		return nil
	}
	key, made, err := signingKey(c.Sign)
	if err != nil {
		return err
	}
	if made {
		fmt.Fprintf(s.Err, say("Clé de signature faite : %s. Gardez-la hors de la machine qui audite.\n", "Signing key made: %s. Keep it away from the machine that audits.\n"), c.Sign)
	}
	for _, path := range []string{c.Out, c.facts} {
		if path != "" {
			if err := signFile(path, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *exposureDecision) write(s *Streams, r *report.Report) error {
	if c.Out == "" || c.Out == "-" {
		return c.render(s.Out, r, s.Env("NO_COLOR") == "" && isTerminal(s.Out))
	}
	return writePrivate(c.Out, func(w io.Writer) error { return c.render(w, r, false) })
}

func (c *exposureDecision) render(w io.Writer, r *report.Report, colour bool) error {
	switch c.Format {
	case "json":
		return report.WriteJSON(w, r)
	case "html":
		return report.WriteHTML(w, r)
	case "sarif":
		return report.WriteSARIF(w, r)
	case "ods":
		return report.WriteODS(w, r)
	}
	return report.WriteText(w, r, report.TextOptions{Colour: colour, All: c.All})
}

// exposureBar shows progress on one line of a terminal, and nothing elsewhere.
type exposureBar struct {
	s     *Streams
	say   func(fr, en string) string
	shown bool
}

func (b *exposureBar) show(e exposure.Event) {
	if !b.s.Terminal {
		return
	}
	b.shown = true
	phase := map[string]string{
		"proof": b.say("preuves", "proofs"), "domains": b.say("domaines", "domains"), "names": b.say("noms", "names"),
		"ports": b.say("ports", "ports"), "datagrams": b.say("datagrammes", "datagrams"), "services": b.say("services", "services"),
	}[e.Phase]
	what := e.Subject
	if runes := []rune(what); len(runes) > 50 {
		what = string(runes[:49]) + "…"
	}
	count := fmt.Sprint(e.Done)
	if e.Total > 0 {
		count = fmt.Sprintf("%d/%d", e.Done, max(e.Done, e.Total))
	}
	fmt.Fprintf(b.s.Err, "\r\x1b[K%-9s %11s  %s", phase, count, what)
}

func (b *exposureBar) clear() {
	if b.shown {
		fmt.Fprint(b.s.Err, "\r\x1b[K")
	}
}

// oneLine writes addresses on a line.
func oneLine(list []netip.Addr) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}
