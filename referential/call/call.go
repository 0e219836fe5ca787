package call

import (
	"time"

	"hygie/referential"
)

// Short names of the words and sources of referentials, which calls share.
type (
	Text   = referential.Text
	Source = referential.Source
	Lang   = referential.Lang
	Status = referential.Status
	param  = referential.Param
)

// The answers to questions about a call, as of referentials.
const (
	Met           = referential.Met
	NotMet        = referential.NotMet
	Unknown       = referential.Unknown
	NotApplicable = referential.NotApplicable
)

// Mode is how a programme gives money.
type Mode string

// The modes of the programme.
const (
	OneOff       Mode = "one_off"       // to pass a step
	Yearly       Mode = "yearly"        // to keep a level, year after year, under conditions
	ServiceOffer Mode = "service_offer" // services given in kind; the provider is paid, not the candidate
)

// Call is one version of a call for candidates. It does not change after it is read.
type Call struct {
	ID         string
	Version    string
	Programme  string // code, such as "care"
	Title, Aim Text
	Mode       Mode
	Source     Source      // the legal text
	Texts      []LegalText // what else governs it
	Platform   Text        // where the authority receives dossiers; zero: not public
	Zone       *time.Location

	Fields       []Field
	Categories   []Category
	Regions      []string // INSEE codes of the regions it is open to; none: all
	Windows      []Window
	Phases       []Phase
	Envelope     Envelope
	Scale        Scale
	Expenses     []ExpenseKind
	Services     []Service // of an offer of services
	Renewal      *Renewal  // of a yearly call
	Instalments  []Instalment
	Recovery     RecoveryRule
	Requirements []Requirement
	Evidence     []Evidence
	Libraries    []string // of reasons; [Load] joins them to Reasons
	Reasons      []Reason
	Targets      []Target
	FourEyes     Given[Cents] // decisions on at least this amount need two people
	Sampling     Sampling
	Figures      []Figure

	file   string
	shared []Reason // of libraries
	data   []byte   // what was read, to read it again with fields filled
}

// LegalText is an order, an instruction or a guide.
type LegalText struct {
	Title     Text
	Signed    time.Time
	Published time.Time
	URL       string
	Source    Source
}

// Per says what a field is filled for.
type Per string

// What a field is filled for.
const (
	PerCall    Per = "call"    // once, by the authority or an administrator
	PerDossier Per = "dossier" // for each candidate, such as a ceiling that was notified
)

// FieldKind says what a field holds.
type FieldKind string

// The kinds of fields.
const (
	AmountField FieldKind = "amount" // euros
	RatioField  FieldKind = "ratio"  // a share or a size
	MomentField FieldKind = "moment" // a day, or a day and an hour
	WholeField  FieldKind = "whole"  // a whole number
)

// Field is something that exists officially but is not public: no number stands for it until somebody fills it.
type Field struct {
	Code   string
	Kind   FieldKind
	Per    Per
	Title  Text
	Note   Text // where it can be read, and what is known of it
	Source Source
	filled bool
	at     referential.Place
}

// Category is a sort of candidate, with the codes that referentials use.
type Category struct {
	Code     string
	Title    Text
	Eligible bool
	Group    bool     // a group applies for its members
	Through  string   // not eligible by itself: applies through a group of this category
	Regions  []string // INSEE codes of the only regions in which it is eligible; none: all of the call
	Least    Given[int]
	Most     Given[int] // members of a group
	Source   Source
}

// Moved is a date that was announced before.
type Moved struct {
	Opens, Closes time.Time // zero: this end did not move
	On            time.Time // day on which the present date was announced; zero: not known
	Source        Source
}

// Window is a time in which something can be deposited. Both ends are seconds that count: a window that closes at 23:59:59 is open during that whole second.
type Window struct {
	Code          string
	Title         Text
	Phase         string // code
	Opens, Closes Given[time.Time]
	Former        []Moved  // oldest first
	Categories    []string // whom it is for; none: all that are eligible
	Source        Source
}

// PhaseKind is a stage in the life of a call.
type PhaseKind string

// The stages in their usual order.
const (
	Candidature PhaseKind = "candidature"
	Operational PhaseKind = "operational"
	Achievement PhaseKind = "achievement" // declaration that the objectives are reached
	Control     PhaseKind = "control"
	Payment     PhaseKind = "payment"
)

// Phase is a stage of the call.
type Phase struct {
	Code      string
	Kind      PhaseKind
	Title     Text
	After     []string // codes of phases that come before
	Deadlines []Deadline
	Source    Source
}

// Effect is what a deadline does.
type Effect string

// What deadlines do.
const (
	Closes Effect = "closes" // nothing can be deposited after it
	Lapses Effect = "lapses" // what is not deposited by then is given up
	Aims   Effect = "aims"   // the authority aims at it; nothing happens to the dossier
)

// Who answers for a deadline or a delay.
type Actor string

// Those who act.
const (
	Candidate Actor = "candidate"
	Regional  Actor = "regional" // the regional health agency (ARS)
	National  Actor = "national" // the national agency (ANS)
	Accounts  Actor = "accounts" // whoever pays
)

// Deadline is a date by which somebody does something.
type Deadline struct {
	Code   string
	Title  Text
	Actor  Actor
	At     Given[time.Time] // the last second that counts
	Effect Effect
	Then   Text // what happens, in words
	Former []Moved
	Source Source
}

