package call

import (
	"fmt"

	"hygie/referential"
)

// Library is a list of ready-made reasons that several calls share.
type Library struct {
	ID      string
	Version string
	Title   Text
	Source  Source
	Reasons []Reason
}

// IsLibrary tells whether a file is a library of reasons, by its first keys.
func IsLibrary(data []byte) bool { return holds(data, "library") && !holds(data, "call") }

// ReadLibrary reads a library of reasons. The error holds all faults ([referential.Problems]).
func ReadLibrary(file string, data []byte) (*Library, error) { return readLibrary(file, data, nil) }

func readLibrary(file string, data []byte, watch func(name, key string)) (*Library, error) {
	l := &Library{}
	err := referential.Decode(file, data, "library", watch, func(o *referential.Object) {
		format(o)
		l.ID, l.Version, l.Title, l.Source = o.ID("library"), o.Version("version"), o.Text("title", true), o.Source()
		o.Each("reasons", "shared reason", true, func(e *referential.Object) {
			reason := readReason(e)
			once(e, "code", l.Reasons, reason.Code, func(r Reason) string { return r.Code })
			l.Reasons = append(l.Reasons, reason)
		})
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// readReason reads what reasons of calls and of libraries have in common.
func readReason(e *referential.Object) Reason {
	return Reason{Code: e.Code("code", true), Act: referential.Choose(e, "act", true, Correct, Refuse, Partial, Recover), Title: e.Text("title", true),
		Text: e.Text("text", true), Source: e.Source()}
}

// join gives a call the reasons of the libraries that it names, after its own. A reason of the call stands before one of a library with its code.
func (c *Call) join(libraries map[string]*Library) error {
	var faults referential.Problems
	for _, id := range c.Libraries {
		library := libraries[id]
		if library == nil {
			faults = append(faults, referential.Problem{File: c.file, Message: fmt.Sprintf("there is no library of reasons %q", id)})
			continue
		}
		c.shared = append(c.shared, library.Reasons...)
	}
	c.share()
	if len(faults) == 0 {
		return nil
	}
	return faults
}

// share appends the reasons of libraries to the call's own.
func (c *Call) share() {
	for _, reason := range c.shared {
		if _, own := find(c.Reasons, reason.Code, func(r Reason) string { return r.Code }); !own {
			c.Reasons = append(c.Reasons, reason)
		}
	}
}
