package right

import (
	"slices"
	"strings"
)

// Action is something that a person does with the platform, as the table of rights names it.
type Action string

// The actions. A module that needs another one adds it here and to the table.
const (
	// SeeStructure is to see that a structure is there: its name, its identity, its place in the territory.
	SeeStructure Action = "see_structure"
	// EditStructure is to change the identity, sizes and contacts of a structure.
	EditStructure Action = "edit_structure"
	// SeePosture is to see where a structure stands: levels, verdicts with their reasons, counters, dates; never the name of a machine or an account.
	SeePosture Action = "see_posture"
	// SetAim is to set what the structures of a region, or of the nation, are to reach by a day.
	SetAim Action = "set_aim"
	// SeeAudit is to see the runs of an audit with their findings, down to the accounts and machines: the map of the weaknesses.
	SeeAudit Action = "see_audit"
	// RunAudit is to start an audit or deposit the files of one.
	RunAudit Action = "run_audit"
	// SeeActions is to see the plan of actions.
	SeeActions Action = "see_actions"
	// EditActions is to create, assign, change and close actions.
	EditActions Action = "edit_actions"
	// SeeProof is to read facts and open the evidence behind them.
	SeeProof Action = "see_proof"
	// AddProof is to state facts and deposit evidence.
	AddProof Action = "add_proof"
	// AcceptRisk is to decide that a weakness stays for a time, with a reason.
	AcceptRisk Action = "accept_risk"
	// SeeDossier is to read an application for funding: what it asks, its history, its messages, what was decided and paid.
	SeeDossier Action = "see_dossier"
	// EditDossier is to prepare an application: fields, evidence, expenses, answers to what is to be corrected.
	EditDossier Action = "edit_dossier"
	// SubmitDossier is to engage the structure: deposit, withdraw, declare that the objectives are reached, appeal.
	SubmitDossier Action = "submit_dossier"
	// InstructRegion is to instruct applications for a region: take up, ask for corrections, give the visa.
	InstructRegion Action = "instruct_region"
	// InstructNation is to instruct applications for the nation, and to decide.
	InstructNation Action = "instruct_nation"
	// SeeEnvelope is to see what an envelope holds, what is committed and what is left.
	SeeEnvelope Action = "see_envelope"
	// ManageEnvelope is to set what an envelope holds.
	ManageEnvelope Action = "manage_envelope"
	// PayDossier is to record payments and what was paid back.
	PayDossier Action = "pay_dossier"
	// SeeIncident is to follow an incident of one's own structure: main courante, clocks, declarations.
	SeeIncident Action = "see_incident"
	// WriteIncident is to open an incident and to write what happens in it.
	WriteIncident Action = "write_incident"
	// LeadIncident is to engage the structure in an incident: declare, share, close.
	LeadIncident Action = "lead_incident"
	// HelpIncident is to see and help in the incidents that structures share, as long as they share them.
	HelpIncident Action = "help_incident"
	// LeadCampaign is to take establishments through a common exercise: invite, follow who answered, set targets.
	LeadCampaign Action = "lead_campaign"
	// SeePeople is to see who holds which role, with name and address.
	SeePeople Action = "see_people"
	// InvitePeople is to invite, give and withdraw roles, within [MayGive].
	InvitePeople Action = "invite_people"
	// Delegate is to pass one's own role on to somebody for a time.
	Delegate Action = "delegate"
	// ImportTerritory is to load or change the territory itself: FINESS files, new structures, moves.
	ImportTerritory Action = "import_territory"
	// SeeTrail is to read who did what.
	SeeTrail Action = "see_trail"
	// Administer is to run the installation: settings, jobs, health, backups.
	Administer Action = "administer"
)

// Line is one line of the table of rights: an action, who may do it, and why those and no others.
type Line struct {
	Action Action
	Roles  []Role
	// Sensitive is set when a weak session may not do it, whatever the role.
	Sensitive bool
	Why       string
}

