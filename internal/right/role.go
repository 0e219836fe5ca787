package right

import (
	"slices"

	"hygie/internal/territory"
)

// Role is what a person is for a structure.
type Role string

// The roles. The part before the comma is whom one meets in the programme.
const (
	// Director answers for the structure: chief executive, or the deputy in charge.
	Director Role = "director"
	// SecurityOfficer measures and drives the work: RSSI, or who holds that place in a small structure.
	SecurityOfficer Role = "security_officer"
	// Contributor does part of the work: system engineer, biomedical engineer, quality manager.
	Contributor Role = "contributor"
	// GroupCoordinator works for all members of a GHT or of an organisme gestionnaire.
	GroupCoordinator Role = "group_coordinator"
	// RegionalInstructor checks and instructs for a regional agency (ARS).
	RegionalInstructor Role = "regional_instructor"
	// RegionalSupport helps structures for a regional support body (GRADeS).
	RegionalSupport Role = "regional_support"
	// NationalInstructor instructs for the national agency (ANS).
	NationalInstructor Role = "national_instructor"
	// NationalSteering follows the programme for the ministry (DNS).
	NationalSteering Role = "national_steering"
	// Accountant pays what was granted and records what came back: the accounting officer of an agency.
	Accountant Role = "accountant"
	// Administrator runs the installation, or the part of it below a structure: people and territory, not content.
	Administrator Role = "administrator"
)

// Roles returns every role, from the closest to the ground to the widest.
func Roles() []Role {
	return []Role{Director, SecurityOfficer, Contributor, GroupCoordinator, RegionalInstructor, RegionalSupport,
		NationalInstructor, NationalSteering, Accountant, Administrator}
}

// Valid tells whether r is one of the roles.
func (r Role) Valid() bool {
	_, known := profiles[r]
	return known
}

// MessageKey is the key of the role's name.
func (r Role) MessageKey() string { return "right.role." + string(r) }

// installation stands for the kind of structure of a grant on the whole installation.
const installation territory.Kind = ""

// profile is what is true of a role whatever the action.
type profile struct {
	kinds  []territory.Kind // kinds of structure on which the role may be given for itself
	gives  []Role           // roles that a holder with InvitePeople may give
	strong bool             // decides, or reads across structures
}

var profiles = map[Role]profile{
	Director: {
		kinds: []territory.Kind{territory.Group, territory.Entity, territory.Establishment}, strong: true,
		gives: []Role{Director, SecurityOfficer, Contributor},
	},
	SecurityOfficer: {
		kinds: []territory.Kind{territory.Group, territory.Entity, territory.Establishment}, strong: true,
		gives: []Role{Contributor},
	},
	Contributor: {kinds: []territory.Kind{territory.Group, territory.Entity, territory.Establishment}},
	GroupCoordinator: {
		kinds: []territory.Kind{territory.Group}, strong: true,
		gives: []Role{SecurityOfficer, Contributor},
	},
	RegionalInstructor: {kinds: []territory.Kind{territory.Region}, strong: true},
	RegionalSupport:    {kinds: []territory.Kind{territory.Region}, strong: true},
	NationalInstructor: {kinds: []territory.Kind{territory.Nation}, strong: true},
	NationalSteering:   {kinds: []territory.Kind{territory.Nation}, strong: true},
	Accountant:         {kinds: []territory.Kind{territory.Region, territory.Nation}, strong: true},
	Administrator: {
		kinds: []territory.Kind{installation, territory.Nation, territory.Region, territory.Group, territory.Entity}, strong: true,
		gives: []Role{Director, SecurityOfficer, Contributor, GroupCoordinator, RegionalInstructor, RegionalSupport,
			NationalInstructor, NationalSteering, Accountant, Administrator},
	},
}

// Fits tells whether the role may be given for itself on a structure of this kind, empty for the whole installation: an
// instructor of a region makes no sense on one clinic. A delegation may be narrower than the role it comes from, so it does
// not ask.
func (r Role) Fits(kind territory.Kind) bool {
	return slices.Contains(profiles[r].kinds, kind)
}

// MayGive tells whether a holder of the first role may give the second one, on a structure where the holder may
// [InvitePeople]. Nobody gives more than the work below needs: a security officer brings in contributors, a director also the
// security officer, an administrator everyone. That nobody gives a role to oneself is checked by package people.
func MayGive(giver, given Role) bool {
	return slices.Contains(profiles[giver].gives, given)
}
