package pingcastle

// Conclusion is a row of the table, for its test.
type Conclusion struct {
	Point  string
	Levels []int
}

// Rules gives the table.
func Rules() map[string][]Conclusion {
	out := make(map[string][]Conclusion)
	table, err := rules()
	if err != nil {
		panic(err)
	}
	for id, list := range table {
		for _, r := range list {
			out[id] = append(out[id], Conclusion{r.point, r.levels})
		}
	}
	return out
}
