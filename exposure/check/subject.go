package check

import (
	"hygie/exposure/observe"
)

// ours is the source of a severity that no public document gives: our own judgement, and said to be.
var ours = Source{Document: "hygie"}

// endpointName is how an endpoint is written in findings: "192.0.2.1:443/tcp".
func endpointName(e observe.Endpoint) string { return e.Address.String() + "/" + e.Transport }

// viewAsset is what a person would call what one view shows: the name asked for, or the address.
func viewAsset(e observe.Endpoint, v observe.View) string {
	if v.Name != "" {
		return v.Name
	}
	return e.Address.Addr().String()
}
