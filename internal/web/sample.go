package web

import (
	"cmp"
	"slices"

	"hygie/internal/web/ui"
)

func sortLines(lines []line, by string, desc bool) {
	slices.SortStableFunc(lines, func(a, b line) int {
		order := 0
		switch by {
		case "name":
			order = cmp.Compare(a.name, b.name)
		case "level":
			order = cmp.Compare(a.level, b.level)
		case "failed":
			order = cmp.Compare(a.failed, b.failed)
		case "audited":
			order = a.audited.Compare(b.audited)
		}
		if desc {
			order = -order
		}
		return order
	})
}

// errors are those of the sample form.
func (s sample) errors() ui.Errors {
	return ui.Errors{
		{Name: "wrong-title", Key: "web.too_long", Args: []any{"limit", 80}},
		{Name: "wrong-day", Key: "web.not_day"},
		{Name: "wrong-choice", Key: "ui.invalid"},
	}
}

// wrong are fields with an error each.
func (s sample) wrong() []ui.Field {
	errors := s.errors()
	return []ui.Field{
		{Name: "wrong-title", Label: s.say("Intitulé", "Title"), Value: s.say("Un intitulé beaucoup trop long", "A title much too long"), Errors: errors},
		{Name: "wrong-day", Label: s.say("Échéance", "Due date"), Help: s.say("Le jour où tout doit être fini.", "The day when all must be done."), Value: "31/02", Errors: errors},
		{Name: "wrong-choice", Label: s.say("Effort", "Effort"), Kind: ui.RadioField, Options: s.efforts(), Errors: errors},
	}
}

func (s sample) efforts() []ui.Option {
	return []ui.Option{
		{Value: "hour", Text: s.say("Une heure", "An hour"), Help: s.say("Un réglage, sans arrêt de service.", "A setting, no interruption.")},
		{Value: "day", Text: s.say("Une journée", "A day")},
		{Value: "project", Text: s.say("Un projet", "A project"), Disabled: true},
	}
}

// fields are every kind of control.
func (s sample) fields() []ui.Field {
	return []ui.Field{
		{Name: "title", Label: s.say("Intitulé", "Title"), Help: s.say("Ce qui sera fait, en quelques mots.", "What will be done, in a few words.")},
		{Name: "email", Label: s.say("Adresse électronique", "E-mail address"), Kind: ui.EmailField, Autocomplete: "email", Value: "rssi@val-dore.example", Optional: true},
		{Name: "count", Label: s.say("Durée", "Duration"), Kind: ui.NumberField, Value: "45", Suffix: s.say("jours", "days")},
		{Name: "day", Label: s.say("Échéance", "Due date"), Kind: ui.DayField, Value: "2026-12-15"},
		{Name: "code", Label: s.say("Code de l’application", "Code of the application"), Kind: ui.CodeField, Value: "204 817"},
		{Name: "owner", Label: s.say("Qui s’en charge", "Who does it"), Kind: ui.SelectField, Value: "b", Options: []ui.Option{
			{Value: "a", Text: "Camille Arnoul"}, {Value: "b", Text: "Sacha Delmière"}}},
		{Name: "note", Label: s.say("Remarques", "Remarks"), Kind: ui.AreaField, Optional: true},
		{Name: "effort", Label: s.say("Effort", "Effort"), Kind: ui.RadioField, Value: "hour", Options: s.efforts()},
		{Name: "scope", Label: s.say("Concerne", "About"), Kind: ui.ChecksField, Values: []string{"ad"}, Options: []ui.Option{
			{Value: "ad", Text: s.say("L’annuaire", "The directory")}, {Value: "web", Text: s.say("L’exposition sur internet", "Internet exposure")}}},
		{Name: "agree", Label: s.say("J’ai l’accord de la direction", "Management agrees"), Kind: ui.CheckField, Value: "1"},
		{Name: "locked", Label: s.say("Structure", "Structure"), Value: "Centre hospitalier du Val-Doré", ReadOnly: true},
		{Name: "off", Label: s.say("Référence", "Reference"), Value: "–", Disabled: true},
	}
}

func (s sample) events() []ui.Event {
	return []ui.Event{
		{At: s.now.AddDate(0, 0, -12), Title: s.say("Collecte de l’annuaire", "Directory collected"), Who: "Sacha Delmière", Tone: ui.Good},
		{At: s.now.AddDate(0, 0, -5), Title: s.say("Deuxième collecte interrompue", "Second collection cut short"), Tone: ui.Bad,
			Body: ui.Text(s.say("Le serveur a coupé la connexion. Rien n’a été enregistré.", "The server dropped the line. Nothing was saved."))},
		{At: s.now, Title: s.say("Dossier D1 en préparation", "D1 file in preparation"), Now: true},
		{Title: s.say("Dépôt du dossier", "File deposited")},
	}
}

