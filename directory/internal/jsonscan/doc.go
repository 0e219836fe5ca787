// Package jsonscan reads large JSON files (RFC 8259) value by value, without building them in memory and mostly without allocation:
// what it gives refers to a window that moves along the file.
//
//	stream := jsonscan.NewStream(file, limit, element)
//	err := stream.Try(func(s *jsonscan.Scanner) {
//		for first := s.Take('['); s.Next(&first, ']'); {
//			… s.Scalar() …
//		}
//	})
//
// A function given to Try runs again from its start, on a longer window, when the value goes on after the end of the window: it must
// have no effect before that. The error of a stream gives the byte of the file.
package jsonscan
