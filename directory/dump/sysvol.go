package dump

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/reading"
	"hygie/directory/sysvol"
)

// A share is written in parts, each a share of its own with some of one list, so that frames stay small and readers can bound
// what decoding one costs. The parts of one domain follow one another.
const (
	partBytes    = 1 << 20  // of a list, as JSON, after which a part is closed
	maxPartBytes = 16 << 20 // of a part; a policy that does not fit loses its settings
)

// WriteSysvol adds what was read of SYSVOL for one domain. The header must have announced it.
func (d *Writer) WriteSysvol(s *sysvol.Share) error {
	if d.closed {
		return errors.New("write SYSVOL: the dump is closed")
	}
	if !d.sysvol {
		return errors.New("write SYSVOL: the header does not announce it")
	}
	if err := d.flush(); err != nil {
		return err
	}
	head := *s
	head.Files, head.Descriptors, head.Policies = nil, nil, nil
	if err := d.json(frameSysvol, head); err != nil {
		return err
	}
	part := func() sysvol.Share { return sysvol.Share{Domain: s.Domain, Source: s.Source} }
	err := writeParts(d, s.Files, func(list []sysvol.File) any { p := part(); p.Files = list; return p })
	if err == nil {
		err = writeParts(d, s.Descriptors, func(list [][]byte) any { p := part(); p.Descriptors = list; return p })
	}
	if err == nil {
		err = writeParts(d, fitting(s.Policies), func(list []sysvol.Policy) any { p := part(); p.Policies = list; return p })
	}
	return err
}

// writeParts writes a list in parts that wrap makes.
func writeParts[T any](d *Writer, list []T, wrap func([]T) any) error {
	from, size := 0, 0
	for i, each := range list {
		raw, err := json.Marshal(each)
		if err != nil {
			return fmt.Errorf("write SYSVOL: %w", err)
		}
		if size += len(raw) + 1; size >= partBytes || i == len(list)-1 {
			if err := d.json(frameSysvol, wrap(list[from:i+1])); err != nil {
				return err
			}
			from, size = i+1, 0
		}
	}
	return nil
}

// fitting gives the policies; one that no part can hold loses its settings, and says so.
func fitting(policies []sysvol.Policy) []sysvol.Policy {
	out := slices.Clone(policies)
	for i, p := range out {
		if raw, err := json.Marshal(p); err == nil && len(raw) > maxPartBytes-2*partBytes {
			out[i] = sysvol.Policy{GUID: p.GUID, Path: p.Path, Version: p.Version, Secrets: p.Secrets[:min(len(p.Secrets), 1000)],
				Faults: []sysvol.Fault{{File: p.Path, What: reading.Warning("source_fault", reading.Cause("settings_dropped", "size", len(raw)))}}}
		}
	}
	return out
}

// sysvolPart takes one part.
func (d *reader) sysvolPart(raw []byte) error {
	if d.summary.version < 2 {
		return reading.Cause("dump_sysvol_version")
	}
	if len(raw) > maxPartBytes {
		return reading.Cause("dump_sysvol_part", "size", len(raw), "limit", maxPartBytes)
	}
	var part sysvol.Share
	if err := json.Unmarshal(raw, &part); err != nil {
		return reading.Cause("dump_sysvol_form")
	}
	if d.total += int64(len(raw)); d.total > d.o.Bytes {
		return reading.Cause("bytes_many", "limit", d.o.Bytes)
	}
	at := slices.IndexFunc(d.shares, func(s *sysvol.Share) bool { return strings.EqualFold(s.Domain, part.Domain) })
	if at < 0 {
		if len(d.shares) >= maxAttributes {
			return errMany
		}
		d.shares = append(d.shares, &part)
		return nil
	}
	s := d.shares[at]
	if len(s.Files)+len(part.Files) > d.o.Objects {
		return reading.Cause("share_files")
	}
	s.Files = append(s.Files, part.Files...)
	s.Descriptors = append(s.Descriptors, part.Descriptors...)
	s.Policies = append(s.Policies, part.Policies...)
	return nil
}

// addShares gives the builder what was put together; of a file cut short, it is not whole.
func (d *reader) addShares() {
	for _, s := range d.shares {
		s.Partial = s.Partial || d.summary.Damage != nil
		if d.o.Name != "" {
			s.Source = d.o.Name
		}
		for _, w := range s.Warnings {
			d.warn(w)
		}
		d.b.Sysvol(s)
	}
}
