package points

import (
	"encoding/binary"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/access"
)

func dnsRecords() []record {
	const family = "dns"
	return []record{
		{Point: Point{ID: "vuln_dnsadmins", Family: family, Levels: []int{1}}, reads: []need{{"group", "member"}}, decide: (*domain).dnsAdmins},
		{Point: Point{ID: "vuln_permissions_msdns", Family: family, Levels: []int{1}}, decide: (*domain).dnsServer},
		{Point: Point{ID: "vuln_dnszone_bad_prop", Family: family, Levels: []int{1, 3}}, anybody: true, decide: (*domain).dnsZones},
	}
}

// dnsAdminsGroup finds DnsAdmins. It has no reserved identifier; its name is the same in every language.
func (d *domain) dnsAdminsGroup() (model.ID, bool) {
	for _, id := range d.groups {
		if name, ok := d.forest.dir.Text(id, "sAMAccountName"); ok && strings.EqualFold(name, "DnsAdmins") {
			return id, true
		}
	}
	return model.None, false
}

// dnsAdmins fails the group DnsAdmins for each member that is not privileged already, and for whoever may change it: its members
// make the DNS service of the controllers run what they like.
func (d *domain) dnsAdmins(o *outcome) {
	group, ok := d.dnsAdminsGroup()
	if !ok {
		return
	}
	for _, m := range d.forest.membersOf(group) {
		if m.id != model.None && d.forest.privileged[m.id] || d.forest.Trusted(m.sid) {
			continue
		}
		text, name := m.describe(d.forest)
		o.fail(group, because("dnsadmins_member", "trustee", text, "trustee_name", name))
	}
	d.permissions(o, group, access.Group, d.forest)
}

// dnsServer fails the DNS server object for whoever may write to it. DnsAdmins may by default, which counts when
// somebody who is not privileged belongs to it.
func (d *domain) dnsServer(o *outcome) {
	id, ok := d.child(cnMicrosoftDNS)
	if !ok {
		if _, system := d.child("CN=System,"); !system {
			o.missing("object:CN=System," + d.info.DN)
		}
		o.covers("container")
		return
	}
	d.permissions(o, id, access.Settings, d.forest.trustingDNSAdmins(d))
}

// Properties of a zone (MS-DNSP 2.3.2.1, 2.2.6.1.1).
const (
	zoneAllowUpdate     = 0x00000002 // DSPROPERTY_ZONE_ALLOW_UPDATE
	zoneUpdateUnsecure  = 1          // ZONE_UPDATE_UNSECURE
	zonePropertyHeader  = 20         // DataLength, NameLength, Flag, Version, Id
	zonePropertyMaxData = 1 << 20
)

// dnsZones fails the zones that let anybody write records: at level 1 those of the directory itself, at level 3 all of them.
func (d *domain) dnsZones(o *outcome) {
	dir := d.forest.dir
	for _, dn := range []string{"DC=DomainDnsZones," + d.info.DN, "DC=ForestDnsZones," + d.forest.info.RootDN} {
		if d.forest.partitionUnread(dn) {
			o.missing("partition:" + dn)
		}
	}
	o.covers("dnsZone")
	for id := range dir.OfClass("dnsZone") {
		if !d.ownsZone(id) {
			continue
		}
		if !dir.Collected(id, "dNSProperty") {
			o.missing("dnsZone:dNSProperty")
			continue
		}
		if !zoneIsOpen(dir, id) {
			continue
		}
		name := dir.Name(id)
		levels := []int{3}
		if d.directoryZone(name) {
			levels = []int{1, 3}
		}
		o.fail(id, because("dns_zone_open", "zone", name), levels...)
	}
}

// partitionUnread tells whether a partition exists, or may exist, and was not collected. The configuration partition lists
// all partitions (MS-ADTS 6.1.1.2.1.1): one that it does not list does not exist.
func (f *forest) partitionUnread(dn string) bool {
	want, err := model.NormalizeDN(dn)
	if err != nil {
		return true
	}
	for _, p := range f.dir.Partitions() {
		if got, _ := model.NormalizeDN(p.DN); got == want && !p.Partial {
			return false
		}
	}
	listed, any := false, false
	for _, id := range f.ofClass("crossRef") {
		any = true
		if name, ok := f.dir.Text(id, "nCName"); ok {
			got, _ := model.NormalizeDN(name)
			listed = listed || got == want
		}
	}
	return listed || !any
}

// ownsZone tells whether a zone is this domain's: in its partition or in its DNS partition. The zones of the forest are
// decided with each domain, since each depends on them.
func (d *domain) ownsZone(id model.ID) bool {
	if home := d.forest.domainOf(id); home != nil {
		return home == d
	}
	p, ok := d.forest.dir.PartitionOf(id)
	if !ok {
		return false
	}
	own, _ := model.NormalizeDN(d.info.DN)
	under, _ := model.NormalizeDN(model.ParentDN(p.DN))
	root, _ := model.NormalizeDN(d.forest.info.RootDN)
	return under == own || under == root && strings.HasPrefix(strings.ToLower(p.DN), "dc=forestdnszones,")
}

// directoryZone tells whether a zone holds the records of the directory: the zone of a domain of the forest, or _msdcs below it.
func (d *domain) directoryZone(name string) bool {
	name = strings.TrimPrefix(strings.ToLower(name), "_msdcs.")
	for _, each := range d.forest.domains {
		if name == strings.ToLower(each.info.DNSName) {
			return true
		}
	}
	return name == strings.ToLower(model.DNSNameOf(d.forest.info.RootDN))
}

func zoneIsOpen(dir *model.Directory, id model.ID) bool {
	for v := range dir.Values(id, "dNSProperty") {
		if data, ok := zoneProperty(v, zoneAllowUpdate); ok && data == zoneUpdateUnsecure {
			return true
		}
	}
	return false
}

// zoneProperty reads a property of a zone when it is the wanted one and its value is a byte or a 32-bit number.
func zoneProperty(b []byte, want uint32) (uint32, bool) {
	if len(b) < zonePropertyHeader || binary.LittleEndian.Uint32(b[16:]) != want {
		return 0, false
	}
	size := binary.LittleEndian.Uint32(b)
	data := b[zonePropertyHeader:]
	if size > zonePropertyMaxData || int(size) > len(data) {
		return 0, false
	}
	switch {
	case size >= 4:
		return binary.LittleEndian.Uint32(data), true
	case size >= 1:
		return uint32(data[0]), true
	}
	return 0, false
}
