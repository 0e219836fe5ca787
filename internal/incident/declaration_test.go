package incident_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// asked is what each text wants, block by block, in the words of the forms: the denominator of [TestStagedRansomwareFillsTheDeclarations] cannot shrink.
var asked = map[string][]string{
	// Arrêté du 30 octobre 2017, annexe: identity, description, effects on data, persons, information system and structure, handling, cause.
	"cert-sante": {"Structure", "Numéro FINESS", "Déclarant", "Comment joindre le déclarant", "Date du constat", "Date de survenue", "Nature de l’incident", "Description", "Périmètre touché", "Systèmes et machines touchés",
		"Données concernées (catégories)", "État de la prise en charge", "Effet sur les données", "Effet sur les personnes, conséquences probables", "Effet sur le système d’information", "Effet sur la structure", "Mesures prises",
		"État du traitement", "Cause, si elle est connue", "Accompagnement souhaité"},
	// RGPD, article 33 § 3 and § 4.
	"cnil": {"Notification initiale ou complémentaire", "Structure", "Déclarant", "Comment joindre le déclarant", "Délégué à la protection des données", "Date du constat", "Date de survenue", "Fin de la violation", "Motif du retard",
		"Nature de la violation", "Description", "Cause, si elle est connue", "Données concernées (catégories)", "Catégories de personnes", "Nombre de personnes (fourchette)", "Nombre d’enregistrements (fourchette)",
		"Effet sur les personnes, conséquences probables", "Mesures prises", "Information des personnes"},
	// What investigators ask: who represents, facts in order, first signs, machines, accounts, ransom and wallet, what left, losses, what was done, evidence.
	"complaint": {"Structure", "Numéro FINESS", "Représentant légal", "Déclarant", "Comment joindre le déclarant", "Date du constat", "Date de survenue", "Premiers signes", "Chronologie", "Systèmes et machines touchés",
		"Comptes utilisés ou compromis", "Demande de rançon (texte, adresse, portefeuille)", "Données concernées (catégories)", "Données sorties (lesquelles, comment on le sait)", "Effet sur la structure", "Préjudice estimé", "Mesures prises", "Pièces et traces conservées"},
	// Directive (UE) 2022/2555, article 23 § 4: malice and effect abroad (a), gravity, effect and signs (b), description, cause, measures (d).
	"nis2": {"Structure", "Déclarant", "Comment joindre le déclarant", "Date du constat", "Nature de l’incident", "Acte malveillant présumé", "Effet dans un autre État", "Description", "Gravité et effet", "Systèmes et machines touchés",
		"Indices de compromission", "Cause, si elle est connue", "Mesures prises", "État du traitement"},
}

// staged is a night of ransomware as a cell lives it until the morning: what was noted anyway, and the questions that somebody could answer by then. What nobody
// knows yet is not answered: the end, how much left, the losses, the cause.
func staged(n *night) string {
	n.Update(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update structure set finess = $1 where id = $2`, "990000001", pagetest.Hospital); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into role_grant (id, person_id, role, structure_id, from_at, created_at) values ('g1', $1, 'director', $2, 0, 0)`, n.director.Actor.Person, pagetest.Hospital)
		return err
	})
	at := n.open(n.worker, "Les postes de la pharmacie affichent une demande de rançon")
	n.post(n.worker, at+"/qualify", "kind", "ransomware", "malicious", "yes", "care", "degraded", "occurred", "2026-03-10T02:10", "version", "1")
	for _, l := range [][2]string{{"fact", "Trois serveurs chiffrés, extension .perdu"}, {"action", "Serveurs débranchés du réseau, laissés allumés"}, {"action", "Sauvegardes mises hors ligne"}, {"decision", "Passage en procédures dégradées"}, {"call", "CERT Santé prévenu"}} {
		n.post(n.worker, at+"/log", "kind", l[0], "text", l[1])
	}
	n.post(n.worker, at+"/services", "name", "Pharmacie", "state", "stopped")
	n.post(n.worker, at+"/services", "name", "Urgences", "state", "degraded")
	n.worker.Want("a photograph of the note", n.worker.Upload(at+"/log/files", "file", "note de rançon.png", picture(n.t), "text", "Demande de rançon"), http.StatusSeeOther)
	return at
}

