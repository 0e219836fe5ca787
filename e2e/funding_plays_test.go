package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/funding"
)

// play is the life of one dossier.
type play struct {
	name  string
	group bool
	asked string
	open  bool // the document that the call asks for is missing
	steps []step
	want  funding.State
	says  []string // on the applicant's page in the end
}

func with(parts ...[]step) []step { return slices.Concat(parts...) }

// ways of every play.
func endorsed() []step {
	return []step{do("ars", "take"), do("ars", "visa", "outcome", "favourable")}
}

func taken() []step { return with(endorsed(), []step{do("ans", "take")}) }

func granted() []step { return with(taken(), []step{do("ans", "decide", "outcome", "grant")}) }

func asksFor(who, target string) step {
	return do(who, "corrections", "note:"+target, "Soyez plus précis.", "kind:"+target, "incomplete")
}

// plays are thirty dossiers, from the plain one to the entangled.
func plays() []play {
	const small, large = "20000", "61000"
	refuse := []string{"outcome", "refuse", "reason", "outside"}
	return []play{
		{name: "granted", asked: small, steps: granted(), want: funding.Granted, says: []string{"Financement accordé", "Visa donné"}},
		{name: "group granted", group: true, asked: small, steps: []step{do("ars", "take"), look("ars"), do("ars", "visa", "outcome", "favourable"), do("ans", "take"), look("ans"), do("ans", "decide", "outcome", "grant")}, want: funding.Granted},
		{name: "granted in part", asked: small, steps: with(taken(), []step{do("ans", "decide", "outcome", "grant_partly", "amount", "15 000,50", "reason", "too-much")}), want: funding.PartlyGranted, says: []string{"15 000,50", "Une dépense n’est pas retenue."}},
		{name: "refused", asked: small, steps: with(taken(), []step{do("ans", "decide", refuse...)}), want: funding.Refused, says: []string{"Le projet ne répond pas à l’appel."}},
		{name: "refused without a reason", asked: small, steps: with(taken(), []step{try("ans", "decide", http.StatusUnprocessableEntity, "outcome", "refuse")}), want: funding.NationalReview},
		{name: "refused against the region", asked: small, steps: []step{do("ars", "take"), do("ars", "visa", "outcome", "unfavourable", "reason", "outside"), do("ans", "take"), do("ans", "decide", refuse...)}, want: funding.Refused, says: []string{"Avis défavorable"}},
		{name: "reserves", asked: small, steps: []step{do("ars", "take"), do("ars", "visa", "outcome", "reserved", "note", "Calendrier à suivre.")}, want: funding.Endorsed, says: []string{"Calendrier à suivre."}},
		{name: "document missing, seen by both", asked: small, open: true, steps: []step{do("ars", "take"), try("ars", "visa", http.StatusConflict, "outcome", "favourable"), look("ars"), do("ars", "visa", "outcome", "favourable"), do("ans", "take"), look("ans"), do("ans", "decide", "outcome", "grant")}, want: funding.Granted},
		{name: "corrected for the region", asked: small, steps: with([]step{do("ars", "take"), asksFor("ars", "calendar"), later(3), givenBack("calendar"), do("ars", "visa", "outcome", "favourable")}), want: funding.Endorsed, says: []string{"Corrections rendues"}},
		{name: "corrected for the nation", asked: small, steps: with(taken(), []step{asksFor("ans", "calendar"), givenBack("calendar"), do("ans", "decide", "outcome", "grant")}), want: funding.Granted},
		{name: "corrected twice", asked: small, steps: []step{do("ars", "take"), asksFor("ars", "calendar"), givenBack("calendar"), asksFor("ars", "project"), givenBack("project")}, want: funding.RegionalReview},
		{name: "correction awaited", asked: small, steps: []step{do("ars", "take"), asksFor("ars", "requirement/continuity"), try("ars", "visa", http.StatusConflict, "outcome", "favourable")}, want: funding.RegionalCorrection, says: []string{"1 point est à corriger"}},
		{name: "correction never given back", asked: small, steps: []step{do("ars", "take"), asksFor("ars", "calendar"), later(40), do("ars", "resume", "note", "Sans réponse.")}, want: funding.RegionalReview},
		{name: "withdrawn before instruction", asked: small, steps: []step{applicant("withdraw", http.StatusSeeOther), try("ars", "take", http.StatusConflict)}, want: funding.Withdrawn},
		{name: "withdrawn in instruction", asked: small, steps: with(taken(), []step{applicant("withdraw", http.StatusSeeOther)}), want: funding.Withdrawn},
		{name: "withdrawn during a correction", asked: small, steps: []step{do("ars", "take"), asksFor("ars", "calendar"), applicant("withdraw", http.StatusSeeOther)}, want: funding.Withdrawn},
		{name: "second opinion", asked: small, steps: []step{do("ars", "take"), do("ars", "ask-opinion", "note", "Qu’en penses-tu ?"), try("ars", "opinion", http.StatusForbidden, "note", "Bien."), do("ars2", "opinion", "note", "Bien."), do("ars", "visa", "outcome", "favourable")}, want: funding.Endorsed},
		{name: "second opinion at the nation", asked: small, steps: with(taken(), []step{do("ans", "ask-opinion", "note", "Qu’en penses-tu ?"), do("ans2", "opinion", "note", "Bien."), do("ans", "decide", "outcome", "grant")}), want: funding.Granted},
		{name: "four eyes", asked: large, steps: with(taken(), []step{do("ans", "decide", "outcome", "grant"), try("ans", "decide", http.StatusForbidden, "outcome", "grant"), do("ans2", "decide", "outcome", "grant")}), want: funding.Granted, says: []string{"Décision proposée"}},
		{name: "four eyes that differ", asked: large, steps: with(taken(), []step{do("ans", "decide", "outcome", "grant"), try("ans2", "decide", http.StatusConflict, "outcome", "refuse", "note", "Non."), do("ans2", "send-back", "note", "À revoir.")}), want: funding.NationalReview},
		{name: "refusal by four eyes", asked: large, steps: with(taken(), []step{do("ans", "decide", refuse...), do("ans2", "decide", "outcome", "refuse")}), want: funding.Refused},
		{name: "appeal won", asked: small, steps: with(taken(), []step{do("ans", "decide", refuse...), applicant("contest", http.StatusSeeOther), try("ans", "decide", http.StatusForbidden, "outcome", "grant"), do("ans2", "decide", "outcome", "grant")}), want: funding.Granted, says: []string{"Recours déposé"}},
		{name: "appeal lost", asked: small, steps: with(taken(), []step{do("ans", "decide", refuse...), applicant("contest", http.StatusSeeOther), do("ans2", "decide", "outcome", "refuse", "note", "Confirmé."), applicant("contest", http.StatusConflict)}), want: funding.Refused},
		{name: "visa taken back", asked: small, steps: with(endorsed(), []step{do("ars", "retract", "note", "Oubli."), do("ars", "visa", "outcome", "favourable")}), want: funding.Endorsed},
		{name: "sent back to the region", asked: small, steps: with(taken(), []step{do("ans", "send-back", "note", "Pièce à revoir."), do("ars", "visa", "outcome", "favourable"), do("ans", "take")}), want: funding.NationalReview},
		{name: "instructor on leave", asked: small, steps: []step{do("ars", "take"), do("stand-in", "visa", "outcome", "favourable")}, want: funding.Endorsed, says: []string{"Charlie Gabarit, par délégation de Maxime Essai"}},
		{name: "merged during instruction", asked: small, steps: with([]step{do("ars", "take"), asksFor("ars", "calendar"), merged, givenBack("calendar"), look("ars"), do("ars", "visa", "outcome", "favourable"), do("ans", "take"), do("ans", "decide", refuse...)}), want: funding.Refused, says: []string{"Repris"}},
		{name: "merged after the grant", asked: small, steps: with(granted(), []step{merged, applicant("declare", http.StatusSeeOther), do("ars", "take")}), want: funding.RegionalControl},
		{name: "achieved", asked: small, steps: with(granted(), []step{later(90), applicant("declare", http.StatusSeeOther), do("ars", "take"), look("ars"), do("ars", "visa", "outcome", "favourable"), look("ans"), do("ans", "conclude", "outcome", "validate")}), want: funding.Achieved, says: []string{"Atteinte validée"}},
		{name: "not achieved", asked: small, steps: with(granted(), []step{applicant("declare", http.StatusSeeOther), do("ars", "take"), asksFor("ars", "requirement/directory"), givenBack(""), do("ars", "visa", "outcome", "unfavourable", "note", "Le niveau n’est pas atteint."), do("ans", "conclude", "outcome", "reject", "note", "Le niveau n’est pas atteint.")}), want: funding.Missed},
	}
}

// TestThirtyDossiers plays thirty dossiers end to end over the pages of applicants and of agencies.
func TestThirtyDossiers(t *testing.T) {
	s := newStage(t)
	list := plays()
	if len(list) != 30 {
		t.Fatalf("%d plays", len(list))
	}
	parts := make([]*part, len(list))
	for i, one := range list {
		parts[i] = s.cast(one.group)
		parts[i].draft(one.asked, one.open)
		parts[i].deposit()
	}
	began := time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	for i, one := range list {
		t.Run(one.name, func(t *testing.T) {
			s.T, s.Clock = t, began
			p := parts[i]
			for _, act := range one.steps {
				act(p)
			}
			if got := p.now().State; got != one.want {
				t.Errorf("the dossier is %s, want %s", got, one.want)
			}
			page := plain.Replace(p.director.Want("what the applicant sees", p.director.Get(p.home()), http.StatusOK).Text)
			for _, text := range one.says {
				if !strings.Contains(page, text) {
					t.Errorf("the applicant does not read %q", text)
				}
			}
		})
	}
}