// table is the whole law. The order is the order in which people read it.
var table = []Line{
	{SeeStructure, Roles(), false,
		"Whoever has something to do with a structure must be able to find it."},
	{EditStructure, []Role{Director, SecurityOfficer, GroupCoordinator, Administrator}, false,
		"Sizes decide amounts and weights, so those who answer for the structure keep them; agencies check, they do not write."},
	{SeePosture, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator, RegionalInstructor, RegionalSupport, NationalInstructor, NationalSteering}, false,
		"Help, instruction and steering need to know where a structure stands, and nothing that would help to attack it."},
	{SetAim, []Role{RegionalInstructor, NationalSteering}, false,
		"Who steers says where to be and when; each structure sees it beside what it aims at itself."},
	{SeeAudit, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator}, true,
		"Findings name the accounts and machines through which to break in. They stay with those who mend them and their management; an agency or support body is let in by a dated role that the structure itself gives."},
	{RunAudit, []Role{SecurityOfficer, GroupCoordinator}, true,
		"An audit reads the whole directory with a real account: one trained hand, known by name."},
	{SeeActions, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator, RegionalSupport}, false,
		"Support is given on the work to be done; instruction and steering read its progress in the posture."},
	{EditActions, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator}, false,
		"The plan belongs to the structure."},
	{SeeProof, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator, RegionalInstructor, NationalInstructor}, true,
		"Instruction is to check the evidence that was deposited for it; nobody pays without having seen it."},
	{AddProof, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator}, false,
		"A fact is stated by who can know it; whoever instructs may not add to the file being instructed."},
	{AcceptRisk, []Role{Director}, true,
		"Leaving a weakness open engages the structure: its management signs, never the person who measures it."},
	{SeeDossier, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator, RegionalInstructor, RegionalSupport, NationalInstructor, Accountant}, false,
		"A dossier belongs to the structure and to those who help, instruct and pay it; steering reads sums."},
	{EditDossier, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator}, false,
		"A dossier is prepared by several people of the structure, invited experts included; whoever instructs writes nothing in it."},
	{SubmitDossier, []Role{Director}, true,
		"Asking for public money engages the structure: its legal representative signs, or who holds a recorded delegation."},
	{InstructRegion, []Role{RegionalInstructor}, true,
		"The regional agency instructs first, for the structures of its region only."},
	{InstructNation, []Role{NationalInstructor}, true,
		"The national agency instructs second and decides; who steers the programme does not decide on one dossier."},
	{SeeEnvelope, []Role{RegionalInstructor, NationalInstructor, NationalSteering, Accountant}, false,
		"Who decides, pays or steers has to know what is left."},
	{ManageEnvelope, []Role{NationalSteering}, true,
		"The ministry opens an envelope; those who spend it do not size it."},
	{PayDossier, []Role{Accountant}, true,
		"Who decides does not pay: the two are kept apart in public accounting."},
	{SeeIncident, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator}, false,
		"A night is worked through by everyone of the structure, from any telephone at hand; nobody outside looks on unless the structure shares it."},
	{WriteIncident, []Role{Director, SecurityOfficer, Contributor, GroupCoordinator}, false,
		"Whoever sees it first opens it: a minute counts more than a rank, and lines cannot be taken back."},
	{LeadIncident, []Role{Director, SecurityOfficer, GroupCoordinator}, false,
		"Declaring, sharing and closing engage the structure; the night of an attack is no time to look for a lost key."},
	{HelpIncident, []Role{RegionalInstructor, RegionalSupport}, true,
		"Agencies and support bodies see what a structure shares with them, until it takes that back."},
	{LeadCampaign, []Role{RegionalInstructor, RegionalSupport}, true,
		"The agency and the support body call a region to its exercises; each establishment stays free to answer, and holds its own."},
	{SeePeople, []Role{Director, SecurityOfficer, GroupCoordinator, RegionalInstructor, RegionalSupport, NationalInstructor, Administrator}, false,
		"One must know whom to call. Steering works on figures and needs no names; a contributor asks the security officer."},
	{InvitePeople, []Role{Director, SecurityOfficer, GroupCoordinator, Administrator}, true,
		"Each brings in the people the work below needs, within what the role may give."},
	{Delegate, []Role{Director, SecurityOfficer, GroupCoordinator, RegionalInstructor, RegionalSupport, NationalInstructor, NationalSteering, Accountant}, true,
		"Holidays and nights happen. A contributor's work is handed over by inviting somebody else; an administrator names a second one in the open."},
	{ImportTerritory, []Role{Administrator}, true,
		"Moving a structure moves rights, so it is an act of administration."},
	{SeeTrail, []Role{Director, SecurityOfficer, Administrator}, true,
		"People may know who read and changed their structure; the administrator needs it to run the installation."},
	{Administer, []Role{Administrator}, true,
		"Running the machine gives no right to read what hospitals put into it."},
}

// Table returns the table of rights. The caller may change the copy.
func Table() []Line {
	lines := slices.Clone(table)
	for i := range lines {
		lines[i].Roles = slices.Clone(lines[i].Roles)
	}
	return lines
}

// Actions returns every action, in the order of the table.
func Actions() []Action {
	all := make([]Action, 0, len(table))
	for _, line := range table {
		all = append(all, line.Action)
	}
	return all
}

// Valid tells whether the table knows the action.
func (a Action) Valid() bool { return lineOf(a) != nil }

// Reads tells whether the action changes nothing.
func (a Action) Reads() bool { return strings.HasPrefix(string(a), "see_") }

// MessageKey is the key of the action's name, written as an infinitive: "voir les constats".
func (a Action) MessageKey() string { return "right.action." + string(a) }

// Allowed tells whether the role allows the action, in a strong session, on the structure of the grant and below.
func Allowed(role Role, action Action) bool {
	line := lineOf(action)
	return line != nil && slices.Contains(line.Roles, role)
}

// NeedsStrong tells whether the right counts only in a session opened with a passkey or a one-time code: the role decides
// or reads across structures, or the action is sensitive by itself.
func NeedsStrong(role Role, action Action) bool {
	line := lineOf(action)
	return line == nil || line.Sensitive || profiles[role].strong
}

// RolesWith returns the roles that allow the action, to say who can help.
func RolesWith(action Action) []Role {
	line := lineOf(action)
	if line == nil {
		return nil
	}
	return slices.Clone(line.Roles)
}

func lineOf(action Action) *Line {
	for i := range table {
		if table[i].Action == action {
			return &table[i]
		}
	}
	return nil
}
