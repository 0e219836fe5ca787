// Package fault names the kinds of failure that a person can do something about.
//
// A use-case returns one of four kinds: what was typed is invalid (with the fields), the thing is not found, the act is
// refused (with the reason), or it conflicts with the present state. Every other error is internal: a person is shown a
// reference, the log has the cause. Texts are message keys with their arguments, because the package does not know
// which language the reader has; internal/locale turns them into sentences.
//
// The web maps each kind to a status once (422, 404, 403, 409, 500); the command line maps them to an exit code.
//
//	if name == "" {
//		return fault.Invalid(fault.Field{Name: "name", Key: "field.required"})
//	}
//
// An error of this package is wrapped and found like any other: fault.KindOf(fmt.Errorf("import: %w", err)).
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure an error is.
type Kind string

// The kinds of failure. KindNone is the kind of a nil error.
const (
	KindNone     Kind = ""
	KindInvalid  Kind = "invalid"
	KindNotFound Kind = "not_found"
	KindRefused  Kind = "refused"
	KindConflict Kind = "conflict"
	KindInternal Kind = "internal"
)

// Valid reports whether k is one of the kinds of failure.
func (k Kind) Valid() bool {
	switch k {
	case KindInvalid, KindNotFound, KindRefused, KindConflict, KindInternal:
		return true
	}
	return false
}

// Field is one thing wrong with what was typed. Name is the name of the form field or the JSON path; it is empty when the
// remark is about the whole. Key is a message key and Args its arguments, as name and value in turn.
type Field struct {
	Name string
	Key  string
	Args []any
}

// Error is a failure of one of the four kinds. Key and Args say what happened (for Invalid, Fields do).
type Error struct {
	Kind   Kind
	Key    string
	Args   []any
	Fields []Field
	cause  error
}

// Error returns the failure for a log: kind, keys and cause, in no natural language.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Key != "" {
		fmt.Fprintf(&b, ": %s", e.Key)
		writeArgs(&b, e.Args)
	}
	for i, f := range e.Fields {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s %s", sep, f.Name, f.Key)
		writeArgs(&b, f.Args)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

func writeArgs(b *strings.Builder, args []any) {
	for i := 0; i+1 < len(args); i += 2 {
		fmt.Fprintf(b, " %v=%v", args[i], args[i+1])
	}
}

// Unwrap returns the cause given to Because, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e that wraps cause. The cause goes to the log, never to the page.
func (e *Error) Because(cause error) *Error {
	with := *e
	with.cause = cause
	return &with
}

// Invalid says that what was typed cannot be used; each field says what to mend.
func Invalid(fields ...Field) *Error {
	return &Error{Kind: KindInvalid, Fields: fields}
}

// NotFound says that the thing does not exist, or that the reader may not know that it does. The key is a sentence about
// the kind of thing; it may be empty.
func NotFound(key string, args ...any) *Error {
	return &Error{Kind: KindNotFound, Key: key, Args: args}
}

// Refused says that the actor may not do this; the key explains why and who can help.
func Refused(key string, args ...any) *Error {
	return &Error{Kind: KindRefused, Key: key, Args: args}
}

// Conflict says that the act does not fit the present state, for example because somebody was quicker.
func Conflict(key string, args ...any) *Error {
	return &Error{Kind: KindConflict, Key: key, Args: args}
}

// KindOf returns the kind of err: KindNone for nil, KindInternal for any error that is not of this package.
func KindOf(err error) Kind {
	if err == nil {
		return KindNone
	}
	if e := As(err); e != nil && e.Kind.Valid() {
		return e.Kind
	}
	return KindInternal
}

// As returns the first Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Fields returns every field remark found in err, those of joined errors included, in order.
func Fields(err error) []Field {
	var found []Field
	walk(err, func(e *Error) { found = append(found, e.Fields...) })
	return found
}

func walk(err error, visit func(*Error)) {
	if err == nil {
		return
	}
	if e, ok := err.(*Error); ok {
		visit(e)
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		walk(u.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			walk(inner, visit)
		}
	}
}
