package custody

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// What ewfinfo -f dfxml writes (libewf 20140813 and 20240506): one element a value. The later version prints a fragment before the XML
// declaration, so that the file is no single document; tokens are read one after the other.
var ewfNames = []string{"image_filename", "case_number", "description", "examiner_name", "evidence_number", "notes", "acquisition_date",
	"system_date", "acquisition_system", "acquisition_version", "model", "serial_number", "file_format", "guid", "media_type", "is_physical",
	"bytes_per_sector", "number_of_sectors", "media_size"}

func (s *Source) readEWFInfo(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) { return in, nil } // what is no UTF-8 is cleaned when kept
	at := func(err error) error { return fmt.Errorf("at byte %d: %w", d.InputOffset(), err) }
	var value strings.Builder
	var algorithm string
	depth, seen := 0, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return at(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > 32 {
				return at(errors.New("elements are nested too deep"))
			}
			value.Reset()
			seen = seen || t.Name.Local == "ewfobjects"
			algorithm = ""
			for _, a := range t.Attr {
				if a.Name.Local == "type" {
					algorithm = strings.ToLower(a.Value)
				}
			}
		case xml.CharData:
			if value.Len() < 2*maxValue {
				value.Write(t[:min(len(t), 2*maxValue)])
			}
		case xml.EndElement:
			depth--
			if t.Name.Local == "hashdigest" {
				s.digest(algorithm, value.String(), "medium")
			} else if slices.Contains(ewfNames, t.Name.Local) {
				s.fact(t.Name.Local, value.String())
			}
			value.Reset()
		}
	}
	if !seen {
		return errors.New("it has no element ewfobjects")
	}
	if !slices.ContainsFunc(s.Digests, func(d Digest) bool { return d.Algorithm == "sha256" }) {
		s.warn(WarnMD5Only)
	}
	return nil
}

// ewfHash is the line by which every log of ewf-tools is known.
var ewfHash = regexp.MustCompile(`(?m)^(MD5|SHA1|SHA256) hash (calculated over data|stored in file):[ \t]*([0-9A-Fa-f]+|N/A)[ \t]*\r?$`)

func isEWFLog(text []byte) bool { return ewfHash.Match(text) }

// ewfLogNames are the beginnings of the lines that are kept of a log, in lower case, with the names they are kept under.
var ewfLogNames = [][2]string{{"image path and filename", "image_filename"}, {"case number", "case_number"}, {"description", "description"},
	{"evidence number", "evidence_number"}, {"examiner name", "examiner_name"}, {"notes", "notes"}, {"media type", "media_type"},
	{"acquiry started at", "started"}, {"acquiry completed at", "completed"}, {"acquisition started at", "started"},
	{"acquisition completed at", "completed"}, {"verify started at", "started"}, {"verify completed at", "completed"}, {"written", "written"},
	{"read", "read"}, {"total number of read errors", "read_errors"}}

// readEWFLog reads what ewfacquire -l, or its output kept in a file, says. The log alone has a SHA-256 that was asked for.
func (s *Source) readEWFLog(text []byte) error {
	number, success := 0, false
	for line := range bytes.Lines(text) {
		number++
		if bytes.IndexByte(line, 0) >= 0 {
			return fmt.Errorf("line %d: it is no text", number)
		}
		one := strings.TrimSpace(string(line))
		success = success || strings.HasSuffix(one, ": SUCCESS")
		if m := ewfHash.FindStringSubmatch(one); m != nil {
			of := "medium"
			if m[2] == "stored in file" {
				of = "medium, as stored in the image"
			}
			if m[3] != "N/A" && !s.digest(strings.ToLower(m[1]), m[3], of) {
				return fmt.Errorf("line %d: %q is no %s", number, shown(m[3]), m[1])
			}
			continue
		}
		name, value, ok := strings.Cut(one, ":")
		if !ok {
			continue
		}
		for _, known := range ewfLogNames {
			if strings.ToLower(strings.TrimSpace(name)) == known[0] {
				s.fact(known[1], value)
			}
		}
	}
	if !success {
		s.warn(WarnNoSuccess)
	}
	return nil
}
