package trail

import (
	"encoding/json"
	"fmt"
)

// Data writes the details of an entry: texts, numbers, booleans, and lists of them. It panics on values that JSON has no
// form for, which is a mistake of the program.
func Data(details map[string]any) json.RawMessage {
	text, err := json.Marshal(details)
	if err != nil {
		panic(fmt.Sprintf("trail: details %v: %v", details, err))
	}
	return text
}
