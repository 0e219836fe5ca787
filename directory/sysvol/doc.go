// Package sysvol reads the folder that domain controllers share as SYSVOL: the files of group policies and logon scripts.
//
//	tree, err := sysvol.OpenFolder("/mnt/sysvol")
//	shares, err := sysvol.Read(ctx, tree, sysvol.Options{Source: "/mnt/sysvol"})
//	for _, p := range shares[0].Policies { … p.GUID, p.Rights, p.Secrets … }
//
// A [Tree] is anything that lists folders and reads files: a copy on disk ([OpenFolder]), a mount, or the share itself read over
// the network. Only a live share gives the owner and the permissions of files; a copy has those of the copy, which mean
// nothing, so that [Share.Permissions] is then false.
//
// # What is read
//
// GPT.INI (MS-GPOL 2.2.4), Registry.pol (MS-GPREG 2.2.1), GptTmpl.inf (MS-GPSB 2.2), scripts.ini and psscripts.ini
// (MS-GPSCR 2.2.2), and the preference files that may hold a password or a group (MS-GPPREF 2.2). Names compare without case,
// as Windows does. A file that cannot be read is a [Fault] with its place; the others are read all the same.
//
// # Secrets
//
// Preference files may hold a cpassword: a password under a key that the world knows (MS-GPPREF 2.2.1.1.4). This package says
// that there is one, where, and for which account. It does not decrypt it, return it, or keep it. For the same reason the text of
// registry values and the parameters of scripts are not kept: only numbers and names are.
//
// # Bounds
//
// Every file is hostile input: sizes, counts and depths are bounded by [Options], and a reader stops with the offset of what it
// could not read.
package sysvol
