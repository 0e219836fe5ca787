package perimeter

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"time"

	"hygie/exposure/signature"
)

// Paper is a mandate of the perimeter as an audit found it: whether it holds, and what its file tells of its electronic signatures, which
// make it count neither more nor less.
type Paper struct {
	File    string           `json:"file"`   // as the perimeter names it
	Signer  string           `json:"signer"` // as the perimeter says
	From    Day              `json:"from"`
	Until   Day              `json:"until"`
	Why     string           `json:"why,omitempty"` // while it does not hold: "no_file", "other_file", "early", "late" or "hours"; empty in force
	Signed  *signature.Paper `json:"signed,omitempty"`
	Covers  []string         `json:"covers"`
	Classes []string         `json:"classes,omitempty"` // intrusive kinds of probe that it allows
}

// mandate is one in force.
type mandate struct {
	file    string
	until   time.Time
	covers  []thing
	classes Class
}

func (m mandate) holds(name string, a netip.Addr) bool {
	return slices.ContainsFunc(m.covers, func(t thing) bool { return t.holds(name, a, 0) })
}

// holdsRange tells whether a mandate covers a whole range.
func (m mandate) holdsRange(r netip.Prefix) bool {
	return slices.ContainsFunc(m.covers, func(t thing) bool {
		return t.prefix.IsValid() && t.prefix.Bits() <= r.Bits() && t.prefix.Contains(r.Addr())
	})
}

// inForce lists the mandates that hold now (their file is the registered one, their dates and hours are right), and the state of all.
func (p *Perimeter) inForce(o Options) (held []mandate, papers []Paper) {
	for _, m := range p.Mandates {
		paper := Paper{File: m.File, Signer: m.Signer, From: m.From, Until: m.Until, Covers: m.Covers, Classes: m.Classes}
		content, why := m.read(o)
		if why == "" {
			signed := signature.Read(content, signature.Options{Authorities: o.Signers, Now: o.Now})
			paper.Signed = &signed
		}
		end, late := m.end(p.location(), o.Now)
		if paper.Why = why; why == "" {
			paper.Why = late
		}
		if paper.Why == "" {
			held = append(held, m.held(end))
		}
		papers = append(papers, paper)
	}
	return held, papers
}

// read gives the bytes of the registered file, or why there are none.
func (m Mandate) read(o Options) (content []byte, why string) {
	if o.Open == nil {
		return nil, "no_file"
	}
	content, err := o.Open(m.File)
	if err != nil {
		return nil, "no_file"
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, "other_file"
	}
	return content, ""
}

// end is when a mandate that holds now no longer does; why says that it does not hold now.
func (m Mandate) end(zone *time.Location, now time.Time) (end time.Time, why string) {
	day := now.In(zone)
	first := time.Date(m.From.Year(), m.From.Month(), m.From.Day(), 0, 0, 0, 0, zone)
	last := time.Date(m.Until.Year(), m.Until.Month(), m.Until.Day()+1, 0, 0, 0, 0, zone)
	switch {
	case day.Before(first):
		return end, "early"
	case !day.Before(last):
		return end, "late"
	}
	end, open := inside(m.Hours, zone, now)
	if !open {
		return end, "hours"
	}
	if end.IsZero() || last.Before(end) {
		end = last
	}
	return end, ""
}

// held makes a mandate quick to ask, until its end.
func (m Mandate) held(end time.Time) mandate {
	out := mandate{file: m.File, until: end}
	for _, text := range m.Covers {
		if t, err := parseThing(text); err == nil {
			out.covers = append(out.covers, t)
		}
	}
	for _, word := range m.Classes {
		if c, err := ParseClass(word); err == nil {
			out.classes |= c
		}
	}
	return out
}
