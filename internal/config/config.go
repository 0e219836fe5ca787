// Package config reads the settings of the platform: built-in values, then the file, then the environment, then the command
// line, each over the one before.
//
// The file is TOML; an unknown key is refused, so that a typing error is found at start and not in the middle of a
// night. Every key has an environment variable: "storage.database" is HYGIE_STORAGE_DATABASE.
package config

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Config holds every setting. [Default] documents the built-in values.
type Config struct {
	Server   Server   `toml:"server"`
	Storage  Storage  `toml:"storage"`
	Audit    Audit    `toml:"audit"`
	Exposure Exposure `toml:"exposure"`
	Mail     Mail     `toml:"mail"`
	Webhooks Webhooks `toml:"webhooks"`
	Stamping Stamping `toml:"stamping"`
	NIS2     NIS2     `toml:"nis2"`
	Log      Log      `toml:"log"`
	Demo     bool     `toml:"-"` // the demonstration: one-click sign-in, invented data; never set by a file
}

// Server says where the web answers.
type Server struct {
	// Listen is the address and port to listen on.
	Listen string `toml:"listen"`
	// PublicURL is the address people type, such as https://hygie.example.fr; passkeys and the links in invitations depend on it.
	PublicURL string `toml:"public_url"`
	// Certificate and Key are PEM files; with both, the platform speaks TLS itself. Without, put a reverse proxy before it.
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
	// Zone is where days begin and end, and how hours are shown, such as Europe/Paris or Indian/Reunion.
	Zone string `toml:"zone"`
	// TrustedProxies lists the addresses (CIDR) of reverse proxies whose X-Forwarded-For is believed.
	TrustedProxies []string `toml:"trusted_proxies"`
}

// Storage says where data lies.
type Storage struct {
	// Data is the folder of keys, evidence and, by default, the database.
	Data string `toml:"data"`
	// Database is "sqlite:PATH" or "postgres://…"; empty means hygie.db in the data folder.
	Database string `toml:"database"`
}

// Audit says what directory audits may do.
type Audit struct {
	// DepositsOnly keeps the server from connecting to directories itself: collections are then made by hygie directory collect and deposited.
	DepositsOnly bool `toml:"deposits_only"`
}

// Exposure says what exposure audits may do.
type Exposure struct {
	// DepositsOnly keeps the server from looking at anything itself: audits are then made by hygie exposure audit and deposited. Set it where the server does not
	// see the internet as strangers do.
	DepositsOnly bool `toml:"deposits_only"`
	// Resolvers answer questions about names (192.0.2.53 or 192.0.2.53:5353), in order of preference; empty means those of the machine.
	Resolvers []string `toml:"resolvers"`
	// Signers is a PEM file of the authorities whose certificates people sign mandates with; empty leaves such certificates unverified.
	Signers string `toml:"signers"`
}

// Mail says by which server mail is sent. Without a server nothing is.
type Mail struct {
	// Server is the host and port of the mail server, such as smtp.example.fr:587.
	Server string `toml:"server"`
	// From is the sender: an address, or "hygie <hygie@example.fr>".
	From string `toml:"from"`
	// User signs in to the server; empty means without. PasswordFile holds the password on its first line and must be readable by this account only.
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	// Security is starttls, tls (from the first byte, port 465) or none (only for a server on this machine).
	Security string `toml:"security"`
}

