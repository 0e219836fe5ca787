package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"hygie/internal/fault"
)

const (
	maxUploadFields = 100       // beyond the fields that any of our forms has
	maxUploadText   = 100 << 10 // bytes of one field
)

// Upload reads a multipart form with one file, which must come last as it does in our pages, without ever holding the file: the fields before
// it are decoded into dst as Decode does, then take reads the file of the named field as it arrives. The route must allow a body that large
// ([MaxBody]); limit is how large the file itself may be.
//
// What is wrong with the fields, with the file or with the sending is a fault.Invalid that names the field; what take returns is
// returned. After an invalid answer the rest of the file is read and dropped, because browsers show an answer only once they have sent everything.
func (c *Context) Upload(dst any, field string, limit int64, take func(name string, content io.Reader) error) error {
	parts, err := c.R.MultipartReader()
	if err != nil {
		return fault.Invalid(fault.Field{Key: "web.form_unreadable"}).Because(err)
	}
	values := url.Values{}
	for {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF: // not errors.Is: a form cut between two parts is an error that wraps io.EOF
			wrong := fault.Fields(c.decodeValues(dst, values))
			return fault.Invalid(append(wrong, fault.Field{Name: field, Key: "web.file_missing"})...)
		case err != nil:
			return c.cut(field, limit, err)
		case part.FormName() == field && part.FileName() != "":
			return c.take(dst, values, part, limit, take)
		case part.FormName() == field:
			continue // a file field without a file
		}
		value, err := io.ReadAll(io.LimitReader(part, maxUploadText))
		if err != nil {
			return c.cut(field, limit, err)
		}
		if len(values) < maxUploadFields {
			values.Add(part.FormName(), string(value))
		}
	}
}

// decodeValues decodes fields that were read already.
func (c *Context) decodeValues(dst any, values url.Values) error {
	plain := *c
	plain.R = &http.Request{Method: http.MethodPost, URL: c.R.URL, Header: http.Header{}, Form: values, PostForm: values, Body: http.NoBody}
	return plain.Decode(dst)
}

func (c *Context) take(dst any, values url.Values, part *multipart.Part, limit int64, take func(string, io.Reader) error) error {
	content := &uploaded{from: part, left: limit, over: c.tooLarge(part.FormName(), limit)}
	err := c.decodeValues(dst, values)
	if err == nil {
		err = take(part.FileName(), content)
	}
	if fault.KindOf(err) == fault.KindInvalid {
		_, _ = io.Copy(io.Discard, part) // bounded by the route; what went wrong is said already
	}
	if content.failed != nil && fault.KindOf(err) != fault.KindInvalid {
		return c.cut(part.FormName(), limit, content.failed)
	}
	return err
}

// tooLarge refuses a file over the limit.
func (c *Context) tooLarge(field string, limit int64) error {
	return fault.Invalid(fault.Field{Name: field, Key: "web.file_too_large", Args: []any{"limit", c.Printer.Bytes(limit)}})
}

// cut says why a form did not arrive whole.
func (c *Context) cut(field string, limit int64, err error) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return c.tooLarge(field, limit)
	}
	return fault.Invalid(fault.Field{Name: field, Key: "web.upload_cut"}).Because(err)
}

// uploaded is a file as it arrives. It fails, instead of ending, beyond its limit, and remembers that the sending failed, whatever the reader of
// the file makes of it.
type uploaded struct {
	from   io.Reader
	left   int64
	over   error
	failed error
}

func (u *uploaded) Read(p []byte) (int, error) {
	n, err := u.from.Read(p[:min(int64(len(p)), u.left+1)])
	if u.left -= int64(n); u.left < 0 {
		return 0, u.over
	}
	if err != nil && !errors.Is(err, io.EOF) {
		u.failed = err
	}
	return n, err
}
