package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"hygie/directory/collect"
	"hygie/directory/ldap"
)

// DirectoryCollect reads an Active Directory into a dump file.
type DirectoryCollect struct {
	Server       string        `required:"" placeholder:"HOST[:PORT]" help:"Domain controller to read, by name rather than by address. No other machine is contacted."`
	User         string        `placeholder:"NAME" help:"Account that reads: name, name@domain or DOMAIN\\name. An ordinary account is enough."`
	PasswordFile string        `placeholder:"FILE" help:"File that holds the password, and nothing else. Otherwise HYGIE_PASSWORD, otherwise it is asked for."`
	Keytab       string        `placeholder:"FILE" help:"Kerberos key table, instead of a password."`
	TicketCache  string        `placeholder:"FILE" help:"Kerberos ticket cache, as kinit leaves it, instead of a password."`
	Realm        string        `placeholder:"REALM" help:"Kerberos realm of the account, when it is not the server's."`
	KDC          string        `name:"kdc" placeholder:"HOST[:PORT]" help:"Kerberos authority, when it is not the server."`
	Method       string        `enum:"auto,kerberos,ldaps,starttls" default:"auto" help:"How to connect: kerberos (signed and sealed, port 389), ldaps, starttls; auto tries Kerberos, then LDAPS."`
	Protection   string        `enum:"seal,sign" default:"seal" help:"With Kerberos: seal encrypts everything, sign only protects against change."`
	CA           string        `name:"ca" placeholder:"FILE" help:"Certificates (PEM) to trust for TLS, instead of the system's."`
	InsecureTLS  bool          `name:"insecure-tls" help:"Accept any certificate. Whoever sits on the line can then take the password: for a test bench only."`
	Timeout      time.Duration `default:"60s" help:"Longest silence of the server before the line is taken for dead."`
	Out          string        `short:"o" required:"" placeholder:"FILE" help:"File to write, readable by you alone."`
	Overwrite    bool          `help:"Replace the file if it exists."`
	Sysvol       bool          `default:"true" negatable:"" help:"Read the files of group policies too (SYSVOL, port 445); a refusal is only a warning."`

	Tool string `kong:"-"` // name and version of the program, for the record; set by whoever builds the command line
}

// Help shows examples.
func (*DirectoryCollect) Help() string {
	return "hygie directory collect --server dc1.chu.example --user a.auditeur --out domaine.hygie\n" +
		"hygie directory collect --server dc1.chu.example --user a.auditeur --method ldaps --ca ac.pem --password-file mdp --out domaine.hygie\n" +
		"hygie directory collect --server dc1.chu.example --ticket-cache /tmp/krb5cc_1000 --out domaine.hygie"
}

// Run collects. A partial collection is kept, warned about, and no failure.
func (c *DirectoryCollect) Run(ctx context.Context, s *Streams) error {
	say := sayer(Language(s.Env))
	options, err := c.connection(s, say)
	if err != nil {
		return err
	}
	if c.InsecureTLS {
		fmt.Fprintln(s.Err, say("ATTENTION : le certificat du serveur ne sera pas vérifié. Sur un réseau réel, le mot de passe peut être volé.",
			"WARNING: the server's certificate will not be verified. On a real network the password can be stolen."))
	}
	bar := &progressLine{s: s, say: say}
	var shares func(context.Context, ldap.Method, *ldap.RootDSE) (collect.SysvolTree, error)
	if c.Sysvol {
		shares = collect.OverSMB(options)
	}
	summary, err := collect.File(ctx, collect.Options{
		Sysvol:   shares,
		Connect:  func(ctx context.Context) (*ldap.Client, error) { return ldap.Connect(ctx, options) },
		Tool:     cmp.Or(c.Tool, "hygie"),
		Account:  c.account(),
		Language: Language(s.Env),
		Now:      s.Now,
		Progress: bar.show,
	}, collect.FileOptions{Path: c.Out, Overwrite: c.Overwrite})
	bar.clear()
	switch {
	case errors.Is(err, fs.ErrExist):
		return UsageError("%s", say(c.Out+" existe déjà ; --overwrite le remplace", c.Out+" exists; --overwrite replaces it"))
	case err != nil && ctx.Err() != nil:
		return Exit{Failed, errors.New(say("collecte interrompue ; aucun fichier n’est laissé", "collection interrupted; no file is left"))}
	case err != nil:
		return Exit{Failed, errors.New(collect.Explain(err, Language(s.Env)))}
	}
	c.tell(s, say, summary)
	return nil
}

// account is who reads, for the record of the dump.
func (c *DirectoryCollect) account() string {
	if c.User == "" {
		return "ticket cache"
	}
	return c.User
}