// Password reads the password file; without one the password is empty.
func (m Mail) Password() (string, error) {
	if m.PasswordFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(m.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("read mail.password_file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// check finds what keeps mail from being sent.
func (m Mail) check() (wrong []error) {
	if m.Server == "" {
		if m.From != "" || m.User != "" || m.PasswordFile != "" {
			wrong = append(wrong, errors.New("mail.server: the other settings of mail need a server"))
		}
		return wrong
	}
	host, port, err := net.SplitHostPort(m.Server)
	if err != nil || host == "" || port == "" {
		wrong = append(wrong, fmt.Errorf("mail.server: %q is not a host and port such as smtp.example.fr:587", m.Server))
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		wrong = append(wrong, fmt.Errorf("mail.from: %q is not an address such as hygie@example.fr", m.From))
	}
	if (m.User == "") != (m.PasswordFile == "") {
		wrong = append(wrong, errors.New("mail.user and mail.password_file go together: one of them is missing"))
	}
	if _, err := m.Password(); err != nil {
		wrong = append(wrong, err)
	}
	switch m.Security {
	case "starttls", "tls":
	case "none":
		if address := net.ParseIP(host); host != "localhost" && (address == nil || !address.IsLoopback()) {
			wrong = append(wrong, errors.New("mail.security: none is only for a server on this machine (localhost)"))
		}
	default:
		wrong = append(wrong, fmt.Errorf("mail.security: %q is not one of starttls, tls, none", m.Security))
	}
	return wrong
}

// Webhooks says where messages to other programs may go.
type Webhooks struct {
	// AllowPrivate lets messages go to private addresses, and without TLS: whoever may register an address can then reach machines beside this one.
	AllowPrivate bool `toml:"allow_private"`
}

// Stamping says which authority of time stamps the main courantes. Without one nothing is stamped.
type Stamping struct {
	// Authority is the address of an authority of time that speaks RFC 3161 over HTTP, such as https://horodatage.example.fr/tsa.
	Authority string `toml:"authority"`
	// Roots is a PEM file of the certificates that the authority must chain to; empty means those of the machine.
	Roots string `toml:"roots"`
}

// Pool reads the certificates that the authority must chain to.
func (s Stamping) Pool() (*x509.CertPool, error) {
	if s.Roots == "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("stamping.roots: read the certificates of this machine: %w", err)
		}
		return pool, nil
	}
	text, err := os.ReadFile(s.Roots)
	if err != nil {
		return nil, fmt.Errorf("read stamping.roots: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("stamping.roots: %s holds no certificate in PEM form", s.Roots)
	}
	return pool, nil
}

// check finds what keeps an authority from being asked.
func (s Stamping) check() (wrong []error) {
	if s.Authority == "" {
		if s.Roots != "" {
			wrong = append(wrong, errors.New("stamping.authority: the certificates of stamping.roots need an authority"))
		}
		return wrong
	}
	if u, err := url.Parse(s.Authority); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		wrong = append(wrong, fmt.Errorf("stamping.authority: %q is not an address such as https://horodatage.example.fr/tsa", s.Authority))
	}
	if _, err := s.Pool(); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

// NIS2 is the delays of the directive (EU) 2022/2555, article 23, which the law of the State may set otherwise.
type NIS2 struct {
	WarningHours      int `toml:"warning_hours"`      // from awareness to the early warning
	NotificationHours int `toml:"notification_hours"` // from awareness to the notification
	ReportMonths      int `toml:"report_months"`      // from the notification to the final report
}

// check finds delays that no law can mean.
func (n NIS2) check() (wrong []error) {
	for _, d := range []struct {
		key   string
		value int
		most  int
	}{{"warning_hours", n.WarningHours, 720}, {"notification_hours", n.NotificationHours, 720}, {"report_months", n.ReportMonths, 24}} {
		if d.value < 1 || d.value > d.most {
			wrong = append(wrong, fmt.Errorf("nis2.%s: %d is not between 1 and %d", d.key, d.value, d.most))
		}
	}
	return wrong
}

// Log says what is logged to standard error.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn, error
	Format string `toml:"format"` // text or json
}

// Default returns the built-in settings.
func Default() Config {
	return Config{
		Server:  Server{Listen: "localhost:8080", Zone: "Europe/Paris"},
		Storage: Storage{Data: "hygie-data"},
		Mail:    Mail{Security: "starttls"},
		NIS2:    NIS2{WarningHours: 24, NotificationHours: 72, ReportMonths: 1},
		Log:     Log{Level: "info", Format: "text"},
	}
}

// Load reads the settings of a file over the built-in ones, then those of the environment. An empty path means no file.
func Load(path string, env func(string) string) (Config, error) {
	c := Default()
	if path != "" {
		meta, err := toml.DecodeFile(path, &c)
		if err != nil {
			var parse toml.ParseError
			if errors.As(err, &parse) {
				return c, fmt.Errorf("read settings %s, line %d: %s", path, parse.Position.Line, parse.Message)
			}
			return c, fmt.Errorf("read settings %s: %w", path, err)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return c, fmt.Errorf("read settings %s: unknown key %q (known: %s)", path, unknown[0], strings.Join(Keys(), ", "))
		}
	}
	if err := c.environment(env); err != nil {
		return c, err
	}
	return c, nil
}

// environment applies HYGIE_SECTION_KEY variables. Lists are separated by commas.
func (c *Config) environment(env func(string) string) error {
	return walk(reflect.ValueOf(c).Elem(), "", func(key string, field reflect.Value) error {
		name := Variable(key)
		text := env(name)
		if text == "" {
			return nil
		}
		switch field.Interface().(type) {
		case string:
			field.SetString(text)
		case int:
			number, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("environment %s: %q is not a whole number", name, text)
			}
			field.SetInt(int64(number))
		case bool:
			yes, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("environment %s: %q is neither true nor false", name, text)
			}
			field.SetBool(yes)
		case []string:
			var list []string
			for _, item := range strings.Split(text, ",") {
				list = append(list, strings.TrimSpace(item))
			}
			field.Set(reflect.ValueOf(list))
		default:
			return fmt.Errorf("environment %s: cannot set a %s", name, field.Type())
		}
		return nil
	})
}

