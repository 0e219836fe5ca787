package certificates

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/pki"
	"hygie/directory/sid"
)

// ESC3: the certificate makes its holder an enrolment agent, who asks for certificates in the name of others (SpecterOps, Certified Pre-Owned
// (2021)). Where every authority names its agents, it does so only for those.
func ESC3(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	for i := range p.templates {
		t := &p.templates[i]
		if t.NamesAgent() && t.meets(condition{}) {
			foundTemplate(o, t, "template_enrols", slices.DeleteFunc(slices.Clone(t.enrollers), func(e enroller) bool { return !p.agent(o, e.who) }))
		}
	}
}

// agent tells whether an authority takes somebody, or some of a group, for an enrolment agent.
func (p *infrastructure) agent(o *rule.Outcome, who sid.SID) bool {
	return slices.ContainsFunc(p.authorities, func(a *authority) bool {
		if !a.believed {
			return false
		}
		if !a.Restricted() {
			return true
		}
		return slices.ContainsFunc(p.templates, func(t template) bool {
			return slices.Contains(t.by, a) && t.ForOthers() && slices.ContainsFunc(a.Agents(o.Dir.GUID(t.ID), o.Holds), func(r pki.AgentRule) bool {
				return o.Holds(who, r.Agent) || o.Holds(r.Agent, who) || share(o, who, r.Agent)
			})
		})
	})
}
