package audit

import (
	"context"
	"fmt"
	"html"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"hygie/directory/pathview"
	"hygie/directory/report"
	"hygie/directory/report/drawing"
	"hygie/internal/locale"
)

// picture draws ways; every box leads to the page of a way. The table of the page says the same.
func (m *Module) picture(ways []numberedWay, run Run) templ.Component {
	list := make([]report.Path, len(ways))
	for i, w := range ways {
		list[i] = w.Path
	}
	drawn := drawing.Ways(list, func(i int) string { return runHref(run) + "/paths/" + strconv.Itoa(ways[i-1].Number) })
	for i := range drawn {
		drawn[i].Number = ways[i].Number
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := pathview.Draw(drawn).Write(w, pathview.Options{Language: string(locale.From(ctx).Lang())}); err != nil || m.service.drawingScript == "" {
			return err
		}
		_, err := fmt.Fprintf(w, `<script src="%s" defer></script>`, html.EscapeString(m.service.drawingScript))
		return err
	})
}