// Variable is the environment variable of a key: "server.listen" is HYGIE_SERVER_LISTEN.
func Variable(key string) string {
	return "HYGIE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// Keys lists every key of the file, sorted.
func Keys() []string {
	var keys []string
	c := Default()
	walk(reflect.ValueOf(&c).Elem(), "", func(key string, _ reflect.Value) error { //nolint:errcheck // the function returns nil
		keys = append(keys, key)
		return nil
	})
	slices.Sort(keys)
	return keys
}

func walk(v reflect.Value, prefix string, visit func(key string, field reflect.Value) error) error {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("toml")
		if tag == "-" {
			continue
		}
		key := strings.TrimPrefix(prefix+"."+tag, ".")
		if v.Field(i).Kind() == reflect.Struct {
			if err := walk(v.Field(i), key, visit); err != nil {
				return err
			}
			continue
		}
		if err := visit(key, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// DatabaseURL is the database's address, with the default in the data folder.
func (c Config) DatabaseURL() string {
	return cmp.Or(c.Storage.Database, "sqlite:"+filepath.Join(c.Storage.Data, "hygie.db"))
}

// CallFolder is where an installation keeps calls of its own, beside those that come with the program or in their place.
func (c Config) CallFolder() string { return filepath.Join(c.Storage.Data, "calls") }

// Address is the public address without a trailing slash; by default http on the listening address.
func (c Config) Address() string {
	if c.Server.PublicURL != "" {
		return strings.TrimRight(c.Server.PublicURL, "/")
	}
	scheme := "http"
	if c.Server.Certificate != "" {
		scheme = "https"
	}
	host := c.Server.Listen
	for _, everywhere := range []string{"0.0.0.0:", "[::]:", ":"} {
		if rest, ok := strings.CutPrefix(host, everywhere); ok {
			host = "localhost:" + rest
			break
		}
	}
	return scheme + "://" + host
}

// Check finds settings that cannot work, in words an administrator can act on.
func (c Config) Check() error {
	var wrong []error
	if c.Storage.Data == "" {
		wrong = append(wrong, errors.New("storage.data: the data folder is missing"))
	}
	if (c.Server.Certificate == "") != (c.Server.Key == "") {
		wrong = append(wrong, errors.New("server.certificate and server.key go together: one of them is missing"))
	}
	for _, file := range []string{c.Server.Certificate, c.Server.Key} {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			wrong = append(wrong, fmt.Errorf("TLS file: %w", err))
		}
	}
	if u, err := url.Parse(c.Address()); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		wrong = append(wrong, fmt.Errorf("server.public_url: %q is not an address such as https://hygie.example.fr", c.Server.PublicURL))
	} else if u.Path != "" && u.Path != "/" {
		wrong = append(wrong, fmt.Errorf("server.public_url: %q must not have a path", c.Server.PublicURL))
	}
	if _, err := time.LoadLocation(c.Server.Zone); err != nil || c.Server.Zone == "" {
		wrong = append(wrong, fmt.Errorf("server.zone: %q is not a time zone such as Europe/Paris", c.Server.Zone))
	}
	wrong = append(wrong, c.Mail.check()...)
	wrong = append(wrong, c.Stamping.check()...)
	wrong = append(wrong, c.NIS2.check()...)
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		wrong = append(wrong, fmt.Errorf("log.level: %q is not one of debug, info, warn, error", c.Log.Level))
	}
	if !slices.Contains([]string{"text", "json"}, c.Log.Format) {
		wrong = append(wrong, fmt.Errorf("log.format: %q is neither text nor json", c.Log.Format))
	}
	return errors.Join(wrong...)
}
