package logbook

import _ "embed"

// Names of the files that pages load; the program adds them to its assets.
const (
	ScriptName = "logbook.js"
	StyleName  = "logbook.css"
)

// Script keeps lines in the browser while the server cannot be reached.
//
//go:embed logbook.js
var Script []byte

// Style is how lines look.
//
//go:embed logbook.css
var Style []byte

// worker shows the offline page when there is no network; it keeps no page with content.
//
//go:embed worker.js
var worker []byte
