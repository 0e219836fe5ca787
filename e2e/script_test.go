package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hygie/directory/generate"
)

// TestScripts drives the command line by the scripts of testdata/scripts. Beside the usual commands they know:
//
//	exec-code CODE COMMAND…             runs a command that must end with this code
//	generate none|demo FILE [OBJECTS]   a directory as it was on 10 March 2026: a dump, or LDIF when the name says so
//	port NAME                           a free port in a variable
//	until-answers URL                   waits for an answer and prints its text
//	none PATTERN                        no file matches
//	replace OLD NEW FILE                changes a text in a file, once
//
// $FINESS and $JOURNAL are the folders of samples of these formats.
func TestScripts(t *testing.T) {
	sample := func(parts ...string) string {
		path, err := filepath.Abs(filepath.Join(append([]string{".."}, parts...)...))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/scripts",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HYGIE_LANG", "fr")
			e.Setenv("FINESS", sample("internal", "finess", "testdata"))
			e.Setenv("JOURNAL", sample("journal", "testdata"))
			e.Setenv("SEAL", sample("seal", "testdata"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exec-code": scriptExecCode, "generate": scriptGenerate, "port": scriptPort, "until-answers": scriptUntilAnswers, "none": scriptNone, "replace": scriptReplace,
		},
	})
}

// scriptExecCode runs a command that must end with a code. What it prints is there for the next lines, as after exec.
func scriptExecCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exec-code CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if code := exitCode(ts.Exec(args[1], args[2:]...)); code != want {
		ts.Fatalf("%s ends with %d, want %d", strings.Join(args[1:], " "), code, want)
	}
}

// scriptDay is the day on which generated directories were collected.
func scriptDay() time.Time { return time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC) }

// scriptTB lets helpers of tests fail a script.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (s scriptTB) Helper()           {}
func (s scriptTB) Fatal(args ...any) { s.ts.Fatalf("%s", fmt.Sprint(args...)) }

func scriptGenerate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: generate none|demo FILE [OBJECTS]")
	}
	o := domain(scriptDay(), generate.Weaknesses(args[0]))
	if len(args) > 2 {
		var err error
		o.Objects, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	var content []byte
	if strings.HasSuffix(args[1], ".ldif") {
		content = ldifOf(scriptTB{ts: ts}, o)
	} else {
		content, _ = dumpOf(scriptTB{ts: ts}, o)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), content, 0o600))
}

func scriptPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	ts.Setenv(args[0], strconv.Itoa(freePort(scriptTB{ts: ts})))
}

func scriptUntilAnswers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: until-answers URL")
	}
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		w, err := http.Get(args[0])
		if err == nil {
			err = w.Write(ts.Stdout())
			_ = w.Body.Close()
			ts.Check(err)
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not answer: %v", args[0], err)
		}
	}
}

func scriptNone(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: none PATTERN")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if neg != (len(found) > 0) {
		ts.Fatalf("%s: %v", args[0], found)
	}
}

func scriptReplace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	path := ts.MkAbs(args[2])
	content, err := os.ReadFile(path)
	ts.Check(err)
	if !strings.Contains(string(content), args[0]) {
		ts.Fatalf("%s does not hold %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(path, []byte(strings.Replace(string(content), args[0], args[1], 1)), 0o600))
}