func (s sample) work() []ui.Progress {
	return []ui.Progress{
		{ID: "work-1", Label: s.say("Analyse de l’annuaire", "Directory analysis"), Status: ui.Waiting, Message: s.say("Deux traitements passent avant.", "Two pieces of work come first.")},
		{ID: "work-2", Label: s.say("Analyse de l’annuaire", "Directory analysis"), Status: ui.Running, Done: 6200, Total: 12450, Message: s.say("Droits des comptes", "Rights of accounts"), Cancel: "/ui"},
		{ID: "work-3", Label: s.say("Lecture du fichier", "Reading the file"), Status: ui.Running, Message: s.say("Durée encore inconnue", "Length not known yet")},
		{ID: "work-4", Label: s.say("Analyse de l’annuaire", "Directory analysis"), Status: ui.Done, Done: 12450, Total: 12450, Result: ui.Link{Href: "/ui", Text: s.say("Voir les constats", "See the findings")}},
		{ID: "work-5", Label: s.say("Analyse de l’annuaire", "Directory analysis"), Status: ui.Failed, Done: 310, Total: 12450, Message: s.say("Le fichier est coupé après l’octet 48 213.", "The file stops after byte 48,213.")},
	}
}

func (s sample) terms() []ui.Term {
	return []ui.Term{
		{Name: "FINESS", Value: ui.Text("99 000 001 2"), Change: ui.Link{}},
		{Name: s.say("Directrice", "Director"), Value: ui.Text("Camille Arnoul"), Change: ui.Link{Href: "#forms", Text: s.say("Modifier", "Change")}},
		{Name: s.say("Dernier audit", "Last audit"), Value: ui.Text(s.Date(s.now)), Change: ui.Link{Href: "#forms", Text: s.say("Modifier", "Change")}},
	}
}

func (s sample) next() ui.NextAction {
	return ui.NextAction{
		Line: s.say("Il vous manque 2 preuves pour déposer D1", "You need 2 more pieces of evidence to deposit D1"),
		Why:  s.say("Le guichet ferme dans 12 jours.", "The window closes in 12 days."),
		Act:  ui.Button{Text: s.say("Ajouter une preuve", "Add evidence"), Kind: ui.Primary, Icon: "upload", Href: "#forms"},
		Tasks: []ui.Task{
			{Text: s.say("Deuxième passage de l’audit d’annuaire", "Second run of the directory audit"), Hint: s.say("Entre 45 et 60 jours après le premier", "45 to 60 days after the first"), Href: "#lists", Status: ui.ToDo},
			{Text: s.say("Lettre d’engagement signée", "Signed letter of commitment"), Href: "#lists", Status: ui.Late},
			{Text: s.say("Compte de secours désactivé", "Spare account disabled"), Status: ui.Done},
		},
	}
}

func (s sample) question() ui.Confirm {
	return ui.Confirm{
		Consequences: []string{
			s.say("Sacha Delmière ne pourra plus lire les constats dès maintenant.", "Sacha Delmière can no longer read the findings, from now on."),
			s.say("Son nom reste dans l’historique.", "Their name stays in the history."),
		},
		Action: "/ui", Cancel: "/ui", Danger: true, Submit: s.say("Retirer la délégation", "Withdraw the delegation"),
	}
}

// bars counts structures by level.
func (s sample) bars() []ui.Bar {
	var rows []ui.Bar
	for i, one := range []struct {
		count int
		tone  ui.Tone
	}{{61, ui.Bad}, {74, ui.Bad}, {38, ui.Warn}, {9, ui.Good}, {2, ui.Good}} {
		rows = append(rows, ui.Bar{Label: s.say("Niveau ", "Level ") + s.Int(int64(i+1)), Count: one.count, Tone: one.tone, Href: "#lists"})
	}
	return append(rows, ui.Bar{Label: s.say("Jamais mesuré", "Never measured"), Count: 67, Note: s.say("à inviter", "to be invited")})
}

// moments is how a level moved.
func (s sample) moments() []ui.Moment {
	return []ui.Moment{{At: s.now.AddDate(0, -9, 0), Level: 1, Href: "#lists"}, {At: s.now.AddDate(0, -5, 0), Level: 2, AtMost: true, Href: "#lists"}, {At: s.now, Level: 3, Href: "#lists"}}
}
