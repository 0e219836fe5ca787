package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/mod/sumdb/tlog"
)

// magic is the first line of an exported journal: the format and its version.
const magic = "hygie journal 1"

// The exported file begins with a fixed number of lines, so that a line of the
// journal is found by adding: line n of the journal is line n+headLines.
const (
	headLines = 11
	maxHead   = 8 << 10 // bytes of these lines together
)

// ErrDiffers tells that the lines given to [Export] are not those of the head:
// what is stored was changed behind the program.
var ErrDiffers = errors.New("the stored lines are not those that the head covers")

// Export writes a sealed journal: the format, the public key, the signed
// head and the lines it covers, given as canonical bytes in order.
//
// When the lines do not fit the head, the file is still written whole, since
// the verifier will show where, and the error is [ErrDiffers].
func Export(w io.Writer, head SignedHead, lines iter.Seq2[[]byte, error]) error {
	seal, err := head.MarshalText()
	if err != nil {
		return fmt.Errorf("export journal: %w", err)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	fmt.Fprintf(out, "%s\n%s\n", magic, seal) // a bufio.Writer keeps its first error for Flush
	var tree fold
	for line, err := range lines {
		if err != nil {
			return fmt.Errorf("export journal: read line %d: %w", tree.n+1, err)
		}
		tree.add(tlog.RecordHash(line))
		out.Write(line)
		if err := out.WriteByte('\n'); err != nil {
			return fmt.Errorf("export journal: write line %d: %w", tree.n, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export journal: %w", err)
	}
	if tree.n != head.Size || tree.root() != head.Root {
		return fmt.Errorf("export journal: %w", ErrDiffers)
	}
	return nil
}
