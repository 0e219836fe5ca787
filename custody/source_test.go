package custody

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

type noContext struct{}

func (noContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (noContext) Done() <-chan struct{}       { return nil }
func (noContext) Err() error                  { return nil }
func (noContext) Value(any) any               { return nil }

// dfxml is laid out as libewf 20240506 does, with the fragment before the declaration. All values are invented.
const dfxml = `		<image_filenames>
			<image_filename>pc12.E01</image_filename>
		</image_filenames>
<?xml version="1.0" encoding="UTF-8"?>
<ewfobjects version="0.1">
	<ewfinfo>
		<acquiry_information>
			<case_number>LAC-1</case_number>
			<examiner_name>A. Martin</examiner_name>
		</acquiry_information>
		<media_information><media_size>2999808</media_size></media_information>
		<hashdigest type="md5" coding="base16">99bea62f7ac3e7d96518e6f0f0ab638e</hashdigest>
	</ewfinfo>
</ewfobjects>
`

const ewfLog = "Acquiry completed at: Mar 10, 2026 04:00:00\n\nWritten: 2.8 MiB (2999808 bytes) in 1 second(s).\n" +
	"MD5 hash calculated over data:\t\t99bea62f7ac3e7d96518e6f0f0ab638e\nSHA256 hash calculated over data:\t2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\newfacquire: SUCCESS\n"

func identified(t testing.TB, name, content string) *Source {
	t.Helper()
	s, err := Identify(name, strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func collection(t testing.TB) string {
	return string(archive(t, "client_info.json", `{"hostname":"PC-12","fqdn":"pc-12.lac.example","os_info":{"system":"windows"}}`, "collection_context.json", "{}",
		"results/Windows.KapeFiles.Targets%2FUploads.json", "{}\n", "results/Windows.KapeFiles.Targets%2FUploads.json.index", "x", "uploads/auto/C/pagefile.sys", "octets"))
}

func (s *Source) has(t *testing.T, facts ...string) {
	t.Helper()
	for _, f := range facts {
		name, value, _ := strings.Cut(f, "=")
		if !slices.Contains(s.Facts, Fact{name, value}) {
			t.Errorf("no %s in %+v", f, s.Facts)
		}
	}
}

func TestSourcesAreRecognised(t *testing.T) {
	for _, row := range []struct {
		name, file, content, tool string
		facts, warnings           []string
		digests, listed           int
	}{
		{"ewfinfo", "pc12.xml", dfxml, EWFInfo, []string{"case_number=LAC-1", "image_filename=pc12.E01", "media_size=2999808"}, []string{WarnMD5Only}, 1, 0},
		{"log", "pc12.log", ewfLog, EWFLog, []string{"written=2.8 MiB (2999808 bytes) in 1 second(s)."}, nil, 2, 0},
		{"log of Windows", "pc12.log", strings.ReplaceAll(ewfLog, "\n", "\r\n"), EWFLog, nil, nil, 2, 0},
		{"log without end", "pc12.log", strings.ReplaceAll(ewfLog, "ewfacquire: SUCCESS", ""), EWFLog, nil, []string{WarnNoSuccess}, 2, 0},
		{"log with a cut hash", "pc12.log", "MD5 hash calculated over data: 99bea6\n", EWFLog, nil, []string{WarnUnreadable}, 0, 0},
		{"image", "pc12.E01", "EVF\x09\x0d\x0a\xff\x00\x01", EWFImage, nil, []string{WarnContainer}, 0, 0},
		{"collection", "c.zip", collection(t), Velociraptor, []string{"computer=PC-12", "artifact=Windows.KapeFiles.Targets/Uploads", "system=windows"}, nil, 0, 5},
		{"encrypted collection", "c.zip", string(archive(t, "metadata.json", "{}", "data.zip", "x")), VelocSealed, nil, []string{WarnEncrypted}, 0, 2},
		{"name twice", "c.zip", string(archive(t, "client_info.json", "{}", "uploads.json", "", "uploads.json", "x")), Velociraptor, nil, []string{WarnUnreadable}, 0, 2},
		{"client that is no JSON", "c.zip", string(archive(t, "client_info.json", "{x", "uploads.json", "")), Velociraptor, nil, []string{WarnUnreadable}, 0, 2},
		{"outcome", "o.json", outcomeOf("ORC_PC-12.7z", "abc"), ORCOutcome, []string{"computer=PC-12", "version=v10.2.4", "failed=Main / Yara: 5"}, []string{WarnFailed}, 1, 2},
		{"outcome cut", "o.json", outcomeOf("ORC_PC-12.7z", "abc")[:300], ORCOutcome, nil, []string{WarnUnreadable}, 0, 0},
		{"archive", "ORC_PC-12.7z", "7z\xbc\xaf\x27\x1c\x00\x04", ORCArchive, nil, []string{WarnNotListed}, 0, 0},
		{"encrypted archive", "DFIR-ORC_PC-12.7z.p7b", "0\x82", ORCArchive, nil, []string{WarnEncrypted}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := identified(t, row.file, row.content)
			if s == nil {
				t.Fatal("not recognised")
			}
			if s.Tool != row.tool || !slices.Equal(s.Warnings, row.warnings) || len(s.Digests) != row.digests || s.Listed != row.listed {
				t.Errorf("%+v", s)
			}
			if (s.Fault != "") != slices.Contains(row.warnings, WarnUnreadable) {
				t.Errorf("fault %q", s.Fault)
			}
			s.has(t, row.facts...)
		})
	}
	for name, content := range map[string]string{"nothing": "", "text": "bonjour", "other zip": string(archive(t, "a", "b")), "broken zip": "PK\x03\x04", "other 7z": "7z\xbc\xaf\x27\x1c", "json": `{"a":1}`} {
		if s := identified(t, name, content); s != nil {
			t.Errorf("%s recognised: %+v", name, s)
		}
	}
}

func TestListsAreBounded(t *testing.T) {
	files := []string{"client_info.json", "{}", "uploads.json", ""}
	for i := range 500 {
		files = append(files, "uploads/"+strings.Repeat("x", i+1), "")
	}
	s := identified(t, "c.zip", string(archive(t, files...)))
	if s.Listed != 502 || len(s.Files) != keptFiles || !slices.Contains(s.Warnings, WarnShortened) || len(s.ListHash) != 64 {
		t.Errorf("%d listed, %d kept, %v", s.Listed, len(s.Files), s.Warnings)
	}
	deep := "<ewfobjects>" + strings.Repeat("<a>", 100000)
	if s := identified(t, "x.xml", deep); s.Fault == "" {
		t.Error("endless nesting was read")
	}
	long := dfxml + strings.Repeat(" ", maxRead)
	if s := identified(t, "x.xml", long); s.Fault == "" || len(s.Facts) > 0 {
		t.Errorf("%+v", s)
	}
}

// TestFileIsComparedWithItsOutcome: DFIR-ORC states size and SHA-1 of each archive.
func TestFileIsComparedWithItsOutcome(t *testing.T) {
	r := sample(t)
	text := outcomeOf("ORC_PC-12.7z", "7z-content")
	m, err := MeasureOf(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(Piece{Name: "o.json", By: "X", Measure: &m, Source: identified(t, "o.json", text)}, night()); err != nil {
		t.Fatal(err)
	}
	for content, differs := range map[string]bool{"7z-content": false, "7z-contenu": true} {
		m, err := MeasureOf(t.Context(), strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		i, err := r.Add(Piece{Name: "ORC_PC-12.7z", By: "X", Measure: &m}, night())
		if err != nil || i.Source == nil || slices.Contains(i.Source.Warnings, WarnDiffers) != differs {
			t.Errorf("%s: %+v %v", content, i.Source, err)
		}
	}
	if res, err := Verify(bytes.NewReader(written(t, r))); err != nil || !res.Intact() {
		t.Errorf("%+v %v", res.Problems, err)
	}
}

func TestMeasureStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := MeasureOf(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	m, err := MeasureOf(t.Context(), strings.NewReader("abc")) // FIPS 180-2, appendix B.1 and A.1
	if err != nil || m.Size != 3 || m.SHA256 != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" || m.SHA1 != "a9993e364706816aba3e25717850c26c9cd0d89d" {
		t.Errorf("%+v %v", m, err)
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("pc12.xml", []byte(dfxml))
	f.Add("pc12.log", []byte(ewfLog))
	f.Add("c.zip", []byte(collection(f)))
	f.Add("o.json", []byte(outcomeOf("ORC_a.7z", "x")))
	f.Add("ORC_a.7z", []byte("7z\xbc\xaf\x27\x1c"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		s, err := Identify(name, bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatalf("bytes that could be read: %v", err)
		}
		if s == nil {
			return
		}
		b, err := json.Marshal(s)
		if err != nil || len(b) > 900<<10 {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		r := sample(t)
		if _, err := r.Add(Piece{Name: "x", By: "X", Measure: &Measure{1, strings.Repeat("a", 64), ""}, Source: s}, night()); err != nil {
			t.Fatalf("a source that no register holds: %v", err)
		}
		if res, err := Verify(bytes.NewReader(written(t, r))); err != nil || !res.Intact() {
			t.Fatalf("%+v %v", res.Problems, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	whole := written(f, sample(f))
	f.Add(whole)
	f.Add(written(f, rich(f)))
	f.Add(signed(f, rich(f)))
	f.Add([]byte(format + "\n\n"))
	f.Add([]byte(signedFormat + "\n\n\n\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		res, err := Verify(bytes.NewReader(b))
		if err != nil || !res.Intact() {
			return
		}
		again := written(t, res.Register)
		if res.Key != nil { // who wrote it is not here to sign it again: its lines are compared
			_, again, _ = bytes.Cut(again, []byte("\n\n{"))
			_, b, _ = bytes.Cut(b, []byte("\n\n{"))
		}
		if !bytes.Equal(again, b) {
			t.Errorf("intact, but written again it differs:\n%q\n%q", b, again)
		}
	})
}
