package call

// Given is a value of a call that is known, or named as a field to be filled because it is not public, or absent. Nobody guesses it in between.
type Given[T any] struct {
	Value T
	Set   bool   // Value stands
	Field string // code of the [Field] that is to be filled, or from which the value came; empty when the call gives the value, or says nothing
}

// Known makes a value that stands.
func Known[T any](v T) Given[T] { return Given[T]{Value: v, Set: true} }

// ToFill makes a value that waits for a field.
func ToFill[T any](field string) Given[T] { return Given[T]{Field: field} }

// Get gives the value and whether it stands.
func (g Given[T]) Get() (T, bool) { return g.Value, g.Set }

// Absent tells whether the call says nothing at all about it.
func (g Given[T]) Absent() bool { return !g.Set && g.Field == "" }
