package crisisfolder

// words of the folder.
type words struct {
	title, footer, ageLabel, age, lead, contents string

	calls, callsLead, outside, own, ownNone, who, reach, when, note, unsure string

	cards, ownCard string

	services, noService, order, orderLead, service, tolerance, manager, phone, box, hour, noProcedure, procedure string

	sheets, sheetsLead, sheet, sheetLead, noPatient, line, hour2, whoWrites, kind, what string
	board, boardLead, runs, degraded, stopped, since                                    string
	presence, presenceLead, post, arrived, left                                         string
	callLog, callLead, from, to, decisions, decisionLead, toDecide, decided, byWhom     string
}

func wordsOf(lang string) words {
	if lang == "en" {
		return words{title: "Crisis folder", footer: "Crisis folder no. %d, made on %s. To be replaced after %s.", ageLabel: "Age of this folder",
			age: "Made no. %d, on %s. To be replaced after %s, and whenever something changes.", lead: "For the day when screens no longer work. Two copies on paper: one in the crisis room, one with the manager on call; one on a USB key that is connected to nothing.",
			contents: "What is in it", calls: "Whom to call", callsLead: "From a telephone that does not depend on the computer network.", outside: "Outside help", own: "Our own list",
			ownNone: "Nobody has written the list of the establishment yet: do it here with a pen, then on the platform.", who: "Who", reach: "How to reach them", when: "When they answer", note: "To know", unsure: "Number not checked.",
			cards: "Reflex cards", ownCard: "Version of the establishment.", services: "How services go on", noService: "No service has been entered yet.", order: "Services, the most urgent first",
			orderLead: "The tolerance is how long a service goes on without computers before care is in danger.", service: "Service", tolerance: "Tolerance", manager: "Who decides there", phone: "Telephone", box: "Paper, labels, stamps", hour: "h",
			noProcedure: "Nobody has written this procedure yet.", procedure: "What we do", sheets: "Blank sheets", sheetsLead: "Copy them before the stock ends. Number what you add.", sheet: "Main courante, sheet %d of %d",
			sheetLead: "One line, one fact. Nothing is crossed out: a mistake is corrected by a new line.", noPatient: "No patient's name, record or room.", line: "Line", hour2: "Hour", whoWrites: "Who", kind: "Fact, decision, act, call", what: "What",
			board: "State of services", boardLead: "Copied on the board at each meeting.", runs: "Running", degraded: "Degraded", stopped: "Stopped", since: "Since, note", presence: "Who is here", presenceLead: "Nobody stays more than twelve hours.",
			post: "Post", arrived: "Arrived", left: "Left", callLog: "Calls", callLead: "Each call that counts, both ways.", from: "From", to: "To", decisions: "Decisions", decisionLead: "To be decided, then decided.", toDecide: "To decide", decided: "Decided", byWhom: "By whom"}
	}
	return words{title: "Dossier de crise", footer: "Dossier de crise n° %d, édité le %s. À remplacer après le %s.", ageLabel: "Âge de ce dossier",
		age: "Édition n° %d, le %s. À remplacer après le %s, et dès que quelque chose change.", lead: "Pour le jour où les écrans ne marchent plus. Deux exemplaires sur papier : un en salle de crise, un chez le cadre d’astreinte ; un sur une clé USB qui n’est branchée nulle part.",
		contents: "Ce qu’il contient", calls: "Qui appeler", callsLead: "D’un téléphone qui ne dépend pas du réseau informatique.", outside: "L’aide du dehors", own: "Notre propre liste",
		ownNone: "Personne n’a encore écrit la liste de l’établissement : faites-le ici au stylo, puis sur la plateforme.", who: "Qui", reach: "Comment les joindre", when: "Quand ils répondent", note: "À savoir", unsure: "Numéro non vérifié.",
		cards: "Fiches réflexes", ownCard: "Version de l’établissement.", services: "Comment les services continuent", noService: "Aucun service n’est encore inscrit.", order: "Les services, le plus pressé d’abord",
		orderLead: "La tolérance est le temps pendant lequel un service tient sans informatique avant que les soins soient en danger.", service: "Service", tolerance: "Tolérance", manager: "Qui y décide", phone: "Téléphone", box: "Papier, étiquettes, tampons", hour: "h",
		noProcedure: "Personne n’a encore écrit cette procédure.", procedure: "Ce que nous faisons", sheets: "Feuilles à remplir", sheetsLead: "Photocopiez-les avant la fin du stock. Numérotez ce que vous ajoutez.", sheet: "Main courante, feuille %d sur %d",
		sheetLead: "Une ligne, un fait. Rien ne se raye : une erreur est corrigée par une nouvelle ligne.", noPatient: "Ni nom, ni dossier, ni chambre de patient.", line: "Ligne", hour2: "Heure", whoWrites: "Qui", kind: "Fait, décision, action, appel", what: "Quoi",
		board: "État des services", boardLead: "Recopié au tableau à chaque réunion.", runs: "Marche", degraded: "Dégradé", stopped: "Arrêté", since: "Depuis, remarque", presence: "Qui est là", presenceLead: "Personne ne reste plus de douze heures.",
		post: "Poste", arrived: "Arrivée", left: "Départ", callLog: "Appels", callLead: "Chaque appel qui compte, dans les deux sens.", from: "De", to: "À", decisions: "Décisions", decisionLead: "À prendre, puis prises.", toDecide: "À décider", decided: "Décidé", byWhom: "Par qui"}
}
