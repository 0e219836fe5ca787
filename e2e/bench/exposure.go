package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// beside is a script that measures the exposure audit beside other tools, in one session, and what it needs.
type beside struct {
	script string
	tools  []string
}

// sides are these scripts. Each adds its figures to the file that MEASURES names, a line of name, value and unit for each.
func sides() []beside {
	return []beside{
		{"scripts/bench-establishment.sh", []string{"ip", "nginx", "named", "openssl", "jq"}},
		{"scripts/bench-services.sh", []string{"ip", "nginx", "named", "nmap", "postfix", "dovecot"}},
		{"scripts/bench-exposure.sh", []string{"ip", "nginx", "named", "testssl", "sslscan", "nmap", "jq", "postfix", "dovecot"}},
	}
}

// exposure measures the exposure audit: names and mail by a benchmark of its package, the rest by scripts. A script whose tools are not
// installed is left out, and said.
func exposure(ctx context.Context, progress io.Writer) ([]measure, error) {
	var found []measure
	fmt.Fprintln(progress, "./exposure/dns BenchmarkThousandDomains") //nolint:errcheck // progress
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkThousandDomains$", "-benchtime", "1x", "-count", "2", "./exposure/dns")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("measure names and mail: %w\n%s", err, out)
	}
	if best, ok := bestOf(out, "ns/op"); ok {
		found = append(found, measure{"names and mail of 1,000 signed domains", best / 1e9, "s"})
	}
	for _, side := range sides() {
		if missing := without(side.tools); len(missing) > 0 || os.Geteuid() != 0 {
			fmt.Fprintf(progress, "%s is left out: it needs root and %s\n", side.script, strings.Join(side.tools, ", ")) //nolint:errcheck // progress
			continue
		}
		fmt.Fprintln(progress, side.script) //nolint:errcheck // progress
		more, err := aside(ctx, side.script, progress)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// without lists the programs that are not installed.
func without(tools []string) (missing []string) {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if _, err := os.Stat(filepath.Join("/usr/sbin", tool)); err != nil {
				missing = append(missing, tool)
			}
		}
	}
	return missing
}

// aside runs a script, whose table goes to progress, and reads its figures.
func aside(ctx context.Context, script string, progress io.Writer) ([]measure, error) {
	folder, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "measures")
	command := exec.CommandContext(ctx, script)
	command.Env = append(os.Environ(), "MEASURES="+file)
	command.Stdout, command.Stderr = progress, progress
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("measure with %s: %w", script, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("measure with %s: %w", script, err)
	}
	return readMeasures(text)
}

// readMeasures reads lines of name, value and unit, with a tab between.
func readMeasures(text []byte) (found []measure, err error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("read the measures: line %d has %d fields, 3 are wanted", n, len(fields))
		}
		value, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return nil, fmt.Errorf("read the measures: line %d: %q is no number", n, fields[1])
		}
		found = append(found, measure{fields[0], value, fields[2]})
	}
	return found, lines.Err()
}
