package wire

import (
	"hygie/directory/internal/jsonscan"
	"hygie/directory/reading"
)

// Meta is the description that a file gives of itself (docs/formats/directory-inputs.md, SharpHound).
type Meta struct {
	Methods   int64
	Kind      string
	Count     int64
	HasCount  bool
	Version   int64
	Collector string
}

// errShape says that a file is JSON and not of this format.
var errShape = reading.Cause("sharphound_shape")

// File is the outermost object of a file: one run of Walk (docs/formats/directory-inputs.md, SharpHound).
type File struct {
	Stream  *jsonscan.Stream
	Meta    Meta
	HasMeta bool
	HasData bool
	Count   int64 // elements met
}

// Walk reads the outermost object. element is called for each element of "data" with the jsonscan.Scanner before it; it must read exactly
// one value, and have no effect when that fails.
func (f *File) Walk(element func(*jsonscan.Scanner), done func()) error {
	if err := f.Stream.Try(func(s *jsonscan.Scanner) { s.Take('{') }); err != nil {
		return err
	}
	for first := true; ; {
		var name string
		more := false
		begin := first
		err := f.Stream.Try(func(s *jsonscan.Scanner) {
			first = begin
			if more = s.Next(&first, '}'); more {
				name = string(s.Key())
			}
		})
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch name {
		case "data":
			f.HasData = true
			err = f.elements(element, done)
		case "meta":
			f.HasMeta = true
			err = f.Stream.Try(func(s *jsonscan.Scanner) { f.Meta = readMeta(s) })
		default:
			err = f.Stream.Try((*jsonscan.Scanner).Skip)
		}
		if err != nil {
			return err
		}
	}
	if !f.HasData || !f.HasMeta {
		return errShape
	}
	return nil
}

func (f *File) elements(element func(*jsonscan.Scanner), done func()) error {
	if err := f.Stream.Try(func(s *jsonscan.Scanner) { s.Take('[') }); err != nil {
		return err
	}
	for first := true; ; {
		more := false
		begin := first
		if err := f.Stream.Try(func(s *jsonscan.Scanner) {
			first = begin
			if more = s.Next(&first, ']'); more {
				element(s)
			}
		}); err != nil {
			return err
		}
		if !more {
			return nil
		}
		f.Count++
		done()
	}
}

func readMeta(s *jsonscan.Scanner) Meta {
	var m Meta
	if !s.Take('{') {
		return m
	}
	for first := true; s.Next(&first, '}'); {
		name := string(s.Key())
		switch name {
		case "methods", "count", "version", "type", "collectorversion":
		default:
			s.Skip()
			continue
		}
		v := s.Scalar()
		if v.Kind == '[' || v.Kind == '{' {
			s.Skip()
			continue
		}
		switch name {
		case "methods":
			m.Methods, _ = v.Integer()
		case "count":
			m.Count, m.HasCount = v.Integer()
		case "version":
			m.Version, _ = v.Integer()
		case "type":
			m.Kind = string(v.Raw)
		case "collectorversion":
			m.Collector = string(v.Raw)
		}
	}
	return m
}
