package referential

import (
	"slices"
	"strings"
)

// noCircle refuses questions whose proposals rest on each other's answers in a circle: what a person took over would bear itself out for ever.
func (r *reader) noCircle(p *Package) {
	rests := restsOn(p)
	done := map[string]bool{}
	for _, q := range p.Questions() {
		if circle := circleFrom(q.Code, rests, nil, done); circle != nil {
			r.add(r.asked[circle[0]], "question %s: its proposals turn in a circle: %s", circle[0], strings.Join(circle, ", "))
		}
	}
}

// restsOn gives, for each question, those of the package whose answers its proposals look at.
func restsOn(p *Package) map[string][]string {
	all := map[string][]string{}
	questions := p.Questions()
	for _, q := range questions {
		if len(q.Propose) == 0 {
			continue
		}
		uses := newUses()
		for _, one := range q.Propose {
			if one.Rule != nil {
				one.Rule.uses(&uses)
			}
		}
		for _, other := range questions {
			if uses.Fact(AnswerKey(p.ID, other.Code)) {
				all[q.Code] = append(all[q.Code], other.Code)
			}
		}
	}
	return all
}

// circleFrom follows what a question rests on until it meets itself: the way round, which begins and ends with the same question. A question that was
// followed before is not followed again.
func circleFrom(code string, rests map[string][]string, way []string, done map[string]bool) []string {
	if at := slices.Index(way, code); at >= 0 {
		return append(slices.Clone(way[at:]), code)
	}
	if done[code] {
		return nil
	}
	way = append(way, code)
	for _, next := range rests[code] {
		if circle := circleFrom(next, rests, way, done); circle != nil {
			done[code] = true
			return circle
		}
	}
	done[code] = true
	return nil
}
