package dns

import (
	"fmt"
	"strconv"

	wire "github.com/miekg/dns"
)

// Reason says why a question has no answer.
type Reason string

const (
	Timeout   Reason = "timeout"    // nobody answered in time
	Dead      Reason = "dead"       // the resolver stopped answering anything, a while ago
	Failed    Reason = "servfail"   // the server could not find out
	Refused   Reason = "refused"    // the server will not say
	Malformed Reason = "malformed"  // the answer made no sense
	Loop      Reason = "alias_loop" // aliases go round, or on for too long
	Lying     Reason = "lying"      // the resolver invents answers
	BadName   Reason = "bad_name"   // the name cannot be asked for
	Network   Reason = "network"    // the question could not be sent
)

// Failure is a question without an answer: nothing is known, neither presence nor absence.
type Failure struct {
	Name   string // lower case, no final dot
	Type   uint16
	Reason Reason
	Detail string // what else is known, in the words of the protocol
	Err    error
}

func (f *Failure) Error() string {
	text := fmt.Sprintf("look up %s %s: %s", f.Name, wire.TypeToString[f.Type], f.Reason)
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

func (f *Failure) Unwrap() error { return f.Err }

// notes adds the extended errors of a message to list (RFC 8914).
func notes(m *wire.Msg, list []string) []string {
	opt := m.IsEdns0()
	if opt == nil {
		return list
	}
	for _, o := range opt.Option {
		if e, ok := o.(*wire.EDNS0_EDE); ok {
			text := strconv.Itoa(int(e.InfoCode))
			if name := wire.ExtendedErrorCodeToString[e.InfoCode]; name != "" {
				text += ": " + name
			}
			if e.ExtraText != "" {
				text += fmt.Sprintf(" (%.120q)", e.ExtraText)
			}
			list = append(list, text)
		}
	}
	return list
}
