package estate

import (
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
)

// descriptorCache keeps the dangerous grants of a descriptor on a kind of target: many objects share one descriptor.
type descriptorCache map[descriptorKey][]access.Grant

type descriptorKey struct {
	descriptor model.DescriptorID
	target     access.Target
	class      guid.GUID
	who        access.Principals
}

// Grants lists the dangerous rights on an object; false when its descriptor was not read.
func (f *Forest) Grants(id model.ID, target access.Target, who access.Principals) ([]access.Grant, bool) {
	n, ok := f.Dir.DescriptorID(id)
	if !ok {
		return nil, false
	}
	key := descriptorKey{n, target, access.Class(f.Dir.Class(id)), who}
	found, done := f.verdicts[key]
	if !done {
		found = access.Evaluate(f.Dir.DescriptorAt(n), key.class, access.Rights(target), who)
		f.verdicts[key] = found
	}
	return found, true
}
