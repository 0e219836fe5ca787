package overview

import (
	"context"
	"slices"
	"strings"

	"hygie/referential"
)

// memberReason begins the codes of what a rule says of one member of a group.
const memberReason = "coverage.member."

// gathered says once what holds for several members of a group in the same words, in the place of the first of them: seven times the same sentence hides the
// eighth.
func gathered(ctx context.Context, reasons []referential.Reason) []referential.Reason {
	var out []referential.Reason
	place := map[string]int{}
	for _, r := range reasons {
		if !strings.HasPrefix(r.Code, memberReason) || len(r.Params) != 1 {
			out = append(out, r)
			continue
		}
		said := r.Code + "\n" + told(ctx, r.Children)
		i, again := place[said]
		if !again {
			place[said] = len(out)
			r.Params = slices.Clone(r.Params)
			out = append(out, r)
			continue
		}
		members := &out[i].Params[0]
		members.Value = referential.Words(members.Value.Text + ", " + r.Params[0].Value.Text)
	}
	return out
}

// told is everything that some reasons say.
func told(ctx context.Context, reasons []referential.Reason) string {
	var b strings.Builder
	for _, r := range reasons {
		b.WriteString(string(r.Status) + " " + r.Text(lang(ctx), zone(ctx)) + "\n")
		b.WriteString("(" + told(ctx, r.Children) + ")")
	}
	return b.String()
}
