package call_test

import (
	"fmt"
	"os"
	"time"

	"hygie/referential"
	"hygie/referential/call"
)

func Example() {
	data, err := os.ReadFile("testdata/invented.yaml")
	if err != nil {
		panic(err)
	}
	c, err := call.Read("invented.yaml", data)
	if err != nil {
		panic(err)
	}
	size, _ := call.ParseRatio("40.5")
	clinic := call.Facts{Structure: "c", Category: "clinic", Region: "84",
		Sizes: map[string]call.Size{"headcount": {Value: size, Year: 2025}}, Answers: map[string]string{"bonus": "2500"}}
	fmt.Println(c.Eligible(clinic).Text(referential.English, nil))
	fmt.Println(c.Timely(call.Candidature, "clinic", time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)).Text(referential.English, nil))
	ceiling := c.Ceiling(clinic)
	fmt.Println(ceiling.Why.Text(referential.English, nil))
	for _, line := range ceiling.Why.Children[0].Children {
		fmt.Println("-", line.Text(referential.English, nil))
	}
	// Output:
	// You may apply to “Invented call”.
	// Open: clinics, since 1 April 2026 at 09:00, until 25 October 2026 at 02:30.
	// You can receive at most €3,006.25.
	// - The headcount: 40.5 people (year 2025).
	// - Line of the scale: clinic.
	// - Flat sum: €2,500.
	// - €12.5 × 40.5: €506.25.
}
