package exhibit

import _ "embed"

// Names of the files that pages load; the program adds them to its assets.
const (
	DigestName = "digest.js"
	WorkerName = "sha256.js"
)

// Digest hands a file to [Worker] and writes its hash into the form.
//
//go:embed digest.js
var Digest []byte

// Worker computes a SHA-256 in the background.
//
//go:embed sha256.js
var Worker []byte
