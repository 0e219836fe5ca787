package estate

import (
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/sid"
)

// Trustee gives the parameters that name a principal: its SID and, unless it is a name of Windows, its name in the directory.
func (f *Forest) Trustee(s sid.SID) (text, name string) {
	if s.Name("en") != "" && !s.IsAccount() {
		return s.String(), ""
	}
	if id, ok := f.Dir.BySID(s); ok {
		return s.String(), f.AccountName(id)
	}
	return s.String(), ""
}

// AccountName gives the name by which people know an object: DOMAIN\account, else its relative name.
func (f *Forest) AccountName(id model.ID) string {
	name, ok := f.Dir.Text(id, "sAMAccountName")
	if !ok || name == "" {
		return distname.RDNValue(f.Dir.DN(id))
	}
	if d := f.DomainOf(id); d != nil && d.Info.NetBIOS != "" {
		return d.Info.NetBIOS + `\` + name
	}
	return name
}
