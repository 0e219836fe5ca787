// Package oradad reads what ORADAD, the collector of the ANSSI, writes in clear text (outputFiles=1): a tree of tables, one file
// for each kind of object and naming context, as a folder or in a zip or tar archive.
//
//	summary, err := oradad.Read(p, builder, oradad.Options{Name: "collecte-oradad"})
//
// The encrypted archive that ORADAD writes by default (.mla) is for the ANSSI alone and cannot be read here.
//
// # The format
//
// Read from the source of ORADAD 3 (LDAP.cpp, Buffer.cpp, Filters.cpp, Sysvol.cpp, Util.cpp):
//
//	tables.tsv                       8-bit text: for each table its path, two names, the number of columns, then name and type of each
//	metadata.tsv                     key and value: version, level, sizes
//	domain/<dns>/<request>.tsv       user, computer, group, … ; also configuration/, schema/, domaindns/<dns>/, forestdns/
//	domain/<dns>/sysvol.tsv          files of SYSVOL with their permissions
//
// Tables are UTF-16 with a byte order mark, tabs between columns, without quotes, without a header unless asked for. The first
// column is the name of the object. Several values stand with semicolons between them, unescaped. A number that has a text
// form has two columns, the second with "_int" behind its name. Binary values and security descriptors are hexadecimal, SIDs and
// GUIDs text, truth values 1 and 0, dates "2006-01-02 15:04:05" in UTC, never "2999-12-12 23:59:59", and a zero date is empty.
//
// What follows from it: pwdLastSet is empty for an account that must change its password, and is read as 0; the tables name
// what was asked for, class by class, which is what [model.Partition] records; the table "top" holds every object, so that a
// class without a table of its own is known by it.
//
// # Not verified
//
// The form of the date in the name of the folder was not found: several are tried, and without one the day of the collection is
// not known. Semicolons inside a distinguished name are told from separators by what follows them, which an attacker who names
// objects may deceive. Tables of application partitions are read like any other. Deleted objects are left out.
//
// # Secrets
//
// Columns that hold passwords or keys (LAPS, root keys, recovery keys) are passed over, and a warning says that the collection
// has them.
package oradad
