package structure

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/secdesc"
)

// SchemaDefaults finds the classes whose new objects give control to somebody who is not privileged (MS-ADTS 3.1.1.2.4.8:
// defaultSecurityDescriptor). Only rights that give control at once are told: Windows itself lets Authenticated Users create
// records in a new DNS zone, and everybody ask to change a password.
func SchemaDefaults(o *rule.Outcome) {
	root, ok := rule.SchemaRoot(o)
	if !ok {
		return
	}
	for id := range o.Dir.Subtree(root) {
		if o.Dir.Class(id) != "classSchema" {
			continue
		}
		if !o.Dir.Collected(id, "defaultSecurityDescriptor") {
			o.Missing("classSchema:defaultSecurityDescriptor")
			return
		}
		text, ok := o.Dir.Text(id, "defaultSecurityDescriptor")
		if !ok {
			continue
		}
		raw, err := secdesc.ParseSDDL(text, o.Domain().SID)
		if err != nil {
			o.Missing("defaultSecurityDescriptor of " + o.Dir.DN(id))
			continue
		}
		d, err := secdesc.Parse(raw)
		if err != nil || d.DACL() != secdesc.ListDACL {
			continue // no list: objects take that of their container
		}
		for _, g := range access.Evaluate(&d, access.Class(rule.ClassName(o, id)), access.Rights(access.Account), o.View) {
			switch g.Right.Code {
			case access.CodeFullControl, "write_dacl", "write_owner", "write_all_properties":
				o.Found(id, o.RightReason(g))
			}
		}
	}
}

// classes holds the inheritance of the classes of a schema, by name in lower case.
type classes struct {
	id        map[string]model.ID
	above     map[string][]string // superclass and auxiliary classes
	superiors map[string][]string // where its objects may be created, as the class itself says
}

func readClasses(o *rule.Outcome, root model.ID) (classes, bool) {
	c := classes{make(map[string]model.ID), make(map[string][]string), make(map[string][]string)}
	for id := range o.Dir.Subtree(root) {
		if o.Dir.Class(id) != "classSchema" {
			continue
		}
		for _, attribute := range []string{"lDAPDisplayName", "subClassOf", "possSuperiors", "systemPossSuperiors", "auxiliaryClass", "systemAuxiliaryClass"} {
			if !o.Dir.Collected(id, attribute) {
				o.Missing("classSchema:" + attribute)
				return c, false
			}
		}
		name := strings.ToLower(rule.ClassName(o, id))
		c.id[name] = id
		for _, attribute := range []string{"subClassOf", "auxiliaryClass", "systemAuxiliaryClass"} {
			for _, up := range o.Dir.Texts(id, attribute) {
				c.above[name] = append(c.above[name], strings.ToLower(up))
			}
		}
		for _, attribute := range []string{"possSuperiors", "systemPossSuperiors"} {
			for _, up := range o.Dir.Texts(id, attribute) {
				c.superiors[name] = append(c.superiors[name], strings.ToLower(up))
			}
		}
	}
	return c, true
}

// lineage gives a class and the classes that it inherits from.
func (c classes) lineage(name string) map[string]bool {
	out := map[string]bool{}
	for queue := []string{name}; len(queue) > 0; {
		at := queue[0]
		queue = queue[1:]
		if !out[at] {
			out[at] = true
			queue = append(queue, c.above[at]...)
		}
	}
	return out
}

// below tells whether objects of a class may be created below objects of another (MS-ADTS 3.1.1.5.2.2): the possible superiors
// of a class and of what it inherits from name the other class, or one that it inherits from.
func (c classes) below(child, parent map[string]bool) bool {
	for name := range child {
		for _, up := range c.superiors[name] {
			if parent[up] {
				return true
			}
		}
	}
	return false
}

// SchemaSuperiors finds the classes that may be created below a user or a computer and may hold users, computers or groups: whoever
// controls one account could then create others below it, with the rights of their creator (CVE-2021-34470) (ANSSI, warning_schema_posssuperiors).
func SchemaSuperiors(o *rule.Outcome) {
	root, ok := rule.SchemaRoot(o)
	if !ok {
		return
	}
	c, ok := readClasses(o, root)
	if !ok {
		return
	}
	user, computer, group := c.lineage("user"), c.lineage("computer"), c.lineage("group")
	for id := range o.Dir.Subtree(root) {
		if o.Dir.Class(id) != "classSchema" {
			continue
		}
		own := c.lineage(strings.ToLower(rule.ClassName(o, id)))
		holder := ""
		switch {
		case c.below(own, computer):
			holder = "computer"
		case c.below(own, user):
			holder = "user"
		}
		if holder != "" && !own["user"] && !own["group"] && (c.below(user, own) || c.below(computer, own) || c.below(group, own)) {
			o.Found(id, rule.Because("schema_superior", "class", rule.ClassName(o, id), "holder", holder))
		}
	}
}
