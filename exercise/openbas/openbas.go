// Package openbas reads and writes the archives by which OpenBAS (since renamed OpenAEV; Apache-2.0) moves scenarios: a zip with one JSON file, marked by the comment
// of its entry, and attachments. What was read of the format: ScenarioFileExport, ExerciseFileExport, ExerciseExportMixins, ImportService and V1_DataImporter of that project,
// export_version 1, 2024 and 2025.
//
// OpenBAS goes two ways, exercises of people around a table and attacks on machines. Only the first maps here:
//
//	scenario or exercise_information   the scenario's title and summary
//	teams                              seats
//	objectives                         objectives, with what is observed
//	injects                            events: mail, SMS, articles of the press, and what the animator does by hand
//	inject_depends_duration            minutes since the beginning
//	inject_depends_on                  the condition of an event, when it asks for all expectations of one other
//	expectations of the kind MANUAL    reactions expected
//	lessons questions                  questions of the debrief
//
// What has no place here is never dropped in silence: reading gives a [Loss] for each kind, writing too.
package openbas

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Contracts of injectors that people are reached by, as the injectors that come with OpenBAS name them (EmailContract, ManualContract, ChannelContract, OvhSmsContract, ChallengeContract).
const (
	mailOne      = "138ad8f8-32f8-4a22-8114-aaa12322bd09"
	mailMany     = "2790bd39-37d4-4e39-be7e-53f3ca783f86"
	byHand       = "d02e9132-b9d0-4daa-b3b1-4b9871f8472c"
	publication  = "fb5e49a2-6366-4492-b69a-f9b9f39a533e"
	shortMessage = "e9e902bc-b03d-4223-89e1-fca093ac79dd"
	challenge    = "f8e70b27-a69c-4b9f-a2df-e217c36b3981"
)

// A Loss is something that the other side has no place for.
type Loss struct {
	Kind  LossKind
	Count int
	Names []string // the first few, for people to find them
}

// A LossKind is why something does not map.
type LossKind string

// What is lost when reading.
const (
	Technical    LossKind = "technical"    // an attack on machines: nobody plays it here
	Challenge    LossKind = "challenge"    // a riddle with a flag
	Disabled     LossKind = "disabled"     // switched off there; left out
	Attachment   LossKind = "attachment"   // files: never unpacked
	Player       LossKind = "player"       // people: seats get names when an exercise is prepared
	Variable     LossKind = "variable"     // words that OpenBAS fills in when it sends
	Branch       LossKind = "branch"       // a condition that is no "all of it" or "not all of it" on one earlier event
	Untimed      LossKind = "untimed"      // beyond a week after the beginning
	Wordless     LossKind = "wordless"     // an event without a word
	Cut          LossKind = "cut"          // a text longer than an event holds
	Surplus      LossKind = "surplus"      // more events than an exercise has
	Organization LossKind = "organization" // organisations of the players
)

// What is lost when writing.
const (
	Script   LossKind = "script"   // calls, visits, screens, short messages and articles become acts of the animator
	Levels   LossKind = "levels"   // only one level goes out
	Language LossKind = "language" // only one language goes out
	Brief    LossKind = "brief"    // what is read before playing
)

// mostNames is how many things of one kind are named.
const mostNames = 5

// losses gathers what does not map.
type losses []Loss

func (l *losses) add(kind LossKind, name string) {
	i := slices.IndexFunc(*l, func(one Loss) bool { return one.Kind == kind })
	if i < 0 {
		*l = append(*l, Loss{Kind: kind})
		i = len(*l) - 1
	}
	one := &(*l)[i]
	one.Count++
	if name = cut(name, 80); name != "" && len(one.Names) < mostNames && !slices.Contains(one.Names, name) {
		one.Names = append(one.Names, name)
	}
}

// cut keeps a text of at most so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// file is the JSON of an archive. Names differ by what was exported: scenario_… or exercise_…; only one of the two is filled in.
type file struct {
	Version           int        `json:"export_version"`
	Scenario          *about     `json:"scenario_information,omitempty"`
	Exercise          *drill     `json:"exercise_information,omitempty"`
	Teams             []team     `json:"scenario_teams"`
	Objectives        []aim      `json:"scenario_objectives"`
	Users             []user     `json:"scenario_users"`
	Organizations     []struct{} `json:"scenario_organizations"`
	Injects           []inject   `json:"scenario_injects"`
	Tags              []tag      `json:"scenario_tags"`
	Documents         []document `json:"scenario_documents"`
	Channels          []struct{} `json:"scenario_channels"`
	Articles          []article  `json:"scenario_articles"`
	Challenges        []struct{} `json:"scenario_challenges"`
	LessonsCategories []category `json:"scenario_lessons_categories"`
	LessonsQuestions  []question `json:"scenario_lessons_questions"`
	Variables         []struct{} `json:"scenario_variables"`
}

// drill is what an exported exercise (a simulation) calls the same things.
type drill struct {
	ID          string `json:"exercise_id"`
	Name        string `json:"exercise_name"`
	Description string `json:"exercise_description"`
}

