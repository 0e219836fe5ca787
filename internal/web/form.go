package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
)

const (
	maxFormMemory = 1 << 20 // beyond it, parts of a multipart form go to temporary files
	maxFormText   = 20_000  // runes in one text field, unless its tag says otherwise
)

// Decode reads the form of the request into the struct that dst points to. Fields are named by their form tag:
//
//	type draft struct {
//		Title  string    `form:"title"`
//		Effort int       `form:"effort"`
//		Due    time.Time `form:"due"`        // an <input type="date">, midnight in the reader's zone
//		Urgent bool      `form:"urgent"`     // a checkbox
//		Tags   []string  `form:"tags"`
//		Note   string    `form:"note,max=4000"`
//	}
//
// Strings (and named string types) lose the spaces around them; line ends become \n. An empty field leaves the zero value. What
// cannot be read as its type is a fault.Invalid that names the field, and every such field is named at once; the other fields
// are decoded all the same, so that the form can be shown again as it was typed. Whether values make sense is for the use-case
// to say, in the same kind of error.
func (c *Context) Decode(dst any) error {
	if err := c.parseForm(); err != nil {
		return err
	}
	target := reflect.ValueOf(dst)
	if target.Kind() != reflect.Pointer || target.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode form: want a pointer to a struct, got %T", dst)
	}
	var wrong []fault.Field
	target = target.Elem()
	for i := range target.NumField() {
		tag, ok := target.Type().Field(i).Tag.Lookup("form")
		if !ok {
			continue
		}
		name, most, err := readTag(tag)
		if err != nil {
			return fmt.Errorf("decode form: field %s: %w", target.Type().Field(i).Name, err)
		}
		remark, err := c.set(target.Field(i), name, c.R.Form[name], most)
		if err != nil {
			return fmt.Errorf("decode form: field %s: %w", name, err)
		}
		if remark != nil {
			wrong = append(wrong, *remark)
		}
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// parseForm reads the query and the body, whatever the encoding of the form.
func (c *Context) parseForm() error {
	media, _, err := mime.ParseMediaType(c.R.Header.Get("Content-Type"))
	if err == nil && media == "multipart/form-data" {
		err = c.R.ParseMultipartForm(maxFormMemory)
	} else {
		err = c.R.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return err
	case err != nil:
		return fault.Invalid(fault.Field{Key: "web.form_unreadable"}).Because(err)
	}
	return nil
}

func readTag(tag string) (name string, most int, err error) {
	name, option, has := strings.Cut(tag, ",")
	if name == "" {
		return "", 0, errors.New("the form tag has no name")
	}
	if !has {
		return name, maxFormText, nil
	}
	limit, ok := strings.CutPrefix(option, "max=")
	if most, err = strconv.Atoi(limit); !ok || err != nil || most <= 0 {
		return "", 0, fmt.Errorf("form tag option %q: want max=N", option)
	}
	return name, most, nil
}

// set puts the values of one field in place. A remark is the reader's mistake, an error the program's.
func (c *Context) set(field reflect.Value, name string, values []string, most int) (*fault.Field, error) {
	if field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.String {
		return setTexts(field, name, values, most)
	}
	value := ""
	if len(values) > 0 {
		value = clean(values[len(values)-1]) // a hidden default may stand before a checkbox
	}
	if remark := checkText(name, value, most); remark != nil {
		return remark, nil
	}
	if field.Type() == reflect.TypeFor[time.Time]() {
		return c.setDay(field, name, value)
	}
	wrong := func(key string) *fault.Field { return &fault.Field{Name: name, Key: key} }
	switch field.Kind() {
	case reflect.String:
		field.SetString(value)
	case reflect.Bool:
		field.SetBool(value != "" && value != "0" && value != "false" && value != "off")
	case reflect.Int, reflect.Int64, reflect.Int32:
		if value == "" {
			return nil, nil
		}
		n, err := strconv.ParseInt(digits(value), 10, field.Type().Bits())
		if err != nil {
			return wrong("web.not_whole"), nil
		}
		field.SetInt(n)
	case reflect.Float64:
		if value == "" {
			return nil, nil
		}
		n, err := strconv.ParseFloat(strings.Replace(digits(value), ",", ".", 1), 64)
		if err != nil || n != n || n > 1e15 || n < -1e15 {
			return wrong("web.not_number"), nil
		}
		field.SetFloat(n)
	default:
		return nil, fmt.Errorf("type %s is not supported", field.Type())
	}
	return nil, nil
}

const maxFormValues = 10_000

func setTexts(field reflect.Value, name string, values []string, most int) (*fault.Field, error) {
	if len(values) > maxFormValues {
		return &fault.Field{Name: name, Key: "web.too_many", Args: []any{"limit", maxFormValues}}, nil
	}
	texts := reflect.Zero(field.Type())
	for _, value := range values {
		value = clean(value)
		if remark := checkText(name, value, most); remark != nil {
			return remark, nil
		}
		if value != "" {
			texts = reflect.Append(texts, reflect.ValueOf(value).Convert(field.Type().Elem()))
		}
	}
	field.Set(texts)
	return nil, nil
}

func checkText(name, value string, most int) *fault.Field {
	switch {
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return &fault.Field{Name: name, Key: "web.not_text"}
	case utf8.RuneCountInString(value) > most:
		return &fault.Field{Name: name, Key: "web.too_long", Args: []any{"limit", most}}
	}
	return nil
}

// setDay reads 2026-11-21, which browsers send, and 21/11/2026, which people type where the browser has no date field.
func (c *Context) setDay(field reflect.Value, name, value string) (*fault.Field, error) {
	if value == "" {
		return nil, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2/1/2006"} {
		if day, err := time.ParseInLocation(layout, value, c.Printer.Zone()); err == nil && day.Year() >= 1900 && day.Year() <= 2200 {
			field.Set(reflect.ValueOf(day))
			return nil, nil
		}
	}
	return &fault.Field{Name: name, Key: "web.not_day"}, nil
}

func clean(value string) string {
	return strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
}

// digits removes the spaces people and programs put between thousands.
func digits(value string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(value)
}
