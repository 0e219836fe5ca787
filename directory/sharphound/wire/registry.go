package wire

import "hygie/directory/internal/jsonscan"

// Registry is what a collector read of the registry of a machine: of a certification authority (CARegistryData), or of a controller
// (DCRegistryData) (MS-CSRA 3.1.1.7). What it was refused is as if it had not asked.
type Registry struct {
	Security   []byte         // rights over the authority, the list as it stands; nil: not read
	TakesNames jsonscan.Value // EDITF_ATTRIBUTESUBJECTALTNAME2
	Methods    jsonscan.Value // CertificateMappingMethods
	Strong     jsonscan.Value // StrongCertificateBindingEnforcement
	Separates  jsonscan.Value // RoleSeparationEnabled
	Agents     []byte         // restrictions of enrolment agents, the list as it stands; nil: not read
}

// readRegistry reads {"CASecurity": {"Data": […], "Collected": true}, "IsUserSpecifiesSanEnabled": {"Value": …, "Collected": true}, …}.
func (o *Object) readRegistry(s *jsonscan.Scanner) {
	if !enter(s) {
		return
	}
	for first := true; s.Next(&first, '}'); {
		switch string(s.Key()) {
		case "CASecurity":
			if list, _, ok := collected(s); ok {
				o.Registry.Security = list
			}
		case "IsUserSpecifiesSanEnabled":
			take(s, &o.Registry.TakesNames)
		case "EnrollmentAgentRestrictions":
			if list, _, ok := collected(s); ok {
				o.Registry.Agents = list
			}
		case "RoleSeparationEnabled", "IsRoleSeparationEnabled":
			take(s, &o.Registry.Separates)
		case "CertificateMappingMethods":
			take(s, &o.Registry.Methods)
		case "StrongCertificateBindingEnforcement":
			take(s, &o.Registry.Strong)
		default:
			s.Skip()
		}
	}
}

// readWeb keeps the list of the addresses where an authority takes requests over HTTP. Some collectors wrap it as they wrap the answers of a
// registry.
func (o *Object) readWeb(s *jsonscan.Scanner) {
	switch v := s.Scalar(); v.Kind {
	case '[':
		start := s.Pos()
		s.Skip()
		if s.Err == nil {
			o.Web = s.Since(start)
		}
	case '{':
		s.Pass(1)
		for first := true; s.Next(&first, '}'); {
			if string(s.Key()) == "Result" {
				o.readWeb(s)
			} else {
				s.Skip()
			}
		}
	}
}

// enter goes into an object; anything else is passed over.
func enter(s *jsonscan.Scanner) bool {
	v := s.Scalar()
	switch v.Kind {
	case '{':
		s.Pass(1)
		return true
	case '[':
		s.Skip()
	}
	return false
}

func take(s *jsonscan.Scanner, to *jsonscan.Value) {
	if _, v, ok := collected(s); ok {
		*to = v
	}
}

// collected reads an answer: a list or a value, and whether there is one.
func collected(s *jsonscan.Scanner) (list []byte, value jsonscan.Value, ok bool) {
	if !enter(s) {
		return nil, value, false
	}
	for first := true; s.Next(&first, '}'); {
		switch string(s.Key()) {
		case "Collected":
			ok, _ = s.Flag()
		case "Data", "Restrictions":
			if v := s.Scalar(); v.Kind == '[' {
				start := s.Pos()
				s.Skip()
				list = s.Since(start)
			} else if v.Kind == '{' {
				s.Skip()
			}
		case "Value":
			if value = s.Scalar(); value.Kind == '[' || value.Kind == '{' {
				s.Skip()
				value = jsonscan.Value{}
			}
		default:
			s.Skip()
		}
	}
	return list, value, ok && s.Err == nil
}
