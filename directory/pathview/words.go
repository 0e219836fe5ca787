package pathview

// words are the texts of a drawing.
type words struct {
	title, description, legend, keys            string
	tools, filter, target, everyTarget, onlyNew string
	zoomIn, zoomOut, fit, showAll               string
	countWays, of, countNodes, countLinks       string
	detail, can, reached, cut, ways, close      string
}

func texts(lang string) words {
	if lang == "fr" {
		return words{
			title:       "Dessin des chemins",
			description: "Chaque case est un compte ou un objet, chaque flèche une étape. Le tableau de cette page dit la même chose.",
			legend: "De gauche à droite\u00a0: des comptes ordinaires (bord épais) vers le cœur de l’annuaire (fond coloré). " +
				"Une flèche en tirets demande autre chose qu’un droit\u00a0: une attaque hors ligne, une victime qui se connecte.",
			keys:  "Au clavier\u00a0: les flèches vont de case en case, Entrée ne garde que les chemins qui passent par là, Échap les remet tous, + et − changent la taille, 0 ajuste.",
			tools: "Outils du dessin", filter: "Filtrer par nom ou par droit", target: "Cible", everyTarget: "Toutes les cibles", onlyNew: "Nouveaux chemins seulement",
			zoomIn: "Agrandir", zoomOut: "Réduire", fit: "Ajuster", showAll: "Tout montrer",
			countWays: "Chemins montrés\u00a0:", of: "sur", countNodes: "Comptes ou objets\u00a0:", countLinks: "Étapes\u00a0:",
			detail: "La case choisie", can: "Peut", reached: "Contrôlé par", cut: "Pour couper\u00a0:", ways: "Chemins qui passent par là\u00a0:", close: "Fermer",
		}
	}
	return words{
		title:       "Drawing of the paths",
		description: "Each box is an account or an object, each arrow a step. The table of this page says the same.",
		legend: "From left to right: from ordinary accounts (thick edge) toward the heart of the directory (coloured ground). " +
			"A dashed arrow needs something besides a right: an offline attack, a victim who connects.",
		keys:  "By keyboard: the arrows go from box to box, Enter keeps only the paths through it, Escape brings all back, + and − change the size, 0 fits.",
		tools: "Tools of the drawing", filter: "Filter by name or right", target: "Target", everyTarget: "All targets", onlyNew: "New paths only",
		zoomIn: "Larger", zoomOut: "Smaller", fit: "Fit", showAll: "Show all",
		countWays: "Paths shown:", of: "of", countNodes: "Accounts or objects:", countLinks: "Steps:",
		detail: "The chosen box", can: "Can", reached: "Controlled by", cut: "To cut:", ways: "Paths through it:", close: "Close",
	}
}
