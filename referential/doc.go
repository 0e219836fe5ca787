// Package referential judges a structure against a referential: requirements, with rules over facts, kept as data.
package referential
