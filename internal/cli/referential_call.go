package cli

import (
	"fmt"

	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
	"hygie/referential/packages/calls"
)

// checkCall reads a call or a library of reasons.
func checkCall(one checked, data []byte) checked {
	if call.IsLibrary(data) {
		l, err := call.ReadLibrary(one.File, data)
		if err != nil {
			one.Problems = problemsOf(err)
			return one
		}
		one.Kind, one.ID, one.Version = "library", l.ID, l.Version
		return one
	}
	c, err := call.Read(one.File, data)
	if err != nil {
		one.Problems = problemsOf(err)
		return one
	}
	one.call = c
	one.Kind, one.ID, one.Version, one.Lines, one.Unsure = "call", c.ID, c.Version, len(c.Requirements), len(c.Fields)
	return one
}

// checkCalls looks whether what calls point to is there: among the files given, else among what comes with hygie.
func checkCalls(all []checked) error {
	var given []*referential.Package
	libraries := map[string]bool{}
	some := false
	for _, one := range all {
		if one.pkg != nil {
			given = append(given, one.pkg)
		}
		libraries[one.ID] = libraries[one.ID] || one.Kind == "library"
		some = some || one.call != nil
	}
	if !some {
		return nil
	}
	known, err := packages.Load()
	if err != nil {
		return err
	}
	shipped, err := calls.Shipped()
	if err != nil {
		return err
	}
	for _, c := range shipped {
		for _, id := range c.Libraries {
			libraries[id] = true
		}
	}
	known = append(known, given...) // a version that is given goes before one that comes along
	for i := range all {
		c := all[i].call
		if c == nil {
			continue
		}
		if err := c.Check(known); err != nil {
			all[i].Problems = append(all[i].Problems, problemsOf(err)...)
		}
		for _, id := range c.Libraries {
			if !libraries[id] {
				all[i].Problems = append(all[i].Problems, problem{Message: fmt.Sprintf("there is no library of reasons %q", id)})
			}
		}
	}
	return nil
}
