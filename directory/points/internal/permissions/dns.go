package permissions

import (
	"encoding/binary"
	"strings"

	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/points/access"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// DNS lists the points about DNS (ANSSI, vuln_dnszone_*).
func DNS() []rule.Record {
	const family = "dns"
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_dnsadmins", Family: family, Levels: []int{1}}, Reads: []rule.Need{{Class: "group", Attribute: "member"}}, Decide: dnsAdmins},
		{Point: rule.Point{ID: "vuln_permissions_msdns", Family: family, Levels: []int{1}}, Decide: dnsServer},
		{Point: rule.Point{ID: "vuln_dnszone_bad_prop", Family: family, Levels: []int{1, 3}}, Anybody: true, Decide: dnsZones},
	}
}

// dnsAdminsGroup finds DnsAdmins. It has no reserved identifier; its name is the same in every language.
func dnsAdminsGroup(d *estate.Domain) (model.ID, bool) {
	for _, id := range d.Groups {
		if name, ok := d.Forest.Dir.Text(id, "sAMAccountName"); ok && strings.EqualFold(name, "DnsAdmins") {
			return id, true
		}
	}
	return model.None, false
}

// dnsAdmins fails the group DnsAdmins for each member that is not privileged already, and for whoever may change it: its members
// make the DNS service of the controllers run what they like.
func dnsAdmins(d *estate.Domain, o *rule.Outcome) {
	group, ok := dnsAdminsGroup(d)
	if !ok {
		return
	}
	for _, m := range accounts.MembersOf(d.Forest, group) {
		if m.ID != model.None && d.Forest.Privileged[m.ID] || d.Forest.Trusted(m.SID) {
			continue
		}
		text, name := m.Describe(d.Forest)
		o.Fail(group, reasons.Because("dnsadmins_member", "trustee", text, "trustee_name", name))
	}
	permissions(d, o, group, access.Group, d.Forest)
}

// dnsServer fails the DNS server object for whoever may write to it. DnsAdmins may by default, which counts when
// somebody who is not privileged belongs to it.
func dnsServer(d *estate.Domain, o *rule.Outcome) {
	id, ok := d.Child(estate.CNMicrosoftDNS)
	if !ok {
		if _, system := d.Child("CN=System,"); !system {
			o.Missing("object:CN=System," + d.Info.DN)
		}
		o.Covers("container")
		return
	}
	permissions(d, o, id, access.Settings, trustingDNSAdmins(d.Forest, d))
}

// Properties of a zone (MS-DNSP 2.3.2.1, 2.2.6.1.1).
const (
	zoneAllowUpdate     = 0x00000002 // DSPROPERTY_ZONE_ALLOW_UPDATE
	zoneUpdateUnsecure  = 1          // ZONE_UPDATE_UNSECURE
	zonePropertyHeader  = 20         // DataLength, NameLength, Flag, Version, Id
	zonePropertyMaxData = 1 << 20
)

// dnsZones fails the zones that let anybody write records: at level 1 those of the directory itself, at level 3 all of them.
func dnsZones(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	for _, dn := range []string{"DC=DomainDnsZones," + d.Info.DN, "DC=ForestDnsZones," + d.Forest.Info.RootDN} {
		if partitionUnread(d.Forest, dn) {
			o.Missing("partition:" + dn)
		}
	}
	o.Covers("dnsZone")
	for id := range dir.OfClass("dnsZone") {
		if !OwnsZone(d, id) {
			continue
		}
		if !dir.Collected(id, "dNSProperty") {
			o.Missing("dnsZone:dNSProperty")
			continue
		}
		if !zoneIsOpen(dir, id) {
			continue
		}
		name := dir.Name(id)
		levels := []int{3}
		if directoryZone(d, name) {
			levels = []int{1, 3}
		}
		o.Fail(id, reasons.Because("dns_zone_open", "zone", name), levels...)
	}
}

// partitionUnread tells whether a partition exists, or may exist, and was not collected. The configuration partition lists
// all partitions (MS-ADTS 6.1.1.2.1.1): one that it does not list does not exist.
func partitionUnread(f *estate.Forest, dn string) bool {
	want, err := distname.NormalizeDN(dn)
	if err != nil {
		return true
	}
	for _, p := range f.Dir.Partitions() {
		if got, _ := distname.NormalizeDN(p.DN); got == want && !p.Partial {
			return false
		}
	}
	listed, any := false, false
	for _, id := range f.OfClass("crossRef") {
		any = true
		if name, ok := f.Dir.Text(id, "nCName"); ok {
			got, _ := distname.NormalizeDN(name)
			listed = listed || got == want
		}
	}
	return listed || !any
}

// OwnsZone tells whether a zone is this domain's: in its partition or in its DNS partition (MS-DNSP 2.3.2.1). The zones of the forest are
// decided with each domain, since each depends on them.
func OwnsZone(d *estate.Domain, id model.ID) bool {
	if home := d.Forest.DomainOf(id); home != nil {
		return home == d
	}
	p, ok := d.Forest.Dir.PartitionOf(id)
	if !ok {
		return false
	}
	own, _ := distname.NormalizeDN(d.Info.DN)
	under, _ := distname.NormalizeDN(distname.ParentDN(p.DN))
	root, _ := distname.NormalizeDN(d.Forest.Info.RootDN)
	return under == own || under == root && strings.HasPrefix(strings.ToLower(p.DN), "dc=forestdnszones,")
}

// directoryZone tells whether a zone holds the records of the directory: the zone of a domain of the forest, or _msdcs below it.
func directoryZone(d *estate.Domain, name string) bool {
	name = strings.TrimPrefix(strings.ToLower(name), "_msdcs.")
	for _, each := range d.Forest.Domains {
		if name == strings.ToLower(each.Info.DNSName) {
			return true
		}
	}
	return name == strings.ToLower(distname.DNSNameOf(d.Forest.Info.RootDN))
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
