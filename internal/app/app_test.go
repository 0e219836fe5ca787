package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"hygie/internal/cli"
)

// run runs a command line in a world of its own.
func run(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, &cli.Streams{In: strings.NewReader(""), Out: &o, Err: &e, Env: func(name string) string { return env[name] }, Now: time.Now})
	return code, o.String(), e.String()
}

func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("hygie"), kong.BindTo(context.Background(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func TestEveryCommandSpeaksFrench(t *testing.T) {
	help, err := cli.NewHelp("fr")
	if err != nil {
		t.Fatal(err)
	}
	if missing := help.Untranslated(model(t)); len(missing) > 0 {
		t.Errorf("no French help for:\n  %s", strings.Join(missing, "\n  "))
	}
}

func TestEveryCommandHasExamples(t *testing.T) {
	for _, leaf := range model(t).Leaves(true) {
		if !strings.Contains(leaf.Detail, "hygie "+strings.TrimPrefix(leaf.Path(), "hygie ")) {
			t.Errorf("%s has no example in its help: %q", leaf.Path(), leaf.Detail)
		}
		for _, lang := range []string{"fr", "en"} {
			args := append(strings.Fields(leaf.Path()), "--help")
			code, out, errs := run(t, map[string]string{"HYGIE_LANG": lang}, args...)
			if code != cli.Done || !strings.Contains(out, "hygie "+leaf.Path()) || errs != "" {
				t.Errorf("%v in %s: code %d\n%s%s", args, lang, code, out, errs)
			}
			for line := range strings.Lines(out) {
				if n := len([]rune(line)); n > 140 && !strings.HasPrefix(line, "  hygie ") {
					t.Errorf("%v in %s: line of %d characters: %s", args, lang, n, line)
				}
			}
		}
	}
}

func TestWrongUsageEndsWithTwo(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown command": {"dance"},
		"unknown option":  {"doctor", "--loud"},
		"missing file":    {"directory", "audit"},
		"wrong enum":      {"doctor", "--format", "xml"},
		"no passphrase":   {"backup", "--out", "x"},
	} {
		if code, out, errs := run(t, nil, args...); code != cli.Usage || out != "" || !strings.HasPrefix(errs, "hygie: ") {
			t.Errorf("%s: code %d, output %q, error %q", name, code, out, errs)
		}
	}
}

func TestVersionAndCompletions(t *testing.T) {
	if code, out, _ := run(t, nil, "version"); code != cli.Done || !strings.HasPrefix(out, "hygie "+Version) {
		t.Errorf("code %d: %s", code, out)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, errs := run(t, nil, "completion", shell)
		if code != cli.Done || !strings.Contains(out, "directory") || !strings.Contains(out, "fail-on") {
			t.Errorf("%s: code %d %s\n%s", shell, code, errs, out)
		}
	}
}

func TestLanguageOfTheMachine(t *testing.T) {
	for _, row := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{}, "Commandes"},
		{map[string]string{"LANG": "en_GB.UTF-8"}, "Commands"},
		{map[string]string{"LANG": "de_DE.UTF-8"}, "Commandes"},
		{map[string]string{"LANG": "en_GB.UTF-8", "HYGIE_LANG": "fr"}, "Commandes"},
		{map[string]string{"LC_ALL": "en_US", "LANG": "fr_FR"}, "Commands"},
	} {
		if _, out, _ := run(t, row.env); !slices.Contains(strings.Fields(out), row.want) && !strings.Contains(out, row.want) {
			t.Errorf("%v: no %q in\n%s", row.env, row.want, out)
		}
	}
}

func TestWhatPeopleTryFirst(t *testing.T) {
	for _, row := range []struct {
		args     []string
		code     int
		out, err string // how they begin
	}{
		{nil, cli.Done, "Usage", ""},
		{[]string{"help"}, cli.Done, "Usage", ""},
		{[]string{"help", "directory", "audit"}, cli.Done, "Usage", ""},
		{[]string{"--version"}, cli.Done, "hygie " + Version, ""},
		{[]string{"--version", "x"}, cli.Usage, "", "hygie: argument inattendu : x"},
		{[]string{"directory"}, cli.Usage, "", "hygie: il manque la suite de la commande"},
		{[]string{"directory", "audit", "/none/such"}, cli.Failed, "", "hygie: /none/such : ce fichier ou ce dossier n’existe pas"},
	} {
		code, out, errs := run(t, nil, row.args...)
		if code != row.code || !strings.HasPrefix(out, row.out) || !strings.HasPrefix(errs, row.err) || (row.err == "") != (errs == "") {
			t.Errorf("%v: code %d\n%s%s", row.args, code, out, errs)
		}
	}
}

func TestAFailedRestoreLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	data, file := filepath.Join(folder, "data"), filepath.Join(folder, "not.backup")
	if err := os.WriteFile(file, []byte("this is no backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, map[string]string{"HYGIE_LANG": "en"}, "restore", file, "--data", data); code != cli.Failed || errs == "" {
		t.Fatalf("code %d: %s", code, errs)
	}
	left, err := os.ReadDir(data)
	if err != nil || len(left) > 0 {
		t.Errorf("a failed restore left %v, %v", left, err)
	}
}
