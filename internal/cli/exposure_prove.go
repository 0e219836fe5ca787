package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hygie/exposure"
	"hygie/exposure/perimeter"
	"hygie/exposure/report"
)

// ExposureProve says what to publish to prove a perimeter, and checks it.
type ExposureProve struct {
	exposureNetwork
	Offline bool `help:"Only say what to publish; look at nothing."`
}

// Help shows examples.
func (*ExposureProve) Help() string {
	return "hygie exposure prove --perimeter perimetre.yaml --offline\n" +
		"hygie exposure prove --perimeter perimetre.yaml"
}

// Run prints and checks. It ends with code 3 while an item is not proven.
func (c *ExposureProve) Run(ctx context.Context, s *Streams) error {
	say := sayer(Language(s.Env))
	config, err := c.config(s)
	if err != nil {
		return err
	}
	p := config.Perimeter
	fmt.Fprintf(s.Out, say("Périmètre %s, empreinte %s\n", "Perimeter %s, hash %s\n"), cmp.Or(p.Name, filepath.Base(c.Perimeter)), p.Hash())
	if c.Offline {
		missingKey := p.ProofKey == "" && len(p.Domains)+len(p.Hosts) > 0
		if err := c.publications(s, say, p, nil); err != nil {
			return Exit{Failed, err}
		}
		if missingKey {
			return Exit{Code: Findings}
		}
		return nil
	}
	proven, err := exposure.Prove(ctx, config)
	if err != nil {
		return Exit{Failed, err}
	}
	for _, m := range proven.Papers() {
		fmt.Fprintln(s.Out)
		for i, line := range report.MandateText(Language(s.Env), m) {
			fmt.Fprintln(s.Out, strings.Repeat("  ", min(i, 1))+line)
		}
	}
	missing := map[string]bool{}
	fmt.Fprintln(s.Out)
	for _, proof := range proven.Proofs() {
		fmt.Fprintf(s.Out, "%s %s  %s\n", proofMark(proof), proof.Item, proofText(proof, say))
		if proof.By == perimeter.Unproven {
			missing[proof.Item] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := c.publications(s, say, p, missing); err != nil {
		return Exit{Failed, err}
	}
	return Exit{Code: Findings}
}

func proofMark(p perimeter.Proof) string {
	if p.By == perimeter.Unproven {
		return "✕"
	}
	return "✓"
}

// proofText says how an item is proven, or why it is not.
func proofText(p perimeter.Proof, say func(fr, en string) string) string {
	switch p.By {
	case perimeter.ByDNS:
		return say("prouvé par la zone DNS", "proven by the DNS zone")
	case perimeter.ByFile:
		return say("prouvé par un fichier du serveur web : ", "proven by a file on the web server: ") + oneLine(p.Addresses)
	case perimeter.ByMandate:
		return say("couvert par le mandat ", "covered by mandate ") + p.Mandate
	case perimeter.ByMachine:
		return say("adresse de cette machine ou d’un réseau privé", "address of this machine or of a private network")
	}
	switch p.Why {
	case "no_key":
		return say("non prouvé : le périmètre n’a pas de clé de preuve", "not proven: the perimeter has no proof key")
	case "no_token":
		return say("non prouvé : le jeton n’est pas publié", "not proven: the token is not published")
	case "other_token":
		return say("non prouvé : un jeton est publié, mais c’est celui d’un autre périmètre", "not proven: a token is published, but another perimeter's")
	case "no_answer":
		return strings.TrimSpace(say("non prouvé : pas de réponse. ", "not proven: no answer. ") + p.Detail)
	case "no_mandate":
		return say("non prouvé : aucun mandat en vigueur ne couvre toute la plage", "not proven: no mandate in force covers the whole range")
	case "private":
		return say("réseau privé : pas audité d’ici", "private network: not audited from here")
	}
	return say("non prouvé", "not proven")
}

// publications says what to publish for the items that miss a proof; nil for all. It proposes a key to a perimeter that has none and needs one.
func (c *ExposureProve) publications(s *Streams, say func(fr, en string) string, p *perimeter.Perimeter, missing map[string]bool) error {
	if p.ProofKey == "" && len(p.Domains)+len(p.Hosts) > 0 && (missing == nil || slices.ContainsFunc(slices.Concat(p.Domains, p.Hosts), func(item string) bool { return missing[item] })) {
		key, err := perimeter.NewProofKey(rand.Reader)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, say("\nLe périmètre n’a pas de clé de preuve. Ajoutez-y cette ligne, et gardez-la : les jetons en dépendent.\n\n  proof_key: %s\n",
			"\nThe perimeter has no proof key. Add this line to it, and keep it: the tokens depend on it.\n\n  proof_key: %s\n"), key)
		p.ProofKey = key
	}
	first := true
	for _, each := range p.Publications() {
		if missing != nil && !missing[each.Item] {
			continue
		}
		if first {
			fmt.Fprintln(s.Out, say("\nÀ publier (l’un ou l’autre suffit) :", "\nTo publish (either is enough):"))
			first = false
		}
		fmt.Fprintf(s.Out, "\n%s\n", each.Item)
		if each.TXTName != "" {
			fmt.Fprintf(s.Out, "  DNS   %s. IN TXT \"%s\"\n", each.TXTName, each.TXTValue)
		}
		fmt.Fprintf(s.Out, say("  web   %s, qui contient : %s\n", "  web   %s, which holds: %s\n"), each.FileURL, each.TXTValue)
	}
	ranges := false
	for _, r := range p.Ranges {
		ranges = ranges || missing == nil || missing[r.String()]
	}
	if ranges {
		fmt.Fprintln(s.Out, say("\nUne plage d’adresses se prouve par un mandat signé : voir docs/formats/perimeter.md.", "\nA range of addresses is proven by a signed mandate: see docs/formats/perimeter.md."))
	}
	return nil
}
