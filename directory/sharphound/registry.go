package sharphound

import (
	"fmt"

	"hygie/directory/internal/jsonscan"
	modelentry "hygie/directory/model/entry"
	"hygie/directory/secdesc"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/wire"
	"hygie/directory/sid"
)

// authorityRight gives a right over a certification authority (MS-CSRA 3.1.1.7) by its name, 0 for others. Whoever may rewrite the list may
// do all of it.
func authorityRight(name string) secdesc.Mask {
	const manage, certificates, enrol = 0x1, 0x2, 0x200
	switch name {
	case "ManageCA", "Owns", "WriteDacl", "WriteOwner", "GenericAll":
		return manage
	case "ManageCertificates":
		return certificates
	case "Enroll":
		return enrol
	}
	return 0
}

// registry adds what a collector read of the registry of an authority, or of a controller.
func (f *fileReader) registry(o *wire.Object) {
	r := &o.Registry
	if taken, ok := r.TakesNames.Truth(); ok {
		f.collected(modelentry.AuthorityTakesNames)
		f.entry.addBool(modelentry.AuthorityTakesNames, taken)
	}
	if n, ok := r.Strong.Integer(); ok {
		f.collected(modelentry.StrongMapping)
		f.entry.addInt(modelentry.StrongMapping, n)
	}
	if n, ok := r.Methods.Integer(); ok {
		f.collected(modelentry.MappingMethods)
		f.entry.addInt(modelentry.MappingMethods, n)
	}
	if r.Security == nil {
		return
	}
	sd, err := authoritySecurity(r.Security)
	if err != nil {
		f.warn(fmt.Sprintf("byte %d: rights over the authority left out: %v", f.place(o), err))
		f.source.Partial = true
		return
	}
	f.collected(modelentry.AuthoritySecurity)
	f.entry.add(modelentry.AuthoritySecurity, sd)
}

// authoritySecurity makes a descriptor of a list of {"PrincipalSID": …, "RightName": …}.
func authoritySecurity(raw []byte) ([]byte, error) {
	s := jsonscan.New(raw)
	spec := secdesc.Spec{Owner: sid.Administrators, DACL: secdesc.ListDACL}
	s.Take('[')
	for first := true; s.Next(&first, ']'); {
		if v := s.Scalar(); v.Kind != '{' {
			return nil, fmt.Errorf("an element at byte %d of the list is no right", s.Pos())
		}
		s.Pass(1)
		var who, name []byte
		for first := true; s.Next(&first, '}'); {
			switch string(s.Key()) {
			case "PrincipalSID":
				who = s.Plain()
			case "RightName":
				name = s.Plain()
			default:
				s.Skip()
			}
		}
		trustee, ok := rights.SIDOf(who)
		if mask := authorityRight(string(name)); ok && mask != 0 {
			spec.Entries = append(spec.Entries, secdesc.ACE{Type: secdesc.AccessAllowed, Mask: mask, Trustee: trustee})
		}
	}
	if s.Err != nil {
		return nil, s.Err
	}
	return secdesc.Build(spec)
}
