// Package perimeter says what an establishment owns on the internet, how it proved it, and therefore what an audit may touch.
package perimeter

// Perimeter is what an establishment declares it owns.
type Perimeter struct{}
