// Package sharphound reads the files of SharpHound and of the other collectors of BloodHound Community Edition: JSON of
// versions 5 and 6, one file for each kind of object, alone or in a zip archive.
//
//	r := sharphound.NewReader(builder, sharphound.Options{})
//	err := r.Zip("20260301_BloodHound.zip", file, size)   // or r.JSON(name, file), several times
//	err = r.Close()
//
// The files refer to one another by identifier (the members of a group, the policies linked to a unit), so that everything
// that belongs together goes through one reader; Close resolves what is left. The files may come in any order.
//
// # What becomes of it
//
// Properties become the LDAP attributes that rules read, in the form LDAP gives them: the truth values of an account become
// userAccountControl, Unix seconds become file times, the text of a functional level its number. The package comment of model
// tells how absent and unread differ; here every file says it for the classes it holds: a property that no user of the file has
// was not collected for users. Three things are given in part only:
//
//   - flags: collectors before SharpHound 2.5 give some truth values and not userAccountControl: see AccountFlags;
//   - delegation: msDS-AllowedToDelegateTo is given for accounts with protocol transition only;
//   - rights: the list of rights becomes a security descriptor that says of itself that it is partial
//     (see secdesc.Descriptor.Partial). Denials, the rights that the collector does not name, and an owner that it filters
//     out (the system itself) are not in it. A right that is listed can fail a point; no point passes on such a descriptor.
//
// Only the classes of the files are covered (see model.Directory.Covers): what SharpHound does not look at, from the objects of
// CN=System to DNS zones, is not taken for absent.
//
// # Reading
//
// The reader streams: it keeps one object of a file in memory, plus what waits for an identifier. It is written for this shape and
// reads about ten times as fast as encoding/json; lists of rights that were met before are recognised without being parsed
// again. A byte order mark, keys in any order, "meta" before or after "data", unknown keys, null, numbers written as strings and
// objects met twice are accepted. A value of the wrong type is left out, and an object that cannot be parsed ends the file:
// what precedes is kept, the source is marked partial and a warning gives file and byte.
//
// Passwords that collectors may give (userpassword, unixpassword, sfupassword, unicodepassword) are never kept.
package sharphound
