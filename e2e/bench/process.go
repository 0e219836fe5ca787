//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hygie/directory/generate"
)

const (
	times = 3 // a command is run so often, and its best run counts
	asked = 12
	mega  = 1e6
)

// sizes are the objects of the generated domains: of the one that is read in several formats, and of the larger one.
type sizes struct{ several, large int }

// wholeProgram builds the program and measures it from outside.
func wholeProgram(ctx context.Context, s sizes, progress io.Writer) (found []measure, err error) {
	folder, err := os.MkdirTemp("", "hygie-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fmt.Fprintln(progress, "build") //nolint:errcheck // progress
	binary := filepath.Join(folder, "hygie")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/hygie")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	size, err := sizeOf(binary)
	if err != nil {
		return nil, err
	}
	for _, domain := range []struct {
		objects int
		files   []string
	}{
		{s.several, []string{generate.LDIFFile, generate.DumpFile, generate.SharpHoundFile}},
		{s.large, []string{generate.SharpHoundFile}},
	} {
		if len(found) > 0 && (s.large == s.several || s.large == 0) {
			break
		}
		fmt.Fprintf(progress, "generate %d objects\n", domain.objects) //nolint:errcheck // progress
		o := generate.Options{Objects: domain.objects, Seed: 1, AsOf: time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC), Weaknesses: generate.Demo}
		place := filepath.Join(folder, strconv.Itoa(domain.objects))
		if _, err := generate.Folder(o, place, domain.files...); err != nil {
			return nil, err
		}
		audited, err := audits(ctx, binary, place, domain.objects, domain.files, progress)
		if err != nil {
			return nil, err
		}
		found = append(found, audited...)
	}
	served, err := platform(ctx, binary, progress)
	if err != nil {
		return nil, err
	}
	return append(append(found, served...), measure{"binary", size / mega, "MB"}), nil
}

func sizeOf(path string) (float64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()), nil
}

// format names a file of a generated domain as the table does.
func format(file string) string {
	return map[string]string{generate.LDIFFile: "LDIF", generate.DumpFile: "DUMP", generate.SharpHoundFile: "SharpHound"}[file]
}

// audits measures the command line on files of a generated domain: import, every point, control graph, ways, plan and report.
func audits(ctx context.Context, binary, folder string, objects int, files []string, progress io.Writer) ([]measure, error) {
	var found []measure
	for _, file := range files {
		fmt.Fprintf(progress, "audit %s\n", file) //nolint:errcheck // progress
		path := filepath.Join(folder, file)
		size, err := sizeOf(path)
		if err != nil {
			return nil, err
		}
		best, peak := time.Duration(0), 0.0
		for range times {
			took, memory, err := command(ctx, binary, "directory", "audit", path, "--as-of", "2026-03-11", "--format", "json", "--out", filepath.Join(folder, "report.json"))
			if err != nil {
				return nil, err
			}
			if best == 0 || took < best {
				best, peak = took, memory
			}
		}
		if file == generate.LDIFFile {
			found = append(found, measure{"LDIF import, whole audit", size / mega / best.Seconds(), "MB/s"})
		}
		name := fmt.Sprintf("audit of %d objects, %s", objects, format(file))
		found = append(found, measure{name + ", time", best.Seconds(), "s"}, measure{name + ", peak memory", peak / mega, "MB"})
	}
	return found, nil
}

// command runs the program once and tells how long it took and the most memory it held, in bytes.
func command(ctx context.Context, binary string, args ...string) (time.Duration, float64, error) {
	c := exec.CommandContext(ctx, binary, args...)
	begun := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	took := time.Since(begun)
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, errors.New("the system does not tell how much memory a process used")
	}
	unit := 1024.0 // Linux counts in KiB, the others in bytes
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return took, float64(usage.Maxrss) * unit, nil
}

// platform starts the demonstration and measures it: until its first page, at rest, and answering.
func platform(ctx context.Context, binary string, progress io.Writer) (found []measure, err error) {
	fmt.Fprintln(progress, "demonstration") //nolint:errcheck // progress
	listen, err := free()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, binary, "demo", "--listen", listen)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 20 * time.Second
	begun := time.Now()
	if err := c.Start(); err != nil {
		return nil, err
	}
	defer func() {
		_ = c.Process.Signal(os.Interrupt) // it may be gone
		err = errors.Join(err, c.Wait())
	}()
	v, err := newVisitor("http://" + listen)
	if err != nil {
		return nil, err
	}
	first, err := v.until(ctx, "/demonstration", begun)
	if err != nil {
		return nil, err
	}
	found = append(found, measure{"start to first page", first.Seconds(), "s"})
	if err := v.signIn(ctx); err != nil {
		return nil, err
	}
	if err := v.settled(ctx); err != nil {
		return nil, err
	}
	took, heaviest, err := v.pages(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	found = append(found, measure{"page of the demonstration, p50", at(0.5), "ms"}, measure{"page of the demonstration, p95", at(0.95), "ms"},
		measure{"heaviest page, before compression", heaviest / 1000, "kB"})
	phone, err := v.phone(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, measure{"first page of a main courante on a telephone, with its files, as sent", phone / 1000, "kB"})
	if memory, ok := resident(c.Process.Pid); ok {
		found = append(found, measure{"memory at rest", memory / mega, "MB"})
	}
	return found, nil
}

func free() (string, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port), l.Close()
}

// rest is how long the platform is left alone before its memory is read.
const rest = 20 * time.Second

// resident is the memory that a process holds, in bytes, after some rest; Linux alone tells.
func resident(pid int) (float64, bool) {
	time.Sleep(rest)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return n * 1024, err == nil
		}
	}
	return 0, false
}

