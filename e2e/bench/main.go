package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// measure is one line of the table.
type measure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// record is what docs/benchmarks.json keeps.
type record struct {
	Day      string    `json:"day"`
	Machine  string    `json:"machine"`
	Go       string    `json:"go"`
	Measures []measure `json:"measures"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	keep := flags.Bool("record", false, "keep the measures")
	file := flags.String("file", "docs/benchmarks.json", "where measures are kept")
	objects := flags.Int("objects", 10_000, "size of the generated domain; only the default compares with the record")
	large := flags.Int("large", 100_000, "size of a larger domain, audited from what SharpHound writes, 0 for none; a million takes minutes")
	structures := flags.Int("structures", 1000, "size of the country whose verdicts are judged; France has 43000, which take minutes to plant")
	only := flags.String("only", "", "process: only the whole program; code: only the benchmarks of packages; exposure: only the exposure audit beside other tools")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "code", "process", "exposure"}, *only) {
		return fmt.Errorf("-only %s: want process, code or exposure", *only)
	}
	wanted := func(part string) bool { return *only == "" || *only == part }
	last, err := readRecord(*file)
	if err != nil {
		return err
	}
	now := record{Day: time.Now().Format(time.DateOnly), Machine: machine(), Go: runtime.Version()}
	if wanted("process") {
		found, err := wholeProgram(ctx, sizes{*objects, *large}, progress)
		if err != nil {
			return err
		}
		now.Measures = append(now.Measures, found...)
	}
	if wanted("code") {
		found, err := packages(ctx, *structures, progress)
		if err != nil {
			return err
		}
		now.Measures = append(now.Measures, found...)
	}
	if wanted("exposure") {
		found, err := exposure(ctx, progress)
		if err != nil {
			return err
		}
		now.Measures = append(now.Measures, found...)
	}
	if err := print(out, now, last); err != nil {
		return err
	}
	if !*keep {
		return nil
	}
	if *only != "" {
		return errors.New("a record holds every measure: leave -only out")
	}
	return writeRecord(*file, now)
}

// machine tells on what the measures were made.
func machine() string {
	model := ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = ", " + strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s/%s, %d CPU%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model)
}

// print writes the table.
func print(out io.Writer, now, last record) error {
	before := map[string]measure{}
	for _, m := range last.Measures {
		before[m.Name] = m
	}
	rows := [][]string{{"metric", "now", "last recorded", "ratio"}}
	for _, m := range now.Measures {
		recorded, ratio := "–", "–"
		if old, ok := before[m.Name]; ok && old.Unit == m.Unit {
			recorded = quantity(old)
			if old.Value > 0 {
				ratio = fmt.Sprintf("%.2f", m.Value/old.Value)
			}
		}
		rows = append(rows, []string{m.Name, quantity(m), recorded, ratio})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		if _, err := fmt.Fprintf(out, "%-*s  %*s  %*s  %*s\n", widths[0], row[0], widths[1], row[1], widths[2], row[2], widths[3], row[3]); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "\nnow: %s, %s\n", now.Machine, now.Go)
	if last.Day != "" && err == nil {
		_, err = fmt.Fprintf(out, "recorded: %s, %s, %s\n", last.Day, last.Machine, last.Go)
	}
	return err
}

// quantity writes a value with three figures and its unit, long times in a larger one.
func quantity(m measure) string {
	for _, larger := range []string{"µs/op", "ms/op"} {
		if strings.HasSuffix(m.Unit, "s/op") && m.Value >= 10_000 {
			m.Value, m.Unit = m.Value/1000, larger
		}
	}
	decimals := 0
	if m.Value > 0 {
		decimals = max(0, 2-int(math.Floor(math.Log10(m.Value))))
	}
	return fmt.Sprintf("%.*f %s", min(decimals, 3), m.Value, m.Unit)
}

func readRecord(path string) (r record, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

func writeRecord(path string, r record) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}
