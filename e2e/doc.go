// Package e2e proves the platform from outside: it composes the same installation as the command does, on real files and a real
// database, and drives it as people do, in Chromium, over HTTP and on the command line. It holds tests only.
//
//	journeys      a named role does a whole job (officer, first administrator, collection from a real domain controller)
//	pages         every page of every role: reachable, accessible, narrow, light in weight, quiet
//	rights        every route × role × structure, compared with the table of rights
//	bad days      damaged files, a full disk, a lost database, a killed process: clear words, nothing lost, nothing half-written
//	scripts       the command line, from testdata/scripts
//	bench         whole-process measures for make bench
//
// Tests that need Chromium, PostgreSQL, Samba or root are skipped where these are missing, and say so. HYGIE_SCREENSHOTS names a
// folder in which screenshots are kept to look at.
package e2e