// tell prints what was done.
func (c *DirectoryCollect) tell(s *Streams, say func(fr, en string) string, summary collect.Summary) {
	for _, a := range summary.Attempts {
		what, _ := collect.Advice(ldap.ReasonOf(a.Err), Language(s.Env))
		fmt.Fprintf(s.Err, say("%s n’a pas abouti : %s\n", "%s did not work: %s\n"), a.Method, what)
	}
	for _, w := range summary.Source.Warnings {
		fmt.Fprintln(s.Err, say("avertissement : ", "warning: ")+w.Text(Language(s.Env)))
	}
	fmt.Fprintf(s.Out, say("%d objets lus sur %s en %s (%s)\n", "%d objects read from %s in %s (%s)\n"),
		summary.Objects, summary.Source.Server, summary.Elapsed.Round(100*time.Millisecond), collect.SecurityText(summary.Security, Language(s.Env)))
	for _, p := range summary.Partitions {
		mark := ""
		if p.Err != nil {
			mark = say("  INCOMPLÈTE", "  NOT WHOLE")
		}
		fmt.Fprintf(s.Out, "%9d  %s%s\n", p.Objects, p.DN, mark)
	}
	if summary.Files > 0 {
		fmt.Fprintf(s.Out, say("%9d  SYSVOL : fichiers et dossiers de %d stratégies\n", "%9d  SYSVOL: files and folders of %d policies\n"), summary.Files, summary.Policies)
	}
	if summary.Source.Partial {
		fmt.Fprintln(s.Out, say("La collecte est incomplète : les points qui manquent de données seront dits « non évalués ».",
			"The collection is partial: points that lack data will be told as \"not evaluated\"."))
	}
	fmt.Fprintln(s.Out, say("Écrit dans ", "Written to ")+c.Out)
}

// connection gathers what Connect needs.
func (c *DirectoryCollect) connection(s *Streams, say func(fr, en string) string) (ldap.Options, error) {
	o := ldap.Options{
		Server: c.Server, KDC: c.KDC, Method: ldap.Method(c.Method), Protection: ldap.Protection(c.Protection),
		Account:     ldap.Account{User: c.User, Realm: c.Realm},
		InsecureTLS: c.InsecureTLS, Timeout: c.Timeout, Now: s.Now,
	}
	if c.User == "" && c.TicketCache == "" {
		return o, UsageError("%s", say("indiquez le compte avec --user", "name the account with --user"))
	}
	if c.CA != "" {
		pem, err := readBounded(c.CA, 4<<20)
		if err != nil {
			return o, Exit{Failed, err}
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return o, UsageError("%s", say(c.CA+" ne contient aucun certificat lisible (format PEM attendu)", c.CA+" holds no readable certificate (PEM expected)"))
		}
	}
	var err error
	switch {
	case c.TicketCache != "":
		o.Account.Cache, err = readBounded(c.TicketCache, 4<<20)
	case c.Keytab != "":
		o.Account.Keytab, err = readBounded(c.Keytab, 4<<20)
	default:
		o.Account.Password, err = c.password(s, say)
	}
	if _, ok := errors.AsType[Exit](err); err != nil && !ok {
		err = Exit{Failed, err}
	}
	return o, err
}

// password takes it from the file, the environment or the terminal, in this order. It is never an option: options are seen by
// every user of the machine.
func (c *DirectoryCollect) password(s *Streams, say func(fr, en string) string) (string, error) {
	if c.PasswordFile != "" {
		text, err := readBounded(c.PasswordFile, 4096)
		if err != nil {
			return "", err
		}
		if info, err := os.Stat(c.PasswordFile); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			fmt.Fprintf(s.Err, say("avertissement : d’autres utilisateurs peuvent lire %s\n", "warning: other users can read %s\n"), c.PasswordFile)
		}
		password := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		if password == "" || strings.ContainsAny(password, "\r\n") {
			return "", UsageError("%s", say(c.PasswordFile+" doit contenir le mot de passe sur une seule ligne", c.PasswordFile+" must hold the password on a single line"))
		}
		return password, nil
	}
	if password := s.Env("HYGIE_PASSWORD"); password != "" {
		return password, nil
	}
	file, ok := s.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", UsageError("%s", say("pas de mot de passe : donnez --password-file ou HYGIE_PASSWORD", "no password: give --password-file or HYGIE_PASSWORD"))
	}
	fmt.Fprintf(s.Err, say("Mot de passe de %s (il ne s’affiche pas) : ", "Password of %s (not shown): "), c.User)
	typed, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(s.Err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if len(typed) == 0 {
		return "", UsageError("%s", say("le mot de passe est vide", "the password is empty"))
	}
	return string(typed), nil
}

// readBounded reads a small file.
func readBounded(path string, limit int64) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var b bytes.Buffer
	if n, err := io.Copy(&b, io.LimitReader(f, limit+1)); err != nil || n > limit {
		return nil, cmp.Or(err, fmt.Errorf("%s is larger than %d bytes", path, limit))
	}
	return b.Bytes(), nil
}

// A progressLine shows progress on one line of a terminal, and nothing elsewhere.
type progressLine struct {
	s     *Streams
	say   func(fr, en string) string
	shown bool
}

func (p *progressLine) show(partition string, objects int) {
	if !p.s.Terminal {
		return
	}
	p.shown = true
	if runes := []rune(partition); len(runes) > 60 {
		partition = string(runes[:59]) + "…"
	}
	fmt.Fprintf(p.s.Err, "\r\x1b[K%8d  %s", objects, partition)
}

func (p *progressLine) clear() {
	if p.shown {
		fmt.Fprint(p.s.Err, "\r\x1b[K")
	}
}

// sayer picks the text of a language, and puts the unbreakable spaces of French where they belong.
func sayer(lang string) func(fr, en string) string {
	spaces := strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " !", "\u00a0!", " ?", "\u00a0?", "« ", "«\u00a0", " »", "\u00a0»")
	return func(fr, en string) string {
		if lang == "en" {
			return en
		}
		return spaces.Replace(fr)
	}
}
