package exercise

import _ "embed"

// ScriptName is the file that the page of an observer loads; the program adds it to its assets.
const ScriptName = "observer.js"

// Script keeps the grid of an observer in the browser until the server has taken it.
//
//go:embed observer.js
var Script []byte
