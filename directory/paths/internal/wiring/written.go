package wiring

import (
	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
)

// Writer is a grant by a place in a list of rights: the unit that carries it, and the label of an edge out of the unit (MS-GPSB 2.2.6).
type Writer struct {
	Unit  int
	Label graph.Label
}

// Written makes the unit of a right that stands in a setting and not in a descriptor of the directory.
func (b *Builder) Written(trustee graph.Node, k control.Kind, text string, where model.ID) Writer {
	at, e, node := len(b.Record.Units), b.setting(text, where), b.Silent()
	b.Record.Units = append(b.Record.Units, Unit{Trustee: trustee, Entry: uint32(e), Origin: where, Objects: 1, Node: node})
	b.Out.Add(trustee, node, Label(k, at))
	b.Plain++
	return Writer{at, Label(k, e) | graph.Free}
}
