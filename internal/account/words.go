package account

import (
	"context"
	"fmt"
	"net/url"
	"time"
	"unicode"
	"unicode/utf8"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/signin"
	"hygie/internal/web/ui"
)

// passkeyDialog is a form that opens the browser's passkey dialog.
type passkeyDialog struct {
	kind          string // "create" or "get"
	begin, finish string // addresses
	submit        string // text of the button
}

// drawing is a seed with its QR code.
type drawing struct {
	signin.Seed
	path string
	size int
}

func draw(seed signin.Seed) (drawing, error) {
	path, size, err := seed.QR()
	return drawing{Seed: seed, path: path, size: size}, err
}

func (d drawing) viewBox() string { return fmt.Sprintf("0 0 %d %d", d.size, d.size) }

const minPassword = signin.MinPassword

// mainUnless makes a button the page's first one, unless another is.
func mainUnless(another bool) ui.ButtonKind {
	if another {
		return ui.Secondary
	}
	return ui.Primary
}

func signInHref(back string) string { return SignInPath + "?" + url.Values{"back": {back}}.Encode() }

// placeName is the name of a structure, or of the whole installation.
func placeName(ctx context.Context, name string) string {
	if name == "" {
		return locale.T(ctx, "account.whole_installation")
	}
	return name
}

// sentence says what the invitation is for.
func sentence(ctx context.Context, e entrance) string {
	switch {
	case e.Purpose == people.First:
		return locale.T(ctx, "account.invited_first")
	case e.Purpose == people.Recover:
		return locale.T(ctx, "account.invited_recover", "name", e.Name, "by", e.InvitedByName)
	}
	return locale.T(ctx, "account.invited_join", "by", e.InvitedByName)
}

func invitationTerms(ctx context.Context, e entrance) []ui.Term {
	terms := []ui.Term{
		{Name: locale.T(ctx, "account.role"), Value: ui.Text(locale.T(ctx, e.Role.MessageKey()))},
		{Name: locale.T(ctx, "account.structure"), Value: ui.Text(placeName(ctx, e.StructureName))},
	}
	if !e.Until.IsZero() {
		terms = append(terms, ui.Term{Name: locale.T(ctx, "account.until"), Value: ui.Text(locale.From(ctx).Date(lastDay(e.Until)))})
	}
	if e.Reason != "" {
		terms = append(terms, ui.Term{Name: locale.T(ctx, "account.reason"), Value: ui.Text(e.Reason)})
	}
	return append(terms, ui.Term{Name: locale.T(ctx, "account.link_until"), Value: ui.Text(locale.From(ctx).DateTime(e.Expires))})
}

// untilText is the end of a role as a list shows it.
func untilText(ctx context.Context, until time.Time) string {
	if until.IsZero() {
		return locale.T(ctx, "account.no_end")
	}
	return locale.T(ctx, "account.until_day", "day", lastDay(until))
}

// lastDay is the day on which a role is still held: its end is the first moment after.
func lastDay(until time.Time) time.Time { return until.Add(-time.Millisecond) }

func ofRole(links []signin.DemoLink, role right.Role) []signin.DemoLink {
	var held []signin.DemoLink
	for _, link := range links {
		if link.Role == role {
			held = append(held, link)
		}
	}
	return held
}

// upperFirst begins a line with a capital.
func upperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}
