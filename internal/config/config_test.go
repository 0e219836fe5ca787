package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func none(string) string { return "" }

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hygie.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEachSourceOverridesTheOneBefore(t *testing.T) {
	path := write(t, "[server]\nlisten = \"127.0.0.1:9000\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n[log]\nlevel = \"debug\"\n")
	c, err := Load(path, func(name string) string {
		return map[string]string{"HYGIE_LOG_LEVEL": "warn", "HYGIE_STORAGE_DATABASE": "postgres://h/x", "HYGIE_SERVER_TRUSTED_PROXIES": "::1/128, 10.1.0.0/16"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Listen != "127.0.0.1:9000" || c.Log.Level != "warn" || c.Log.Format != "text" || c.DatabaseURL() != "postgres://h/x" {
		t.Errorf("settings %+v", c)
	}
	if got := strings.Join(c.Server.TrustedProxies, "|"); got != "::1/128|10.1.0.0/16" {
		t.Errorf("trusted proxies %s", got)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"unknown key":  {"[server]\nlisen = \"x\"\n", `unknown key "server.lisen"`},
		"broken file":  {"[server]\nlisten = \n", "line 2"},
		"demo in file": {"Demo = true\n", `unknown key "Demo"`},
		"wrong type":   {"[server]\nlisten = 8080\n", "listen"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, row.text), none)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v does not say %q", err, row.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "absent.toml"), none); err == nil {
		t.Error("an absent file was accepted")
	}
}

func TestCheckNamesTheKey(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no data":     {func(c *Config) { c.Storage.Data = "" }, "storage.data"},
		"half of TLS": {func(c *Config) { c.Server.Key = "k.pem" }, "go together"},
		"no host":     {func(c *Config) { c.Server.PublicURL = "hygie.example.fr" }, "server.public_url"},
		"path":        {func(c *Config) { c.Server.PublicURL = "https://example.fr/hygie" }, "must not have a path"},
		"level":       {func(c *Config) { c.Log.Level = "loud" }, "log.level"},
		"format":      {func(c *Config) { c.Log.Format = "xml" }, "log.format"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Default()
			row.change(&c)
			if err := c.Check(); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v does not say %q", err, row.want)
			}
		})
	}
	if err := Default().Check(); err != nil {
		t.Errorf("built-in settings: %v", err)
	}
}

func TestAddress(t *testing.T) {
	for listen, want := range map[string]string{
		"localhost:8080": "http://localhost:8080", ":8080": "http://localhost:8080", "0.0.0.0:80": "http://localhost:80", "192.0.2.1:80": "http://192.0.2.1:80",
	} {
		c := Default()
		c.Server.Listen = listen
		if got := c.Address(); got != want {
			t.Errorf("listening on %s: %s, want %s", listen, got, want)
		}
	}
	c := Default()
	c.Server.PublicURL = "https://hygie.example.fr/"
	if got := c.Address(); got != "https://hygie.example.fr" {
		t.Errorf("public address %s", got)
	}
}

func TestStampingSettings(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(empty, []byte("not PEM\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		set  Stamping
		want string // in the error; empty: none
	}{
		"none":               {Stamping{}, ""},
		"an authority":       {Stamping{Authority: "https://horodatage.example.fr/tsa"}, ""},
		"no address":         {Stamping{Authority: "horodatage.example.fr"}, "stamping.authority"},
		"another scheme":     {Stamping{Authority: "ftp://horodatage.example.fr"}, "stamping.authority"},
		"roots alone":        {Stamping{Roots: empty}, "stamping.authority"},
		"roots without any":  {Stamping{Authority: "https://horodatage.example.fr", Roots: empty}, "no certificate"},
		"roots that are not": {Stamping{Authority: "https://horodatage.example.fr", Roots: empty + "x"}, "stamping.roots"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Default()
			c.Stamping = row.set
			err := c.Check()
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
		})
	}
}

func TestDelaysOfNIS2(t *testing.T) {
	for name, row := range map[string]struct {
		env  map[string]string
		want NIS2
		err  string // empty: none
	}{
		"as the directive has them": {nil, NIS2{24, 72, 1}, ""},
		"another law":               {map[string]string{"HYGIE_NIS2_WARNING_HOURS": "12", "HYGIE_NIS2_REPORT_MONTHS": "2"}, NIS2{12, 72, 2}, ""},
		"no number":                 {map[string]string{"HYGIE_NIS2_WARNING_HOURS": "a day"}, NIS2{}, "HYGIE_NIS2_WARNING_HOURS"},
		"no time at all":            {map[string]string{"HYGIE_NIS2_NOTIFICATION_HOURS": "0"}, NIS2{}, "nis2.notification_hours"},
		"years":                     {map[string]string{"HYGIE_NIS2_REPORT_MONTHS": "25"}, NIS2{}, "nis2.report_months"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Load("", func(name string) string { return row.env[name] })
			if err == nil {
				err = c.Check()
			}
			if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) || err == nil && c.NIS2 != row.want {
				t.Errorf("%+v, error %v", c.NIS2, err)
			}
		})
	}
}

func TestMailSettings(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("pass word\r\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := Mail{Server: "smtp.example.fr:587", From: "hygie <hygie@example.fr>", User: "hygie", PasswordFile: secret, Security: "starttls"}
	for name, row := range map[string]struct {
		change func(*Mail)
		want   string // in the error; empty: none
	}{
		"whole":               {func(*Mail) {}, ""},
		"none at all":         {func(m *Mail) { *m = Mail{Security: "starttls"} }, ""},
		"on this machine":     {func(m *Mail) { m.Server, m.Security = "127.0.0.1:25", "none" }, ""},
		"no server":           {func(m *Mail) { m.Server = "" }, "mail.server"},
		"no port":             {func(m *Mail) { m.Server = "smtp.example.fr" }, "mail.server"},
		"no sender":           {func(m *Mail) { m.From = "" }, "mail.from"},
		"user alone":          {func(m *Mail) { m.PasswordFile = "" }, "go together"},
		"no such file":        {func(m *Mail) { m.PasswordFile += "x" }, "password_file"},
		"in clear, elsewhere": {func(m *Mail) { m.Security = "none" }, "this machine"},
		"unknown security":    {func(m *Mail) { m.Security = "ssl" }, "mail.security"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Default()
			c.Mail = whole
			row.change(&c.Mail)
			err := c.Check()
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
		})
	}
	if password, err := whole.Password(); err != nil || password != "pass word" {
		t.Errorf("password %q, %v", password, err)
	}
}