// visitor asks for pages as one person of the demonstration.
type visitor struct {
	url    string
	client *http.Client
}

func newVisitor(url string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	return &visitor{url: url, client: &http.Client{Jar: jar, Timeout: time.Minute}}, err
}

func (v *visitor) get(ctx context.Context, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+path, http.NoBody)
	if err != nil {
		return "", err
	}
	w, err := v.client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	if err == nil && w.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", path, w.StatusCode)
	}
	return string(text), err
}

// until waits for the first answer.
func (v *visitor) until(ctx context.Context, path string, begun time.Time) (time.Duration, error) {
	for {
		_, err := v.get(ctx, path)
		if err == nil {
			return time.Since(begun), nil
		}
		if ctx.Err() != nil || time.Since(begun) > time.Minute {
			return 0, fmt.Errorf("the demonstration does not start: %w", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

var (
	demoLink    = regexp.MustCompile(`/demonstration/[0-9a-z]+\?k=[\w-]+`)
	ownPlace    = regexp.MustCompile(`href="(/structures/[\w-]+)[/"]`)
	anyRun      = regexp.MustCompile(`/structures/[\w-]+/directory/runs/[0-9a-z]+`)
	anyIncident = regexp.MustCompile(`href="(/structures/[\w-]+/incidents/[0-9a-z]{20,})"`)
	anyFile     = regexp.MustCompile(`<(?:link|script)\b[^>]*\b(?:href|src)="(/[^"]*)"`)
	anyLink     = regexp.MustCompile(`<a\b[^>]*\bhref="(/(?:structures|actions|account)?[^"#?]*)`)
)

// signIn comes in as the first person of the demonstration who sees audits.
func (v *visitor) signIn(ctx context.Context) error {
	page, err := v.get(ctx, "/demonstration")
	if err != nil {
		return err
	}
	link := demoLink.FindString(page)
	if link == "" {
		return errors.New("the demonstration offers nobody to be")
	}
	_, err = v.get(ctx, link)
	return err
}

// settled waits until the audits of the demonstration are done: the page of each then shows a level.
func (v *visitor) settled(ctx context.Context) error {
	home, err := v.get(ctx, "/")
	if err != nil {
		return err
	}
	place := ownPlace.FindStringSubmatch(home)
	if place == nil {
		return errors.New("whoever was signed in has no structure of their own")
	}
	for begun := time.Now(); time.Since(begun) < 2*time.Minute; time.Sleep(500 * time.Millisecond) {
		history, err := v.get(ctx, place[1]+"/directory")
		if err != nil {
			return err
		}
		runs, done := anyRun.FindAllString(history, -1), 0
		for _, run := range runs {
			page, err := v.get(ctx, run)
			if err != nil {
				return err
			}
			if strings.Contains(page, `class="gauge`) {
				done++
			}
		}
		if len(runs) > 0 && done == len(runs) {
			return nil
		}
	}
	return errors.New("the audits of the demonstration do not end")
}

// phone is what a telephone without any of it receives before somebody can write in the main courante of an incident, in bytes: the page and the files that
// it names, packed as they are sent.
func (v *visitor) phone(ctx context.Context) (sum float64, err error) {
	at := "/"
	for _, step := range []struct {
		link *regexp.Regexp
		more string
	}{{ownPlace, "/incidents"}, {anyIncident, "/log"}} {
		page, err := v.get(ctx, at)
		if err != nil {
			return 0, err
		}
		found := step.link.FindStringSubmatch(page)
		if found == nil {
			return 0, fmt.Errorf("%s shows no way to the main courante of an incident", at)
		}
		at = found[1] + step.more
	}
	page, err := v.get(ctx, at)
	if err != nil {
		return 0, err
	}
	wanted := []string{at}
	for _, file := range anyFile.FindAllStringSubmatch(page, -1) {
		if !slices.Contains(wanted, file[1]) {
			wanted = append(wanted, file[1])
		}
	}
	for _, path := range wanted {
		size, err := v.sent(ctx, path)
		if err != nil {
			return 0, err
		}
		sum += size
	}
	return sum, nil
}

// sent is how many bytes an answer takes on the wire, but for its first lines.
func (v *visitor) sent(ctx context.Context, path string) (float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Accept-Encoding", "gzip") // asked for by hand, so that nobody unpacks it
	w, err := v.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.Body.Close() }()
	size, err := io.Copy(io.Discard, w.Body)
	return float64(size), err
}

// pages follows links, then asks for each page several times.
func (v *visitor) pages(ctx context.Context) (took []time.Duration, heaviest float64, err error) {
	queue, seen := []string{"/"}, map[string]bool{"/": true}
	for i := 0; i < len(queue) && len(queue) < 60; i++ {
		page, err := v.get(ctx, queue[i])
		if err != nil {
			return nil, 0, err
		}
		for _, link := range anyLink.FindAllStringSubmatch(page, -1) {
			file := strings.HasSuffix(link[1], "/report") || strings.HasSuffix(link[1], "/file") || strings.HasSuffix(link[1], "/document")
			if !seen[link[1]] && !file && !strings.HasPrefix(link[1], "/demonstration") && !strings.HasPrefix(link[1], "/assets") {
				seen[link[1]] = true
				queue = append(queue, link[1])
			}
		}
	}
	for range asked {
		for _, path := range queue {
			begun := time.Now()
			page, err := v.get(ctx, path)
			if err != nil {
				return nil, 0, err
			}
			took = append(took, time.Since(begun))
			heaviest = max(heaviest, float64(len(page)))
		}
	}
	return took, heaviest, nil
}
