// Command bench measures the program as a user meets it and prints one table: each measure now, as it was last recorded, and their ratio. It is
// what "make bench" runs; docs/benchmarks.md explains the measures.
//
//	go run ./e2e/bench                 measure and compare
//	go run ./e2e/bench -record         and keep the measures in docs/benchmarks.json
//	go run ./e2e/bench -only process   only what runs the whole program (code: only the benchmarks of packages)
//	go run ./e2e/bench -only process -large 1000000   with a larger domain than 100,000 objects, which takes minutes
//
// Nothing here decides whether anything passes: times depend on the machine, and the table says on which one the record was made.
package main
