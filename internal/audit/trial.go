package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"hygie/directory"
	"hygie/directory/report"
	"hygie/internal/proof"
	"hygie/internal/web"
)

// mostTried is how many objects a directory may have for a page to try changes on it: the collection is read again and decided twice. Larger ones
// are tried on the command line.
const mostTried = 300_000

// errTooLarge says that a directory is too large for a page to try changes on it.
var errTooLarge = errors.New("the directory is too large to try changes while a page waits")

// trials keeps the last what-ifs, and lets one be worked out at a time: each holds a directory in memory.
type trials struct {
	turn chan struct{}

	mu    *sync.Mutex
	known *[]knownTrial
}

type knownTrial struct {
	key   string
	tried *report.WhatIf
}

// mostTrials is how many what-ifs are kept.
const mostTrials = 16

func newTrials() trials {
	return trials{turn: make(chan struct{}, 1), mu: &sync.Mutex{}, known: &[]knownTrial{}}
}

func (t trials) get(key string) *report.WhatIf {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range *t.known {
		if k.key == key {
			return k.tried
		}
	}
	return nil
}

func (t trials) put(key string, tried *report.WhatIf) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*t.known = append(*t.known, knownTrial{key, tried})
	if extra := len(*t.known) - mostTrials; extra > 0 {
		*t.known = slices.Delete(*t.known, 0, extra)
	}
}

// try works out what changes to a run's directory would come to, on a copy in memory. The plan is worked out again, so that changes are named by
// what they are. The error is errTooLarge, or a *report.UnknownChange when this version of the program plans otherwise.
func (s *Service) try(ctx context.Context, run Run, objects int, dump proof.Evidence, choice report.Choice, lang string) (*report.WhatIf, error) {
	if objects > mostTried {
		return nil, errTooLarge
	}
	key := fmt.Sprint(dump.SHA256, "/", run.AsOf.Unix(), "/", lang, "/", strings.Join(slices.Sorted(slices.Values(choice.Keys)), "\n"), "/", choice.Points)
	if tried := s.trials.get(key); tried != nil {
		return tried, nil
	}
	select {
	case s.trials.turn <- struct{}{}:
		defer func() { <-s.trials.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	content, err := dump.Open(ctx, s.vault)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	d, err := directory.Open(ctx, []directory.Source{{Name: run.SourceName, Reader: content}}, limits(dump.Size))
	if err != nil {
		return nil, fmt.Errorf("read the collection again: %w", err)
	}
	r, err := directory.Audit(d, directory.Options{AsOf: run.AsOf, Language: lang, Version: s.version, Try: choice})
	if err != nil {
		return nil, err
	}
	s.trials.put(key, r.WhatIf)
	return r.WhatIf, nil
}

// tryChosen fills what the chosen changes would come to.
func (m *Module) tryChosen(c *web.Context, l *fixList, dump proof.Evidence) error {
	choice := report.Choice{Points: l.Mended}
	for _, rank := range l.Chosen {
		choice.Keys = append(choice.Keys, l.Report.Fixes[rank-1].Key())
	}
	if choice.Empty() {
		return nil
	}
	var err error
	l.Tried, err = m.service.try(c.Ctx, l.Run, l.Report.Statistics.Objects, dump, choice, string(c.Printer.Lang()))
	_, unknown := errors.AsType[*report.UnknownChange](err)
	switch {
	case errors.Is(err, errTooLarge):
		l.NotTried = "audit.trial_large"
	case unknown:
		l.NotTried = "audit.trial_other_plan"
	case err != nil:
		return err
	}
	return nil
}

// readMended reads the points of a query: "point|domain".
func readMended(values []string) []report.PointRef {
	var out []report.PointRef
	for _, v := range values {
		point, domain, ok := strings.Cut(v, "|")
		if ref := (report.PointRef{Point: point, Domain: domain}); ok && known(point) && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	slices.SortFunc(out, func(a, b report.PointRef) int {
		return cmp.Or(cmp.Compare(a.Point, b.Point), cmp.Compare(a.Domain, b.Domain))
	})
	return out
}
