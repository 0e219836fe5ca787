package custody

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// thrifty stops a reader that wants more than what a list of files may weigh.
type thrifty struct {
	r    io.ReaderAt
	left int64
}

var errWeight = errors.New("what it says of its files is too long")

func (t *thrifty) ReadAt(p []byte, at int64) (int, error) {
	if t.left -= int64(len(p)); t.left < 0 {
		return 0, errWeight
	}
	return t.r.ReadAt(p, at)
}

// readZip lists a collection of Velociraptor: client_info.json beside its context, uploads and results (reporting/container.go of
// Velociraptor 0.7x), or metadata.json and data.zip when it is encrypted. Other ZIP files are of no known tool.
func readZip(r io.ReaderAt, size int64) *Source {
	s := &Source{Tool: Velociraptor}
	z, err := zip.NewReader(&thrifty{r, 2 * maxRead}, size)
	if err != nil {
		return nil // what cannot be listed cannot be recognised; its hash is taken all the same
	}
	has := func(name string) bool {
		return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	}
	switch {
	case has("metadata.json") && has("data.zip"):
		s.Tool = VelocSealed
		s.warn(WarnEncrypted)
	case !has("client_info.json") || !has("collection_context.json") && !has("uploads.json") && !has("requests.json"):
		return nil
	}
	list, names := newLister(s), map[string]bool{}
	for i, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if names[f.Name] {
			s.fail(fmt.Errorf("file %d: the name %q stands twice", i+1, f.Name))
			break
		}
		names[f.Name] = true
		if f.UncompressedSize64 > 1<<52 {
			s.fail(fmt.Errorf("file %d: it states %d bytes", i+1, f.UncompressedSize64))
			break
		}
		if err := list.add(Inside{Name: f.Name, Size: int64(f.UncompressedSize64), Hash: fmt.Sprintf("crc32:%08x", f.CRC32)}); err != nil {
			s.fail(err)
			break
		}
		s.artifact(f.Name)
		if f.Name == "client_info.json" {
			if err := s.client(f); err != nil {
				s.fail(fmt.Errorf("client_info.json: %w", err))
			}
		}
	}
	list.end()
	return s
}

// artifact keeps the name of an artifact, which is that of its file of results, escaped as in an address.
func (s *Source) artifact(name string) {
	name, ok := strings.CutPrefix(name, "results/")
	if !ok {
		return
	}
	if name, ok = strings.CutSuffix(name, ".json"); !ok {
		return
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	if len(s.Facts) >= maxFacts-8 { // room for the machine
		s.warn(WarnShortened)
		return
	}
	s.fact("artifact", name)
}

// client reads the small file that names the machine.
func (s *Source) client(f *zip.File) error {
	const most = 1 << 20
	if f.UncompressedSize64 > most {
		return fmt.Errorf("it states %d bytes", f.UncompressedSize64)
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimSpace(text); bytes.HasPrefix(trimmed, []byte("[")) {
		var many []json.RawMessage
		if err := json.Unmarshal(trimmed, &many); err != nil || len(many) == 0 {
			return positioned(err)
		}
		text = many[0]
	}
	var c struct {
		Hostname string `json:"hostname"`
		FQDN     string `json:"fqdn"`
		ClientID string `json:"client_id"`
		OS       struct {
			Hostname string `json:"hostname"`
			FQDN     string `json:"fqdn"`
			System   string `json:"system"`
			Release  string `json:"release"`
		} `json:"os_info"`
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&c); err != nil {
		return positioned(err)
	}
	s.fact("computer", firstOf(c.Hostname, c.OS.Hostname))
	s.fact("fqdn", firstOf(c.FQDN, c.OS.FQDN))
	s.fact("client", c.ClientID)
	s.fact("system", strings.TrimSpace(c.OS.System+" "+c.OS.Release))
	return nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// positioned says where a JSON text is wrong.
func positioned(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return errors.New("it holds nothing")
	case errors.As(err, &syntax):
		return fmt.Errorf("at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Errorf("at byte %d: %w", kind.Offset, err)
	}
	return err
}

// outcome is the part of the execution outcome of DFIR-ORC (10.1.0 and later) that a register keeps.
type outcome struct {
	Version string `json:"version"`
	Tool    struct {
		Outcome *struct {
			ID         string       `json:"id"`
			Timestamp  string       `json:"timestamp"`
			Start      string       `json:"start"`
			End        string       `json:"end"`
			Computer   string       `json:"computer_name"`
			System     string       `json:"system_type"`
			Mothership orcBinary    `json:"mothership"`
			Wolf       orcBinary    `json:"wolf_launcher"`
			Sets       []orcCommand `json:"command_set"`
		} `json:"outcome"`
	} `json:"dfir-orc"`
}

type orcBinary struct {
	SHA256  string `json:"sha256"`
	Version string `json:"version"`
	Command string `json:"command_line"`
}

type orcCommand struct {
	Name     string       `json:"name"`
	Archive  *orcArchive  `json:"archive"`
	Archives []orcArchive `json:"archives"` // some versions list several
	Commands []struct {
		Name string `json:"name"`
		Exit *int64 `json:"exit_code"`
	} `json:"commands"`
}

type orcArchive struct {
	Name  string `json:"name"`
	Size  int64  `json:"size"`
	SHA1  string `json:"sha1"`
	Files []struct {
		Name string `json:"name"`
		Size int64  `json:"size"`
	} `json:"files"`
}

// readOutcome lists the archives first, since files of the register are compared with them, then what each holds.
func (s *Source) readOutcome(text []byte) error {
	var o outcome
	if err := json.Unmarshal(text, &o); err != nil {
		return positioned(err)
	}
	out := o.Tool.Outcome
	if out == nil {
		return errors.New("it has no outcome")
	}
	for _, f := range [][2]string{{"computer", out.Computer}, {"system", out.System}, {"run", out.ID}, {"timestamp", out.Timestamp},
		{"started", out.Start}, {"completed", out.End}, {"version", out.Wolf.Version}, {"command", out.Mothership.Command}} {
		s.fact(f[0], f[1])
	}
	s.digest("sha256", out.Mothership.SHA256, "mothership")
	s.digest("sha256", out.Wolf.SHA256, "wolf_launcher")
	var archives []orcArchive
	for _, set := range out.Sets {
		if set.Archive != nil {
			archives = append(archives, *set.Archive)
		}
		archives = append(archives, set.Archives...)
		for _, c := range set.Commands {
			if c.Exit != nil && *c.Exit != 0 {
				s.warn(WarnFailed)
				s.fact("failed", fmt.Sprintf("%s / %s: %d", set.Name, c.Name, *c.Exit))
			}
		}
	}
	list := newLister(s)
	defer list.end()
	for _, a := range archives {
		f := Inside{Name: a.Name, Size: a.Size}
		if sum := strings.ToLower(a.SHA1); isHex(sum, 40) {
			f.Hash = "sha1:" + sum
		}
		if err := list.add(f); err != nil {
			return err
		}
	}
	for _, a := range archives {
		for _, f := range a.Files {
			if err := list.add(Inside{Name: f.Name, Size: f.Size, In: a.Name}); err != nil {
				return err
			}
		}
	}
	return nil
}
