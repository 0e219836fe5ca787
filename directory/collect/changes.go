package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/ldap"
	"hygie/directory/ldap/message"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// changesAttribute tells when each value of an object's links came and went, on which controller (MS-ADTS 3.1.1.3.2.37): who entered
// and left a group of late. A server computes it and gives it only when it is asked for by name; it is asked for on the privileged
// groups alone.
const changesAttribute = "msDS-ReplValueMetaData"

// maxGroups bounds the groups whose changes are asked for.
const maxGroups = 1000

// notePrivileged keeps the name of an entry that is a privileged group, or one that the directory protects as such.
func (r *pass) notePrivileged(e *message.Entry) {
	if r.part.Kind != model.Domain || len(r.groups) >= maxGroups {
		return
	}
	classes := e.Values("objectClass")
	if !slices.ContainsFunc(classes, func(v []byte) bool { return strings.EqualFold(string(v), "group") }) {
		return
	}
	if marks := e.Values("adminCount"); len(marks) == 1 && string(marks[0]) == "1" || privilegedSID(e.Values("objectSid")) {
		r.groups = append(r.groups, strings.Clone(e.DN))
	}
}

// privilegedSID tells whether a SID is that of a group which is privileged by what Windows gives it.
func privilegedSID(values [][]byte) bool {
	if len(values) != 1 {
		return false
	}
	s, err := sid.FromBytes(values[0])
	if err != nil {
		return false
	}
	if s.IsBuiltin() {
		return slices.Contains([]sid.SID{sid.Administrators, sid.AccountOperators, sid.ServerOperators, sid.PrintOperators, sid.BackupOperators}, s)
	}
	rid, ok := s.RID()
	return ok && s.IsAccount() && slices.Contains([]uint32{sid.RIDDomainAdmins, sid.RIDDomainControllers, sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins,
		sid.RIDGroupPolicyCreators, sid.RIDReadOnlyDCs, sid.RIDKeyAdmins, sid.RIDEnterpriseKeyAdmins}, rid)
}

// changes reads the changes of the privileged groups that the pass met, those left by a former attempt only.
func (c *collection) changes(ctx context.Context, r *pass) error {
	for len(r.groups) > 0 {
		if err := c.reconnect(ctx); err != nil {
			return err
		}
		dn := r.groups[0]
		_, err := c.client.Search(ctx, ldap.Request{Base: dn, Scope: message.Base, Attributes: []string{changesAttribute}}, func(e *message.Entry) error {
			for _, a := range e.Attributes {
				name, _, _ := strings.Cut(a.Name, ";")
				if !strings.EqualFold(name, changesAttribute) || len(a.Values) == 0 || !strings.EqualFold(e.DN, dn) {
					continue
				}
				entry := model.Entry{DN: dn, Attributes: []model.Attribute{{Name: changesAttribute, Values: a.Values}}}
				if err := c.sink.WriteEntry(entry); err != nil {
					return &WriteError{err}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the changes of %s: %w", dn, err)
		}
		r.groups = r.groups[1:]
	}
	return nil
}
