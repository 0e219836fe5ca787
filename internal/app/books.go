package app

import (
	"crypto/rand"
	"net/http"
	"time"

	"hygie/internal/incident"
	"hygie/internal/logbook"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/journal/stamp"
)

// stampEvery is how often main courantes that grew are stamped.
const stampEvery = 15 * time.Minute

// stamper is the authority of time of the settings; nil when none is set.
func (p *Platform) stamper() (logbook.Stamper, error) {
	c := p.Config.Stamping
	if c.Authority == "" {
		return nil, nil
	}
	roots, err := c.Pool()
	if err != nil {
		return nil, err
	}
	return stamp.Authority{Address: c.Authority, Roots: roots, Client: &http.Client{Timeout: 30 * time.Second}, Random: rand.Reader}, nil
}

// mayFollowBook tells whether who asks may follow a main courante: of an exercise whoever sees it, of an incident as [incident.Followable] says.
func (p *Platform) mayFollowBook(r *http.Request, id string) bool {
	session, err := p.guard.Session(r)
	if err != nil {
		return false
	}
	may := false
	err = p.DB.View(r.Context(), func(tx *store.Tx) (err error) {
		book, err := logbook.ByID(r.Context(), tx, right.Visible(session.Actor, right.SeeActions), id)
		if may = err == nil && book.Kind == logbook.Exercise; may {
			return nil
		}
		may, err = incident.Followable(r.Context(), tx, session.Actor, id)
		return err
	})
	return err == nil && may
}