func TestStagedRansomwareFillsTheDeclarations(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := staged(n)
	page := n.worker.Get(at + "/declarations/complaint")
	missing, known := strings.Index(page.Text, "Ce qui manque"), strings.Index(page.Text, "Ce qui est connu")
	if question := strings.Index(page.Text, "Comptes utilisés"); missing < 0 || question < missing || question > known {
		t.Error("what is missing is not asked first")
	}
	inOrder(t, n, at)
	before, _ := filled(t, n, at)
	n.post(n.worker, at+"/declarations/cnil", "dpo", "Déléguée fictive, dpo@essai.invalid", "data_touched", "Dossiers administratifs, peut-être dossiers de soins", "persons_kinds", "Personnes soignées, agents",
		"persons_count", "entre 5 000 et 20 000", "impact_persons", "Retards de soins possibles", "persons_told", "Affichage prévu", "personal_data", "yes", "nis2", "yes")
	n.post(n.worker, at+"/declarations/complaint", "systems", "Trois serveurs de fichiers, douze postes", "ransom_note", "Texte photographié, portefeuille relevé", "accounts", "Compte d’un prestataire")
	n.post(n.worker, at+"/declarations/nis2", "compromise", "Extension .perdu, tâche planifiée inconnue", "cross_border", "Aucun")
	n.post(n.worker, at+"/declarations/cert-sante", "impact_systems", "Annuaire et fichiers arrêtés", "help_wanted", "Analyse des traces")
	after, per := filled(t, n, at)
	t.Logf("filled without a question %d %%, after 14 answers %d %%: %v", before, after, per)
	for id, share := range per {
		if share < 80 {
			t.Errorf("%s is filled to %d %%, want 80", id, share)
		}
	}
	if before < 55 {
		t.Errorf("only %d %% follow from the incident itself", before)
	}
	for _, id := range []string{"cert-sante", "cnil", "complaint", "nis2"} {
		n.worker.Want(id, n.worker.Get(at+"/declarations/"+id+"/print/pdf"), http.StatusOK)
	}
}

// filled reads the shares off the pages, as people do, and checks that each form asks all that it must.
func filled(t *testing.T, n *night, at string) (all int, per map[string]int) {
	t.Helper()
	per = map[string]int{}
	sum, of := 0, 0
	for id, want := range asked {
		var a, b int
		page := n.worker.Get(at + "/declarations/" + id)
		if _, err := fmt.Sscanf(page.Find(t, `(\d+ champs remplis sur \d+)`), "%d champs remplis sur %d", &a, &b); err != nil {
			t.Fatal(err)
		}
		if b != len(want) {
			t.Errorf("%s asks %d fields, want %d", id, b, len(want))
		}
		for _, label := range want {
			if !strings.Contains(page.Text, label) {
				t.Errorf("%s does not ask %q", id, label)
			}
		}
		per[id], sum, of = 100*a/b, sum+a, of+b
	}
	return 100 * sum / of, per
}

// inOrder checks that what is missing is asked in the order of each form.
func inOrder(t *testing.T, n *night, at string) {
	t.Helper()
	for id, want := range asked {
		page := n.worker.Get(at + "/declarations/" + id).Text
		_, missing, _ := strings.Cut(page, "Ce qui manque")
		missing, _, _ = strings.Cut(missing, "Ce qui est connu")
		var places []int
		for _, label := range want {
			if i := strings.Index(missing, label); i >= 0 {
				places = append(places, i)
			}
		}
		if len(places) == 0 || !slices.IsSorted(places) {
			t.Errorf("%s asks what is missing at %v", id, places)
		}
	}
}

// Who represents the structure is read from who directs it; a further notification says which it follows; the register of exhibits is named.
func TestDraftsFollowWhatIsKnown(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := staged(n)
	says := func(id string, wants ...string) {
		t.Helper()
		page := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(n.worker.Get(at + "/declarations/" + id).Text)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q", id, want)
			}
		}
	}
	says("complaint", "Dominique Fictif", "note-de-rancon.png (SHA-256 ")
	says("cnil", "Notification initiale, à compléter", "Disponibilité perdue")
	says("cert-sante", "mode dégradé", "Pharmacie : arrêté", "Passage en procédures dégradées")
	n.post(n.director, at+"/clocks/cnil", "reference", "FICTIF-72", "at", "")
	says("cnil", "Notification complémentaire à celle du", "FICTIF-72")
}

// The letter to people says what they must know and nothing that was noted for the cell.
func TestLetterToThoseConcerned(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := staged(n)
	page := n.worker.Get(at + "/declarations/persons")
	if strings.Contains(page.Text, "débranchés") {
		t.Error("a line of the cell is in the letter")
	}
	n.post(n.worker, at+"/declarations/persons", "persons_text", "Des fichiers ont été rendus illisibles.", "persons_advice", "Méfiez-vous des messages qui parlent de vos soins.")
	letter := string(n.worker.Want("letter", n.worker.Get(at+"/declarations/persons/print/html"), http.StatusOK).Body)
	for _, want := range []string{"Madame, Monsieur,", "Des fichiers ont été rendus illisibles.", "Ce que vous pouvez faire", "À qui poser vos questions", "Dominique Fictif"} {
		if !strings.Contains(letter, want) {
			t.Errorf("the letter does not say %q", want)
		}
	}
	if strings.Contains(letter, "champs remplis") {
		t.Error("the letter counts fields")
	}
	clock := func(want string) {
		t.Helper()
		if cockpit := n.worker.Get(at).Text; !strings.Contains(cockpit, want) {
			t.Errorf("the cockpit does not say %q", want)
		}
	}
	clock("sans délai si le risque est élevé")
	n.post(n.worker, at+"/declarations/cnil", "high_risk", "no")
	if strings.Contains(n.worker.Get(at).Text, "sans délai si le risque est élevé") {
		t.Error("the clock still asks")
	}
}
