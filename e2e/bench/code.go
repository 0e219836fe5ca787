package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// hot is a benchmark of a package and the figure of it that the table shows.
type hot struct {
	name, pkg, benchmark string
	unit                 string // as go test prints it
}

// paths are the hot paths: what costs when a directory is large or a platform busy.
func paths() []hot {
	return []hot{
		{"LDIF, read and built", "./directory/generate", "BenchmarkLoadLDIF", "MB/s"},
		{"LDIF, lines alone", "./directory/ldif", "BenchmarkRead", "MB/s"},
		{"dump, read and built", "./directory/generate", "BenchmarkLoadDump", "MB/s"},
		{"security descriptor, parsed", "./directory/secdesc", "BenchmarkParse", "ns/op"},
		{"audit of 10,000 objects, in memory", "./directory", "BenchmarkAudit/10k", "ns/op"},
		{"referential, evaluated", "./referential/packages", "BenchmarkEvaluate", "ns/op"},
		{"one fact in, its verdicts kept, SQLite", "./internal/proof", "BenchmarkOneFact/sqlite/entity", "ns/op"},
		{"one fact in, its verdicts kept, PostgreSQL", "./internal/proof", "BenchmarkOneFact/postgres/entity", "ns/op"},
		{"one fact in, its verdicts kept, SQLite, processor", "./internal/proof", "BenchmarkOneFact/sqlite/entity", "cpu-ms/op"},
		{"all verdicts of the country, SQLite", "./internal/proof", "BenchmarkJudgeAll/sqlite", "ns/op"},
		{"all verdicts of the country, SQLite, processor", "./internal/proof", "BenchmarkJudgeAll/sqlite", "cpu-ms/op"},
		{"the country counted from nothing, SQLite", "./internal/proof", "BenchmarkRollUp/sqlite/regions", "count-s"},
		{"roll-up by region, SQLite, p95", "./internal/proof", "BenchmarkRollUp/sqlite/regions", "p95-ms"},
		{"all verdicts of the country, PostgreSQL", "./internal/proof", "BenchmarkJudgeAll/postgres", "ns/op"},
		{"roll-up by requirement, SQLite, p95", "./internal/proof", "BenchmarkRollUp/sqlite/requirements", "p95-ms"},
		{"roll-up by requirement, PostgreSQL, p95", "./internal/proof", "BenchmarkRollUp/postgres/requirements", "p95-ms"},
		{"structures behind a figure, SQLite, p95", "./internal/proof", "BenchmarkRollUp/sqlite/structures", "p95-ms"},
		{"home of ten years, SQLite, p95", "./internal/overview", "BenchmarkArrive/sqlite/home", "p95-ms"},
		{"home of ten years, PostgreSQL, p95", "./internal/overview", "BenchmarkArrive/postgres/home", "p95-ms"},
		{"queue of 1,200 dossiers, 20 instructors, p95", "./internal/instruction", "BenchmarkQueue", "p95-ms"},
		{"simulator over 1,200 dossiers", "./internal/envelope", "BenchmarkSimulator", "ns/op"},
		{"12,000 dossiers exported", "./internal/envelope", "BenchmarkExport", "ns/op"},
		{"12,000 dossiers exported, memory grown", "./internal/envelope", "BenchmarkExport", "grown-KiB"},
		{"main courante, durable line, SQLite, p99", "./internal/logbook", "BenchmarkLine/sqlite", "p99-ms"},
		{"main courante, durable line, PostgreSQL, p99", "./internal/logbook", "BenchmarkLine/postgres", "p99-ms"},
		{"a line told to 2,000 seats in 100 establishments, p99", "./internal/live", "BenchmarkSeats", "p99-ms"},
		{"crisis folder of 40 services, PDF and HTML", "./crisisfolder", "BenchmarkFolder", "ns/op"},
		{"draft of the debrief of 200 seats, PDF", "./internal/exercise", "BenchmarkRetex", "ns/op"},
		{"journal, line appended", "./journal", "BenchmarkAppend", "ns/op"},
		{"evidence, encrypted and stored", "./internal/blob", "BenchmarkPut", "MB/s"},
		{"trail, sealed", "./internal/trail", "BenchmarkSeal", "ns/op"},
	}
}

// packages runs the benchmarks. One that a package does not have is left out of the table, and said.
func packages(ctx context.Context, structures int, progress io.Writer) ([]measure, error) {
	var found []measure
	for _, h := range paths() {
		fmt.Fprintf(progress, "%s %s\n", h.pkg, h.benchmark) //nolint:errcheck // progress
		var pattern []string
		for part := range strings.SplitSeq(h.benchmark, "/") {
			pattern = append(pattern, "^"+part+"$")
		}
		command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", strings.Join(pattern, "/"), "-count", "3", h.pkg)
		command.Stderr = os.Stderr
		command.Env = append(os.Environ(), "HYGIE_BENCH_STRUCTURES="+strconv.Itoa(structures))
		out, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("measure %s: %w\n%s", h.pkg, err, out)
		}
		best, ok := bestOf(out, h.unit)
		if !ok {
			fmt.Fprintf(progress, "  no figure in %s\n", h.unit) //nolint:errcheck // progress
			continue
		}
		found = append(found, measure{h.name, best, h.unit})
	}
	return found, nil
}

// bestOf is the best figure in a unit that go test printed: the least time, or the greatest rate. The best of some runs depends least on what
// else the machine did.
func bestOf(out []byte, unit string) (best float64, ok bool) {
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		for i := 2; i < len(fields); i++ {
			if fields[i] != unit {
				continue
			}
			value, err := strconv.ParseFloat(fields[i-1], 64)
			if err != nil {
				continue
			}
			if !ok || better(value, best, unit) {
				best, ok = value, true
			}
		}
	}
	return best, ok
}

func better(a, b float64, unit string) bool {
	if strings.HasSuffix(unit, "/s") {
		return a > b
	}
	return a < b
}