type about struct {
	ID          string   `json:"scenario_id"`
	Name        string   `json:"scenario_name"`
	Description string   `json:"scenario_description"`
	Subtitle    string   `json:"scenario_subtitle"`
	Category    *string  `json:"scenario_category"`
	MainFocus   *string  `json:"scenario_main_focus"`
	Header      string   `json:"scenario_message_header"`
	Footer      string   `json:"scenario_message_footer"`
	From        *string  `json:"scenario_mail_from"`
	Tags        []string `json:"scenario_tags"`
	Documents   []string `json:"scenario_documents"`
}

type team struct {
	ID           string   `json:"team_id"`
	Name         string   `json:"team_name"`
	Description  string   `json:"team_description"`
	Contextual   bool     `json:"team_contextual"`
	Tags         []string `json:"team_tags"`
	Organization *string  `json:"team_organization"`
	Users        []string `json:"team_users"`
}

type aim struct {
	ID          string `json:"objective_id"`
	Title       string `json:"objective_title"`
	Description string `json:"objective_description"`
	Priority    int    `json:"objective_priority"`
}

type user struct {
	ID string `json:"user_id"`
}

type tag struct {
	ID    string `json:"tag_id"`
	Name  string `json:"tag_name"`
	Color string `json:"tag_color"`
}

type document struct {
	Name string `json:"document_name"`
}

type article struct {
	ID      string `json:"article_id"`
	Name    string `json:"article_name"`
	Content string `json:"article_content"`
	Author  string `json:"article_author"`
}

type category struct {
	ID          string   `json:"lessonscategory_id"`
	Name        string   `json:"lessons_category_name"`
	Description string   `json:"lessons_category_description"`
	Order       int      `json:"lessons_category_order"`
	Questions   []string `json:"lessons_category_questions"`
	Teams       []string `json:"lessons_category_teams"`
}

type question struct {
	ID          string `json:"lessonsquestion_id"`
	Category    string `json:"lessons_question_category"`
	Content     string `json:"lessons_question_content"`
	Explanation string `json:"lessons_question_explanation"`
	Order       int    `json:"lessons_question_order"`
}

type inject struct {
	ID          string       `json:"inject_id"`
	Title       string       `json:"inject_title"`
	Description string       `json:"inject_description"`
	Country     *string      `json:"inject_country"`
	City        *string      `json:"inject_city"`
	Enabled     *bool        `json:"inject_enabled"`
	Contract    *contract    `json:"inject_injector_contract"`
	AllTeams    bool         `json:"inject_all_teams"`
	DependsOn   dependencies `json:"inject_depends_on"`
	Seconds     int64        `json:"inject_depends_duration"`
	Tags        []string     `json:"inject_tags"`
	Documents   []any        `json:"inject_documents"`
	Teams       []string     `json:"inject_teams"`
	Content     *content     `json:"inject_content"`
}

type contract struct {
	ID      string `json:"injector_contract_id"`
	Payload any    `json:"injector_contract_payload"`
}

// UnmarshalJSON takes the identifier alone too, as archives of 2023 have it.
func (c *contract) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &c.ID)
	}
	type whole contract // without this method
	return json.Unmarshal(text, (*whole)(c))
}

// dependencies are on what an inject depends. Archives before 2025 have another form, which is left.
type dependencies []dependency

// UnmarshalJSON takes a list and nothing else.
func (d *dependencies) UnmarshalJSON(text []byte) error {
	if len(text) == 0 || text[0] != '[' {
		return nil
	}
	return json.Unmarshal(text, (*[]dependency)(d))
}

type dependency struct {
	Relationship relationship `json:"dependency_relationship"`
	Condition    *condition   `json:"dependency_condition"`
}

type relationship struct {
	Parent string `json:"inject_parent_id"`
	Child  string `json:"inject_children_id"`
}

type condition struct {
	Mode       string `json:"mode"` // and, or
	Conditions []term `json:"conditions"`
}

type term struct {
	Key      string `json:"key"` // "Execution", or the name of an expectation
	Value    bool   `json:"value"`
	Operator string `json:"operator"` // eq
}

type content struct {
	Subject      string        `json:"subject,omitempty"`
	Body         string        `json:"body,omitempty"`
	Message      string        `json:"message,omitempty"`
	Text         string        `json:"content,omitempty"`
	Articles     []string      `json:"articles,omitempty"`
	Encrypted    bool          `json:"encrypted,omitempty"`
	Expectations []expectation `json:"expectations"`
}

type expectation struct {
	Type        string  `json:"expectation_type"`
	Name        string  `json:"expectation_name"`
	Description string  `json:"expectation_description"`
	Score       float64 `json:"expectation_score"`
	Group       bool    `json:"expectation_expectation_group"`
	Seconds     int64   `json:"expectation_expiration_time"`
}

// fault says where an archive is not what it should be.
func fault(entry, format string, args ...any) error {
	return fmt.Errorf("read %s: %s", entry, fmt.Sprintf(format, args...))
}
