package check

import (
	_ "embed"
	"fmt"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed grade.toml
var gradeText string

// Threshold is how many findings of each severity may stay open. A negative number is no limit. Only findings that were seen count
// ([Found.Counts]), and those whose risk nobody accepted.
type Threshold struct {
	ID        string    `toml:"id" json:"id"`
	Critical  int       `toml:"critical" json:"critical"`
	Major     int       `toml:"major" json:"major"`
	Important int       `toml:"important" json:"important"`
	Since     time.Time `toml:"since" json:"since"`
	Reference string    `toml:"reference" json:"reference"` // the order or guide that sets it, empty while it is not known
	Unsure    bool      `toml:"unsure" json:"unsure"`       // ours, until the reference is known
}

// Letter is one grade of the scale and what it asks.
type Letter struct {
	Letter    string `toml:"letter"`
	Critical  int    `toml:"critical"`
	Major     int    `toml:"major"`
	Important int    `toml:"important"`
}

// Scale is the dated table of grades, the best first; what reaches none of them has the last letter.
type Scale struct {
	Since      time.Time   `toml:"since"`
	Source     string      `toml:"source"`
	Worst      string      `toml:"worst"`
	Letters    []Letter    `toml:"letter"`
	Thresholds []Threshold `toml:"threshold"`
}

var scale = sync.OnceValues(func() (Scale, error) {
	var s Scale
	meta, err := toml.Decode(gradeText, &s)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", meta.Undecoded()[0])
	}
	if err != nil {
		return s, fmt.Errorf("read the scale of grades: %w", err)
	}
	return s, nil
})

// Grades gives the scale.
func Grades() (Scale, error) { return scale() }

// DefaultThreshold is "no critical and no major open": what this program takes the programme to ask until the reference is known.
func DefaultThreshold() (Threshold, error) {
	s, err := scale()
	if err != nil {
		return Threshold{}, err
	}
	return s.Thresholds[len(s.Thresholds)-1], nil
}

// Counts are open findings by severity.
type Counts map[Severity]int

// Holds tells whether counts stay within the threshold.
func (t Threshold) Holds(c Counts) bool {
	return within(c[Critical], t.Critical) && within(c[Major], t.Major) && within(c[Important], t.Important)
}

func within(n, most int) bool { return most < 0 || n <= most }

// Grade gives the letter of counts.
func (s Scale) Grade(c Counts) string {
	for _, l := range s.Letters {
		if within(c[Critical], l.Critical) && within(c[Major], l.Major) && within(c[Important], l.Important) {
			return l.Letter
		}
	}
	return s.Worst
}

// Count counts the findings of results that count against a threshold, without those that skip says are accepted.
func Count(results []Result, skip func(id string) bool) Counts {
	c := Counts{}
	for _, r := range results {
		for _, f := range r.Outcome.Found {
			if f.Counts() && (skip == nil || !skip(f.ID(r.Record.ID))) {
				c[f.Severity]++
			}
		}
	}
	return c
}