// Envelope is the money of the call.
type Envelope struct {
	National Given[Cents]
	Regions  []RegionShare
	Source   Source
}

// RegionShare is the part of a region.
type RegionShare struct {
	Region string // INSEE code
	Amount Given[Cents]
	Source Source
}

// Grouping says how the ceiling of a group is found.
type Grouping string

// How the ceiling of a group is found.
const (
	Combined  Grouping = "combined"   // the sizes of the members are added, and the sum looked up
	MemberSum Grouping = "member_sum" // each member is looked up by itself, and the amounts added
)

// Scale says how much a candidate can get at most, and which share of its spending is paid.
type Scale struct {
	Measures     []MeasureKind
	Grouping     Grouping
	Lines        []ScaleLine
	Cofinancing  Given[Ratio] // share of eligible spending that is paid; absent: all of it, up to the ceiling
	RoundDownTo  Cents        // ceilings are rounded down to a multiple of it; 1 cent unless the call says more
	MostDossier  Given[Cents] // no dossier gets more
	LeastDossier Given[Cents] // less is not granted
	Source       Source
}

// MeasureKind is a size that the scale asks for.
type MeasureKind struct {
	Code  string // such as "activity" or "headcount"
	Title Text   // with its article
	Unit  Text
}

// ScaleLine is the amount for some categories, or for a band of their size: From is included, Below is not.
type ScaleLine struct {
	Code         string
	Title        Text
	Categories   []string
	Measure      string       // of the band and of what is paid a unit; empty: the size does not matter
	From         Given[Ratio] // absent: 0
	Below        Given[Ratio] // absent: no end
	Flat         Given[Cents]
	PerUnit      Given[Ratio] // euros a unit of the whole size
	PerUnitAbove Given[Ratio] // euros a unit of what passes From
	PerMember    Given[Cents] // for each member of a group
	Most         Given[Cents] // the line gives no more
	Source       Source
	at           referential.Place
}

// ExpenseKind is a sort of spending that the call pays for.
type ExpenseKind struct {
	Code        string
	Title       Text
	From, Until Given[time.Time] // of the invoice, both included
	Rate        Given[Ratio]     // share of the spending that counts; absent: all
	MostShare   Given[Ratio]     // of all eligible spending
	Source      Source
}

// Service is what an offer of services gives.
type Service struct {
	Code     string
	Title    Text
	Unit     Text
	Provider Text
	Price    Given[Cents] // of one unit, paid to the provider
	Most     Given[int]   // units for one candidate
	Source   Source
}

// Renewal says how a yearly call comes back.
type Renewal struct {
	Months int
	Source Source
}

// Instalment is a part of what is granted, paid when its conditions are met.
type Instalment struct {
	Code   string
	Title  Text
	Share  Given[Ratio] // of what is granted
	When   []string     // ids of requirements, all of which must be met; none: paid on the decision
	After  []string     // codes of instalments paid before
	Phase  string       // in which it is asked for; may be empty
	Source Source
	at     referential.Place
}

// RecoveryRule says what is asked back.
type RecoveryRule struct {
	Below  Given[Cents] // less is not asked back
	Days   Given[int]   // to pay back
	Source Source
}

// Stage says when a requirement counts.
type Stage string

// When a requirement counts.
const (
	ToApply   Stage = "candidature"
	ToAchieve Stage = "achievement"
	EachYear  Stage = "yearly"
)

// Requirement points to a requirement of a referential, or to some of its criteria. One without a referential is judged by whoever examines the dossier.
type Requirement struct {
	ID          string
	Title       Text   // of one without a referential; zero: the words of the referential stand
	Referential string // id of a package; empty: judged by a person
	Code        string // of the requirement in the package
	Criteria    []string
	Stage       Stage
	Categories  []string // whom it concerns; none: all
	Source      Source
	at          referential.Place
}

// Evidence is a document to join to the dossier.
type Evidence struct {
	Code        string
	Title       Text
	Phase       string // in which it is joined
	Referential string // package that declares the kind of document; may be empty
	Document    string // code of the kind
	Requirement []string
	Optional    bool
	Each        bool // one for each member of a group
	Source      Source
	at          referential.Place
}

// Act is what an instructor does with a ready-made reason.
type Act string

// Acts that need a reason.
const (
	Correct Act = "correction"
	Refuse  Act = "refusal"
	Partial Act = "partial"
	Recover Act = "recovery"
)

// Reason is a ready-made text for an act, so that candidates read the same words for the same thing.
type Reason struct {
	Code         string
	Act          Act
	Title        Text
	Text         Text     // to the candidate
	Requirements []string // it is proposed for; none: for all
	Source       Source
}

// Target is how long somebody may take.
type Target struct {
	Code    string
	Title   Text
	Actor   Actor
	Phase   string
	Days    Given[int]
	Working bool // days count from Monday to Friday without public holidays; else each day counts
	Source  Source
}

// Sampling says which clean dossiers are looked at in depth all the same.
type Sampling struct {
	Share  Given[Ratio] // drawn at random
	Always Given[Cents] // from this amount on, all
	Source Source
}

// Figure is a published count or amount about the call, with its day and source: it explains, and decides nothing.
type Figure struct {
	Code   string
	Title  Text
	Value  string // as published, digits only
	Unit   Text
	On     time.Time
	Source Source
}
