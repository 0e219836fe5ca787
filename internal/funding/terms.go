package funding

import (
	"time"

	"hygie/referential/call"
)

// TermsOf is what a call says that counts for an act of a candidate of a category at a moment. granted is what was granted, of which the instalments
// without condition make the advance.
func TermsOf(c *call.Call, category string, act Act, granted Cents, at time.Time) (Terms, error) {
	kind := call.Candidature
	if act == Declare {
		kind = call.Achievement
	}
	t := Terms{}
	w, state, ok := c.Window(kind, category, at)
	switch {
	case !ok && kind == call.Achievement: // the call sets no time for it
	case !ok || state == call.Undated:
		t.Undated = true
	default:
		t.Opens, _ = w.Opens.Get()
		t.Closes, _ = w.Closes.Get()
	}
	t.FourEyes, _ = c.FourEyes.Get()
	for _, part := range c.Instalments {
		share, known := part.Share.Get()
		if len(part.When) > 0 || len(part.After) > 0 || !known {
			continue
		}
		amount, err := share.Of(granted)
		if err != nil {
			return t, err
		}
		t.Advance += amount
	}
	return t, nil
}
