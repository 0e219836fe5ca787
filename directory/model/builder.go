package model

import "hygie/directory/model/internal/build"

// Builder accumulates entries from one or several sources and partitions (MS-ADTS 3.1.1.1). It is used by one goroutine, then frozen.
type Builder struct{ build.Builder }

// NewBuilder gives an empty builder (MS-ADTS 3.1.1.1).
func NewBuilder() *Builder { return &Builder{*build.New()} }

// Freeze gives the directory and ends the builder, whose memory it takes over.
func (b *Builder) Freeze() (*Directory, error) {
	read, err := b.Builder.Freeze()
	if err != nil {
		return nil, err
	}
	d := &Directory{s: *read}
	d.fillColumns()
	d.indexSIDs()
	d.findDomains()
	d.linkMembers()
	d.noteSeen()
	d.s.Stats.UnresolvedMembers = d.countUnresolved()
	return d, nil
}
