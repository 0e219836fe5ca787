package sharphound

import (
	modelentry "hygie/directory/model/entry"
	"hygie/directory/reading"
	"hygie/directory/sharphound/authority"
	"hygie/directory/sharphound/wire"
)

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
	if separated, ok := r.Separates.Truth(); ok {
		f.collected(modelentry.AuthoritySeparatesRoles)
		f.entry.addBool(modelentry.AuthoritySeparatesRoles, separated)
	}
	for _, list := range []struct {
		attribute, what string
		raw             []byte
		read            func([]byte) ([][]byte, error)
	}{
		{modelentry.AuthorityAgents, "list_agents", r.Agents, authority.Agents},
		{modelentry.AuthorityWeb, "list_web", o.Web, authority.Addresses},
	} {
		if list.raw == nil {
			continue
		}
		values, err := list.read(list.raw)
		if err != nil {
			f.warn(reading.Warning("source_list_left_out", reading.At(err, "byte", o.At), "list", list.what))
			f.source.Partial = true
			continue
		}
		f.collected(list.attribute)
		f.entry.addAll(list.attribute, values)
	}
	if r.Security == nil {
		return
	}
	sd, err := authority.Security(r.Security)
	if err != nil {
		f.warn(reading.Warning("source_list_left_out", reading.At(err, "byte", o.At), "list", "list_security"))
		f.source.Partial = true
		return
	}
	f.collected(modelentry.AuthoritySecurity)
	f.entry.add(modelentry.AuthoritySecurity, sd)
}
