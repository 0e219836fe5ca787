package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// ButtonKind is how much a button calls for the hand. A page has one primary button at most.
type ButtonKind string

// The kinds of button. Quiet looks like a link.
const (
	Secondary ButtonKind = ""
	Primary   ButtonKind = "primary"
	Danger    ButtonKind = "danger"
	Quiet     ButtonKind = "quiet"
)

// Button acts (a button of a form) or leads somewhere (a link, when Href is given).
type Button struct {
	Text       string
	Kind       ButtonKind
	Icon       string
	Href       string
	Name       string // of the value sent with the form
	Value      string
	Small      bool
	Disabled   bool   // say why beside it
	Form       string // id of the form, when the button stands outside
	Dialog     string // id of the Dialog that a script opens instead of following Href
	Attributes templ.Attributes
}

// Render writes the button.
func (b Button) Render(ctx context.Context, w io.Writer) error { return button(b).Render(ctx, w) }

func (b Button) class() string {
	if b.Kind == Quiet {
		return "quiet"
	}
	class := "button"
	if b.Kind != Secondary {
		class += " button-" + string(b.Kind)
	}
	if b.Small {
		class += " button-small"
	}
	return class
}

func (b Button) attributes() templ.Attributes {
	a := templ.Attributes{}
	if b.Dialog != "" {
		a["data-dialog"] = b.Dialog
	}
	if b.Href == "" {
		for name, value := range map[string]string{"name": b.Name, "value": b.Value, "form": b.Form} {
			if value != "" {
				a[name] = value
			}
		}
		if b.Disabled {
			a["disabled"] = true
		}
	}
	for name, value := range b.Attributes {
		a[name] = value
	}
	return a
}
