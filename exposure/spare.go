package exposure

// What the collector may let an audit of usual size grow to, and for each address and name beyond that.
const (
	usualItems  = 400
	usualMemory = 24 << 20
	itemMemory  = 32 << 10
)

// Spare gives what a program that only audits may take while it audits that many addresses and names: the soft limit, in bytes, on what the runtime holds, and
// the setting of its collector, in percent as GOGC has it. A usual audit waits most of its time, so that memory is dearer to it than the processor; with many
// servers it is the other way round (docs/decisions/020-memory-of-an-exposure-audit.md).
func Spare(items int) (limit int64, collecting int) {
	if items <= usualItems {
		return usualMemory, 50
	}
	return usualMemory + itemMemory*int64(items-usualItems), 200
}
