// Package reading says what a reader of a source could not read, in a form that chooses no language: a key with its parameters, of which
// package reasons makes sentences in French and English (reasons_sources.toml).
//
// A decoder fails with a [Fault]: [Cause] makes one that says why, [At] adds where. They are ordinary errors, in English. The reader of the
// source turns the error into a warning of the source by [Warning], which keeps the key and the places; the report says it in its own
// language, and its JSON form keeps both (docs/formats/directory-inputs.md).
package reading

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"strconv"

	"hygie/directory/points/reasons"
)

// Fault is why something could not be read, where, or both (docs/formats/directory-inputs.md, Warnings). Its message is the English sentence.
type Fault struct {
	cause string
	pairs []any
	err   error
}

// Cause makes a fault from the key of a sentence ([cause.KEY] of reasons_sources.toml) and pairs of name and value that it shows
// (docs/formats/directory-inputs.md, Warnings).
func Cause(key string, pairs ...any) *Fault { return &Fault{cause: key, pairs: pairs} }

// At says where an error happened, by pairs of name and value: file, line, byte, uncompressed, character, entry, dn. nil stays nil
// (docs/formats/directory-inputs.md, Warnings).
func At(err error, pairs ...any) error {
	if err == nil {
		return nil
	}
	return &Fault{pairs: pairs, err: err}
}

// Error gives the sentence in English.
func (f *Fault) Error() string { return Warning("source_fault", f).Text("en") }

// Unwrap gives the error whose place this is.
func (f *Fault) Unwrap() error { return f.err }

// Warning makes what a source has to say: the key of a sentence ([reason.KEY] of reasons_sources.toml) with its own pairs, and the places and the
// cause of an error, nil for none (docs/formats/directory-inputs.md, Warnings). Of two values with one name the outer one stays.
func Warning(key string, err error, pairs ...any) reasons.Reason {
	r := reasons.Because(key, pairs...)
	cause := ""
	add := func(pairs []any) {
		for _, p := range reasons.Because("", pairs...).Params {
			if r.Get(p.Name) == "" {
				r.Params = append(r.Params, p)
			}
		}
	}
	for rest := err; rest != nil && cause == ""; {
		f, ok := errors.AsType[*Fault](rest)
		if !ok {
			var detail []any
			cause, detail = foreign(rest)
			add(detail)
			break
		}
		add(f.pairs)
		cause, rest = f.cause, f.err
	}
	if cause != "" {
		r.Params = append(r.Params, reasons.Param{Name: "cause", Value: cause})
	}
	return r
}

// foreign gives the key of an error that another library made. What has no sentence of its own keeps its English text.
func foreign(err error) (cause string, pairs []any) {
	if text, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return "base64", []any{"at", strconv.FormatInt(int64(text), 10)}
	}
	if s, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return "xml", []any{"line", s.Line}
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return "json", []any{"byte", strconv.FormatInt(s.Offset, 10)}
	}
	_, wrongType := errors.AsType[*json.UnmarshalTypeError](err)
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	is := func(targets ...error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
	case wrongType:
		return "json_type", nil
	case corrupt, is(zip.ErrFormat, zip.ErrChecksum, zip.ErrAlgorithm, gzip.ErrHeader, gzip.ErrChecksum, tar.ErrHeader):
		return "archive", nil
	case is(io.ErrUnexpectedEOF, io.EOF):
		return "file_cut", nil
	case is(fs.ErrPermission):
		return "access_denied", nil
	case is(fs.ErrNotExist):
		return "file_absent", nil
	}
	return "other", []any{"detail", err.Error()}
}
