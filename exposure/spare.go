package exposure

// What the collector may let an audit of usual size grow to, and for each address and name beyond that.
const (
	usualItems  = 400
	usualMemory = 24 << 20
	itemMemory  = 32 << 10
)

// Collecting is the setting of the runtime's collector, in percent as GOGC has it, of a program that only audits: below the limit of [Spare] it comes
// seldom, and at the limit as often as it must (docs/decisions/020-memory-of-an-exposure-audit.md).
const Collecting = 200

// Spare is the soft limit, in bytes, on what the runtime holds while it audits that many addresses and names.
func Spare(items int) int64 { return usualMemory + itemMemory*int64(max(0, items-usualItems)) }
