package ui

import (
	"context"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/locale"
)

// remark writes what is wrong with a field in the reader's language.
func remark(ctx context.Context, f fault.Field) string {
	return locale.T(ctx, f.Key, f.Args...)
}

// fieldID makes an element's id from a field's name, which may hold dots and brackets: "answers[3].text".
func fieldID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, name)
}
