package pdf

import (
	"fmt"
	"strings"
)

// A node is an element of the structure tree: what a piece of the document is, for whoever does not see the page (ISO 32000-1, 14.7).
type node struct {
	kind   string // standard structure type: H1, P, TH…
	attr   string // attributes, as a PDF dictionary
	alt    string
	parent *node
	kids   []kid
	id     int // object number, given when written
}

// A kid is a node below, a piece of a page's content, or the annotation of a link.
type kid struct {
	node *node
	page *page
	mark int   // number of the piece in its page
	link *link // the annotation
}

func (n *node) add(kind string) *node {
	child := &node{kind: kind, parent: n}
	n.kids = append(n.kids, kid{node: child})
	return child
}

// number gives object numbers to the tree, parents first.
func (n *node) number(f *file) {
	n.id = f.reserve()
	for _, k := range n.kids {
		if k.node != nil {
			k.node.number(f)
		}
	}
}

func (n *node) write(f *file, parent int) {
	var kids strings.Builder
	for _, k := range n.kids {
		switch {
		case k.node != nil:
			fmt.Fprintf(&kids, "%d 0 R ", k.node.id)
		case k.link != nil:
			fmt.Fprintf(&kids, "<</Type /OBJR /Pg %d 0 R /Obj %d 0 R>> ", k.page.id, k.link.id)
		default:
			fmt.Fprintf(&kids, "<</Type /MCR /Pg %d 0 R /MCID %d>> ", k.page.id, k.mark)
		}
	}
	entries := fmt.Sprintf("<</Type /StructElem /S /%s /P %d 0 R /K [%s]", n.kind, parent, strings.TrimSuffix(kids.String(), " "))
	if n.attr != "" {
		entries += " /A " + n.attr
	}
	if n.alt != "" {
		entries += " /Alt " + text(n.alt)
	}
	f.object(n.id, entries+">>")
	for _, k := range n.kids {
		if k.node != nil {
			k.node.write(f, n.id)
		}
	}
}
