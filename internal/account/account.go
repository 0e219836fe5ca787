// Package account is what people see of sign-in and of rights: the sign-in page, the page of an invitation, one's own account, and the
// people of a structure with what they may do and why.
//
// The rules are in packages people, signin and right; this one decodes forms and shows pages. Everything works without a script but
// passkeys, whose dialog only a script can open; their forms stay hidden without one, and the page offers the password with a code.
//
// No page of this package tells a visitor whether an address has an account. The page of an invitation does tell the holder of its link,
// and the page of a delegation tells a signed-in person who may delegate, because one delegates to somebody who is there.
package account

import (
	"errors"
	"net"
	"net/http"

	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/signin"
	"hygie/internal/web"
	"hygie/internal/web/asset"
)

// Paths of pages that the frame links to.
const (
	SignInPath  = "/sign-in"
	SignOutPath = "/sign-out"
	Path        = "/account"
)

// Options are what a [Module] needs; all but Address are required.
type Options struct {
	People *people.Service
	SignIn *signin.Service
	Assets *asset.Set
	Cookie signin.Cookie
	Origin string // where people reach the platform, for links to copy: "https://hygie.example.org"
	// Address tells the network address of a request, behind a proxy for example; nil for the address of the connection.
	Address func(*http.Request) string
}

// Module serves the pages.
type Module struct {
	people  *people.Service
	signin  *signin.Service
	cookie  signin.Cookie
	script  string
	origin  string
	address func(*http.Request) string
}

// New makes the module.
func New(o Options) (*Module, error) {
	if o.People == nil || o.SignIn == nil || o.Assets == nil {
		return nil, errors.New("account: people, sign-in and assets are needed")
	}
	m := &Module{people: o.People, signin: o.SignIn, cookie: o.Cookie, script: o.Assets.URL(asset.Passkey), origin: o.Origin, address: o.Address}
	if m.address == nil {
		m.address = remote
	}
	return m, nil
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Routes declares the pages and the navigation.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET /sign-in", web.Public, m.signInPage)
	rt.Page("POST /sign-in", web.Public, m.signInWithCode)
	rt.Page("POST /sign-in/passkey/begin", web.Public, m.beginPasskey)
	rt.Page("POST /sign-in/passkey/finish", web.Public, m.finishPasskey)
	rt.Page("POST /sign-out", web.Public, m.signOut)

	rt.Page("GET /invitation/{secret}", web.Public, m.invitationPage)
	rt.Page("POST /invitation/{secret}", web.Public, m.acceptSignedIn)
	rt.Page("GET /invitation/{secret}/code", web.Public, m.codePage)
	rt.Page("POST /invitation/{secret}/code", web.Public, m.acceptWithCode)
	rt.Page("POST /invitation/{secret}/passkey/begin", web.Public, m.beginAccept)
	rt.Page("POST /invitation/{secret}/passkey/finish", web.Public, m.finishAccept)

	rt.Page("GET /account", web.SignedIn, m.ownPage)
	rt.Page("POST /account/name", web.SignedIn, m.rename)
	rt.Page("POST /account/language", web.SignedIn, m.language)
	rt.Page("POST /account/sessions/end", web.SignedIn, m.endSession)
	rt.Page("POST /account/sessions/end-others", web.SignedIn, m.endOthers)
	rt.Page("GET /account/code", web.SignedIn, m.ownCodePage)
	rt.Page("POST /account/code", web.SignedIn, m.setCode)
	rt.Page("POST /account/code/remove", web.SignedIn, m.removeCode)
	rt.Page("POST /account/recovery-codes", web.SignedIn, m.newRecoveryCodes)
	rt.Page("POST /account/passkeys/begin", web.SignedIn, m.beginAdd)
	rt.Page("POST /account/passkeys/finish", web.SignedIn, m.finishAdd)
	rt.Page("POST /account/passkeys/remove", web.SignedIn, m.removePasskey)
	rt.Page("GET /account/delegate/{grant}", web.SignedIn, m.delegatePage)
	rt.Page("POST /account/delegate/{grant}", web.SignedIn, m.delegate)

	rt.Page("GET "+tokensPath, web.SignedIn, m.tokensPage)
	rt.Page("POST "+tokensPath, web.SignedIn, m.makeToken)
	rt.Page("POST "+tokensPath+"/revoke", web.SignedIn, m.revokeToken)

	rt.Page("GET /structures/{structure}/people", web.Needs(right.SeePeople), m.peoplePage)
	rt.Page("GET /structures/{structure}/people/invite", web.Needs(right.InvitePeople), m.invitePage)
	rt.Page("POST /structures/{structure}/people/invite", web.Needs(right.InvitePeople), m.invite)
	rt.Page("GET /structures/{structure}/rights", web.Needs(right.SeeStructure), m.rightsPage)
	rt.Page("GET /people", web.NeedsEverywhere(right.SeePeople), m.peoplePage)
	rt.Page("GET /people/invite", web.NeedsEverywhere(right.InvitePeople), m.invitePage)
	rt.Page("POST /people/invite", web.NeedsEverywhere(right.InvitePeople), m.invite)
	// What follows is about a grant, an invitation or a person, and the use-case decides who may.
	rt.Page("GET /grants/{grant}/withdraw", web.SignedIn, m.withdrawPage)
	rt.Page("POST /grants/{grant}/withdraw", web.SignedIn, m.withdraw)
	rt.Page("POST /invitations/{invitation}/withdraw", web.SignedIn, m.withdrawInvitation)
	rt.Page("GET /people/{person}/recover", web.SignedIn, m.recoverPage)
	rt.Page("POST /people/{person}/recover", web.SignedIn, m.recover)
	rt.Page("GET /people/{person}/disable", web.SignedIn, m.disablePage)
	rt.Page("POST /people/{person}/disable", web.SignedIn, m.disable)

	if m.signin.Demo() {
		rt.Page("GET /demonstration", web.Public, m.demoPage)
		rt.Page("GET /demonstration/{person}", web.Public, m.demoSignIn)
	}
	rt.Nav(
		web.Entry{Key: "account.people", Path: "/structures/{structure}/people", Icon: "person", Rule: web.Needs(right.SeePeople), Order: 80},
		web.Entry{Key: "account.rights", Path: "/structures/{structure}/rights", Icon: "shield", Rule: web.Needs(right.SeeStructure), Order: 85},
		web.Entry{Key: "account.people_all", Group: "account.administration", Path: "/people", Icon: "person", Rule: web.NeedsEverywhere(right.SeePeople), Order: 900},
	)
}

// from is where a request comes from.
func (m *Module) from(r *http.Request) signin.From {
	return signin.From{Device: signin.Device(r.UserAgent()), Address: m.address(r), Previous: m.cookie.Secret(r)}
}
