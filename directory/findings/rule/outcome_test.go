package rule

import (
	"fmt"
	"testing"
)

// Objects are bounded and counted, and the same ones are listed whatever the order in which they were met.
func TestManyObjects(t *testing.T) {
	o := &Outcome{Context: &Context{}}
	for i := range 5000 {
		o.FoundName(fmt.Sprintf("objet %04d", (i*7919)%5000), Because("file_unread"))
	}
	v := o.end()
	if v.Total != 5000 || len(v.Objects) != MaxObjects || v.Objects[0].DN != "objet 0000" || v.Objects[MaxObjects-1].DN != "objet 0999" {
		t.Errorf("%d objects of %d, from %s to %s", len(v.Objects), v.Total, v.Objects[0].DN, v.Objects[len(v.Objects)-1].DN)
	}
}
