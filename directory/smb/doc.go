// Package smb reads a file share over SMB 2.1 to 3.1.1 (MS-SMB2), authenticated and signed, and can do nothing else.
//
//	c, err := smb.Connect(ctx, smb.Options{Server: "dc1.hopital.example", Logon: smb.Kerberos(options, realm)})
//	defer c.Close()
//	share, err := c.Share(ctx, "SYSVOL")
//	list, err := share.List(ctx, "hopital.example/Policies")
//	b, err := share.Read(ctx, "hopital.example/Policies/{…}/GPT.INI", 1<<20)
//	d, err := share.Descriptor(ctx, "hopital.example/Policies")
//
// # Read-only
//
// Nine commands exist in this package: negotiate, session setup, logoff, tree connect, create, close, read, query directory and query
// info. Create is only ever asked to open what exists (FILE_OPEN), with rights to read. There is no code that could write,
// rename, delete or change a setting, so no mistake of a caller and no answer of a server can make it happen.
//
// # Protection
//
// Sessions are opened with Kerberos or NTLMv2, never as guest or anonymous. Everything after is signed both ways; an answer without a valid
// signature ends the connection. Encryption (AES-128-GCM or CCM) is used when the server or the share demands it. SMB 1 is not
// spoken. In SMB 3.1.1 a third party that alters the negotiation is noticed; in 3.0 and before it could make the two sides choose
// an older dialect of those above, still signed.
//
// # Bounds
//
// The server is not trusted: lengths are checked before memory is taken, offsets before they are followed, messages are bounded to 1 MiB,
// folders to 100,000 names, silences are limited. Names that would lead out of their folder are dropped. Referrals to other
// servers (DFS) are not followed.
package smb
