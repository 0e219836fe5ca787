package cli

import (
	"hygie/referential"
	"hygie/referential/packages"
)

// shippedLinks gives the links between the packages that come with hygie by their id, or nil.
func shippedLinks(name string) (*referential.Map, error) {
	m, err := packages.Links()
	if err != nil || m.ID != name {
		return nil, err
	}
	return m, nil
}

// readMap reads links between packages, in a file of hygie or of CISO Assistant.
func readMap(name string, data []byte) (*referential.Map, error) {
	if referential.IsMap(data) {
		return referential.ReadMap(name, data)
	}
	known, err := packages.Load()
	if err != nil {
		return nil, err
	}
	m, _, err := referential.ReadCISOMap(name, data, known)
	return m, err
}

// readLinks converts a file of links between packages.
func (c ReferentialConvert) readLinks(s *Streams, data []byte, ciso bool) error {
	if !ciso {
		m, err := referential.ReadMap(c.File, data)
		if err != nil {
			return Exit{Failed, err}
		}
		return c.writeLinks(s, m, nil)
	}
	known, err := c.known(s)
	if err != nil {
		return err
	}
	m, notes, err := referential.ReadCISOMap(c.File, data, known)
	if err != nil {
		return Exit{Failed, err}
	}
	return c.writeLinks(s, m, notes)
}

func (c ReferentialConvert) writeLinks(s *Streams, m *referential.Map, notes []string) (err error) {
	var data []byte
	switch c.To {
	case "ciso":
		known, err := c.known(s)
		if err != nil {
			return err
		}
		if data, err = referential.WriteCISOMap(m, known); err != nil {
			return Exit{Failed, err}
		}
	case "oscal":
		return UsageError("--to oscal: links between packages are no catalog")
	default:
		if data, err = referential.WriteMap(m); err != nil {
			return err
		}
	}
	tell(s, notes)
	return c.write(s, data)
}

// known are the packages in which names of links are looked up: those that come with hygie, and those given, which stand for them when they have
// the same name.
func (c ReferentialConvert) known(s *Streams) ([]*referential.Package, error) {
	all, err := packages.Load()
	if err != nil {
		return nil, err
	}
	for _, name := range c.With {
		data, err := readInput(s, name)
		if err != nil {
			return nil, err
		}
		var p *referential.Package
		if referential.IsCISO(data) {
			p, _, err = referential.ReadCISO(name, data)
		} else {
			p, err = referential.Read(name, data)
		}
		if err != nil {
			return nil, Exit{Failed, err}
		}
		all = append(all, p)
	}
	return all, nil
}
