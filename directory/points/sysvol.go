package points

import (
	"strings"

	"hygie/directory/model"
)

func sysvolRecords() []record {
	return []record{
		{Point: Point{ID: "vuln_sysvol_ntfrs", Family: "sysvol", Levels: []int{2}}, absence: true, anybody: true, decide: (*domain).ntfrs},
	}
}

const (
	frsSysvolType   = 2  // fRSReplicaSetType of SYSVOL (MS-FRS1 2.3.3)
	dfsrRedirected  = 32 // msDFSR-Flags: SYSVOL is served from the DFSR copy (MS-FRS2 2.3.1)
	sysvolSet       = "domain system volume (sysvol share)"
	dfsrSettings    = "CN=DFSR-GlobalSettings,CN=System,"
	dfsrSysvolGroup = "CN=Domain System Volume," + dfsrSettings
	classSubscriber = "nTFRSSubscriber"
)

// ntfrs fails the objects that replicate SYSVOL by the file replication service, unless the domain has moved to DFS
// replication: its settings exist and say that the new copy is the one in use. During the move (prepared) the old one still is.
func (d *domain) ntfrs(o *outcome) {
	if _, ok := d.child("CN=System,"); !ok {
		o.missing("object:CN=System," + d.info.DN)
		return
	}
	if !o.covers("nTFRSReplicaSet") || !o.covers("msDFSR-GlobalSettings") {
		return
	}
	dir := d.forest.dir
	if settings, ok := d.child(dfsrSettings); ok && !dir.Collected(settings, "msDFSR-Flags") {
		if len(d.ofClass("nTFRSReplicaSet"))+len(d.ofClass(classSubscriber)) > 0 {
			o.missing("msDFSR-GlobalSettings:msDFSR-Flags")
		}
		return
	}
	if d.sysvolByDFSR() {
		return
	}
	for _, id := range d.ofClass("nTFRSReplicaSet") {
		kind, _ := dir.Int(id, "fRSReplicaSetType")
		if kind == frsSysvolType || isSysvolSet(dir, id) {
			o.fail(id, because("ntfrs_set"))
		}
	}
	for _, id := range d.ofClass(classSubscriber) {
		if isSysvolSet(dir, id) {
			o.fail(id, because("ntfrs_subscriber"))
		}
	}
}

func isSysvolSet(dir *model.Directory, id model.ID) bool {
	return strings.ToLower(dir.Name(id)) == sysvolSet
}

// sysvolByDFSR tells whether DFS replication serves SYSVOL. Settings without a state are those of a domain that never used
// anything else.
func (d *domain) sysvolByDFSR() bool {
	if _, ok := d.child(dfsrSysvolGroup); !ok {
		return false
	}
	settings, ok := d.child(dfsrSettings)
	if !ok {
		return false
	}
	state, set := d.forest.dir.Int(settings, "msDFSR-Flags")
	return !set || state >= dfsrRedirected
}
