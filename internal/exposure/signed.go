package exposure

import (
	"context"
	"slices"
	"strings"

	"hygie/exposure/perimeter"
	"hygie/exposure/report"
	"hygie/exposure/signature"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// signedLine is one thing that a mandate's paper tells of its signatures.
type signedLine struct {
	Tag  ui.Tag
	Text string
}

// signatureLines says what was found when the paper was deposited; nothing for a mandate from before anybody looked.
func signatureLines(ctx context.Context, paper *signature.Paper) (list []signedLine) {
	if paper == nil {
		return nil
	}
	l := locale.From(ctx)
	for i, words := range report.Signed(string(l.Lang()), *paper, l.DateTime) {
		tone := ui.Plain
		if i < len(paper.Signatures) {
			tone = signatureTone(paper.Signatures[i])
		}
		list = append(list, signedLine{ui.Tag{Text: words.Verdict, Tone: tone, Open: tone == ui.Plain}, words.Text})
	}
	return list
}

// mandateTerms says within which hours, from where and with whom an audit under a mandate goes; nothing for what the mandate leaves open.
func mandateTerms(ctx context.Context, m perimeter.Mandate) (list []string) {
	for key, value := range map[string]string{"exposure.mandate_in_hours": strings.ReplaceAll(hoursText(locale.From(ctx).Lang(), m.Hours), "\n", ", "), "exposure.mandate_from_sources": strings.Join(m.Sources, ", "), "exposure.mandate_with": m.Contact} {
		if value != "" {
			list = append(list, locale.T(ctx, key, "what", value))
		}
	}
	slices.Sort(list)
	return list
}

// signatureTone is the weight of the verdict. Only a signer whom an authority of the installation answers for is good: of any other the name is a claim.
func signatureTone(s signature.Signature) ui.Tone {
	switch {
	case s.Fault == signature.Altered || s.Fault == signature.Wrong || s.Fault == signature.Gap:
		return ui.Bad
	case s.Fault == signature.Timestamped:
		return ui.Plain
	case !s.Sound(), !s.Whole, s.Trust == signature.Stranger:
		return ui.Warn
	case s.Trust == signature.Trusted:
		return ui.Good
	}
	return ui.Plain
}
