package controllers

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// Sysvol lists the points about the replication of SYSVOL (ANSSI, vuln_sysvol_*).
func Sysvol() []rule.Record {
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_sysvol_ntfrs", Family: "sysvol", Levels: []int{2}}, Absence: true, Anybody: true, Decide: ntfrs},
	}
}

// DFSRSettings begins the name of the settings of DFS replication (MS-FRS2 2.3).
const DFSRSettings = "CN=DFSR-GlobalSettings,CN=System,"

const (
	frsSysvolType   = 2  // fRSReplicaSetType of SYSVOL (MS-FRS1 2.3.3)
	dfsrRedirected  = 32 // msDFSR-Flags: SYSVOL is served from the DFSR copy (MS-FRS2 2.3.1)
	sysvolSet       = "domain system volume (sysvol share)"
	dfsrSysvolGroup = "CN=Domain System Volume," + DFSRSettings
	classSubscriber = "nTFRSSubscriber"
)

// ntfrs fails the objects that replicate SYSVOL by the file replication service, unless the domain has moved to DFS
// replication: its settings exist and say that the new copy is the one in use. During the move (prepared) the old one still is.
func ntfrs(d *estate.Domain, o *rule.Outcome) {
	if _, ok := d.Child("CN=System,"); !ok {
		o.Missing("object:CN=System," + d.Info.DN)
		return
	}
	if !o.Covers("nTFRSReplicaSet") || !o.Covers("msDFSR-GlobalSettings") {
		return
	}
	dir := d.Forest.Dir
	if settings, ok := d.Child(DFSRSettings); ok && !dir.Collected(settings, "msDFSR-Flags") {
		if len(d.OfClass("nTFRSReplicaSet"))+len(d.OfClass(classSubscriber)) > 0 {
			o.Missing("msDFSR-GlobalSettings:msDFSR-Flags")
		}
		return
	}
	if sysvolByDFSR(d) {
		return
	}
	for _, id := range d.OfClass("nTFRSReplicaSet") {
		kind, _ := dir.Int(id, "fRSReplicaSetType")
		if kind == frsSysvolType || isSysvolSet(dir, id) {
			o.Fail(id, reasons.Because("ntfrs_set"))
		}
	}
	for _, id := range d.OfClass(classSubscriber) {
		if isSysvolSet(dir, id) {
			o.Fail(id, reasons.Because("ntfrs_subscriber"))
		}
	}
}

func isSysvolSet(dir *model.Directory, id model.ID) bool {
	return strings.ToLower(dir.Name(id)) == sysvolSet
}

// sysvolByDFSR tells whether DFS replication serves SYSVOL. Settings without a state are those of a domain that never used
// anything else.
func sysvolByDFSR(d *estate.Domain) bool {
	if _, ok := d.Child(dfsrSysvolGroup); !ok {
		return false
	}
	settings, ok := d.Child(DFSRSettings)
	if !ok {
		return false
	}
	state, set := d.Forest.Dir.Int(settings, "msDFSR-Flags")
	return !set || state >= dfsrRedirected
}

// SysvolReplicated tells whether something replicates SYSVOL: DFS replication or the old service (MS-FRS2 2.3).
func SysvolReplicated(d *estate.Domain) bool {
	if _, ok := d.Child(dfsrSysvolGroup); ok {
		return true
	}
	for _, id := range d.OfClass("nTFRSReplicaSet") {
		if kind, _ := d.Forest.Dir.Int(id, "fRSReplicaSetType"); kind == frsSysvolType || isSysvolSet(d.Forest.Dir, id) {
			return true
		}
	}
	return slices.ContainsFunc(d.OfClass(classSubscriber), func(id model.ID) bool { return isSysvolSet(d.Forest.Dir, id) })
}
