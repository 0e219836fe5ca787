package exposure

import (
	"context"

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
	for _, s := range paper.Signatures {
		list = append(list, signedLine{signatureTag(ctx, s), signatureText(ctx, s)})
	}
	if len(list) == 0 {
		list = append(list, signedLine{ui.Tag{Text: locale.T(ctx, "exposure.signed_none"), Tone: ui.Plain, Open: true}, locale.T(ctx, "exposure.signed_none_text")})
	}
	return list
}

// signatureTag is the verdict. Only a signer whom an authority of the installation answers for is good: of any other the name is a claim.
func signatureTag(ctx context.Context, s signature.Signature) ui.Tag {
	tag := func(key string, tone ui.Tone) ui.Tag {
		return ui.Tag{Text: locale.T(ctx, key), Tone: tone, Open: tone == ui.Plain}
	}
	switch {
	case s.Fault == signature.Altered || s.Fault == signature.Wrong || s.Fault == signature.Gap:
		return tag("exposure.signed_broken", ui.Bad)
	case s.Fault == signature.Timestamped:
		return tag("exposure.signed_timestamp", ui.Plain)
	case !s.Sound():
		return tag("exposure.signed_unclear", ui.Warn)
	case !s.Whole:
		return tag("exposure.signed_added", ui.Warn)
	case s.Trust == signature.Trusted:
		return tag("exposure.signed_sound", ui.Good)
	case s.Trust == signature.Stranger:
		return tag("exposure.signed_stranger", ui.Warn)
	default:
		return tag("exposure.signed_sound", ui.Plain)
	}
}

// signatureText says who, when, and what does not hold or is not known.
func signatureText(ctx context.Context, s signature.Signature) string {
	text := ""
	if s.Signer != "" {
		who := s.Signer
		if s.Company != "" && s.Company != s.Signer {
			who += ", " + s.Company
		}
		text = locale.T(ctx, "exposure.signed_by", "who", who, "issuer", s.Issuer) + " "
		if !s.At.IsZero() {
			text += locale.T(ctx, "exposure.signed_at", "date", locale.From(ctx).DateTime(s.At)) + " "
		}
	}
	if s.Fault != "" {
		return text + locale.T(ctx, "exposure.signed_fault_"+string(s.Fault))
	}
	if !s.Whole {
		text += locale.T(ctx, "exposure.signed_beyond", "count", s.Beyond) + " "
	}
	return text + locale.T(ctx, "exposure.signed_trust_"+string(s.Trust))
}
