package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones, for machines that have none

	"golang.org/x/sync/errgroup"

	"hygie/directory/pathview"
	"hygie/internal/account"
	"hygie/internal/actionplan"
	"hygie/internal/administration"
	"hygie/internal/api"
	"hygie/internal/assessment"
	inventory "hygie/internal/asset"
	"hygie/internal/audit"
	"hygie/internal/blob"
	"hygie/internal/bring"
	"hygie/internal/config"
	"hygie/internal/continuity"
	"hygie/internal/convergence"
	"hygie/internal/declaration"
	"hygie/internal/doctor"
	"hygie/internal/evidence"
	"hygie/internal/exercise"
	"hygie/internal/exhibit"
	"hygie/internal/exposure"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/guide"
	"hygie/internal/incident"
	"hygie/internal/instruction"
	"hygie/internal/job"
	"hygie/internal/keys"
	"hygie/internal/live"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/notice"
	"hygie/internal/notice/hook"
	"hygie/internal/overview"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/search"
	searchpage "hygie/internal/search/page"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/trend"
	"hygie/internal/web"
	"hygie/internal/web/asset"
	"hygie/journal"
	"hygie/referential/packages"
)

// Platform is a whole installation, running or about to. The command, the demonstration and the end-to-end tests build the same
// one.
type Platform struct {
	Config    config.Config
	DB        *store.DB
	Vault     *blob.Vault
	People    *people.Service
	SignIn    *signin.Service
	Queue     *job.Queue
	Runner    *job.Runner
	Hub       *live.Hub
	Trail     *trail.Trail
	Shelf     *proof.Shelf
	Bring     *bring.Wizard
	Standings *proof.Standings
	Audits    *audit.Service
	Exposures *exposure.Service
	Notices   *notice.Service
	Hooks     *hook.Service
	Search    *search.Index
	Books     *logbook.Books
	Exhibits  *exhibit.Module
	Folders   *continuity.Module
	Incidents *incident.Module
	Router    *web.Router
	Funding   *funding.Service
	Desks     *instruction.Module
	Calls     *callshelf.Shelf

	log    *slog.Logger
	drafts *blob.Vault // files that are looked at before they are brought
	relay  *live.Relay
	guard  web.Guard
	now    func() time.Time
}

// NewPlatform opens the data folder and the database, brings it to this version, and puts every module in its place. Nothing runs before
// [Platform.Run].
func NewPlatform(ctx context.Context, c config.Config, log *slog.Logger, now func() time.Time) (*Platform, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if err := makeDataFolder(c.Storage.Data); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, c.DatabaseURL())
	if err != nil {
		return nil, fmt.Errorf("%w\n(\"hygie doctor\" examines the installation)", err)
	}
	p := &Platform{Config: c, DB: db, log: log, now: now}
	if err := p.build(ctx, now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return p, nil
}

// secrets of an installation, each in its own file.
type secrets struct {
	folder keys.Folder
	web    []byte // signs what pages carry from one to the next
	people []byte // hides what is counted by address, seals the seeds of one-time codes
}

func (p *Platform) secrets() (s secrets, err error) {
	if s.folder, err = keys.Open(filepath.Join(p.Config.Storage.Data, "keys")); err != nil {
		return s, err
	}
	var errWeb, errPeople error
	s.web, errWeb = s.folder.Secret("web")
	s.people, errPeople = s.folder.Secret("people")
	return s, errors.Join(errWeb, errPeople)
}

func (p *Platform) build(ctx context.Context, now func() time.Time) error {
	applied, known, err := p.DB.Version(ctx)
	if err != nil {
		return err
	}
	if applied > known {
		return fmt.Errorf("the database was used by a newer hygie (version %d, this one knows %d): install that one", applied, known)
	}
	if _, err := p.DB.Migrate(ctx); err != nil {
		return err
	}
	secret, err := p.secrets()
	if err != nil {
		return err
	}
	if err := p.services(ctx, secret, now); err != nil {
		return err
	}
	if err := p.stock(ctx, now); err != nil {
		return err
	}
	if err := p.fund(ctx, now); err != nil {
		return err
	}
	if err := p.pages(secret, now); err != nil {
		return err
	}
	return p.Desks.Prepare(ctx)
}

// services makes what modules share.
func (p *Platform) services(ctx context.Context, secret secrets, now func() time.Time) error {
	folder, err := blob.OpenFolder(filepath.Join(p.Config.Storage.Data, "blobs"))
	if err != nil {
		return err
	}
	blobSecrets, err := blob.LoadSecrets(secret.folder)
	if err != nil {
		return err
	}
	if p.Vault, err = blob.NewVault(folder, blobSecrets); err != nil {
		return err
	}
	drafts, err := blob.OpenFolder(filepath.Join(p.Config.Storage.Data, "drafts"))
	if err != nil {
		return err
	}
	if p.drafts, err = blob.NewVault(drafts, blobSecrets); err != nil {
		return err
	}
	private, err := secret.folder.Ed25519("journal")
	if err != nil {
		return err
	}
	if p.Trail, err = trail.Open(ctx, p.DB, trail.Audit, private, now); err != nil {
		return err
	}
	p.Hub = live.NewHub(live.Options{})
	stamper, err := p.stamper()
	if err != nil {
		return err
	}
	p.Books = logbook.New(logbook.Options{DB: p.DB, Private: private, Vault: p.Vault, Now: now, Changed: p.Hub.Bump, Stamper: stamper})
	p.relay = live.NewRelay(p.DB, p.Hub, p.log)
	p.Bring = bring.New(bring.Options{DB: p.DB, Files: p.drafts, Trail: p.Trail, Now: now})
	p.Queue = job.NewQueue(p.DB, now)
	p.Runner = job.NewRunner(p.Queue, job.Options{Changed: p.Hub.Bump, Log: p.log})
	if p.People, err = people.New(p.DB, people.Options{Key: secret.people, Recorder: people.RecorderFunc(p.record), Now: now}); err != nil {
		return err
	}
	p.SignIn, err = signin.New(signin.Options{People: p.People, Key: secret.people, Origin: p.Config.Address(), Demo: p.Config.Demo})
	return err
}

// record writes a change of rights into the trail.
func (p *Platform) record(ctx context.Context, tx *store.Tx, e people.Event) error {
	actor := e.Actor
	if actor == "" {
		actor = "hygie"
	}
	details := make(map[string]any, len(e.Detail))
	for name, value := range e.Detail {
		details[name] = value
	}
	return p.Trail.Append(ctx, tx, journal.Entry{At: e.At, Actor: actor, Action: e.Action, Structure: e.Structure, Subject: e.Subject, Data: trail.Data(details)})
}

// pages makes the router and lets every module declare its routes.
func (p *Platform) pages(secret secrets, now func() time.Time) error {
	catalogue, err := locale.Default()
	if err != nil {
		return err
	}
	assets, err := asset.NewWith(asset.File{Name: pathview.ScriptName, Content: pathview.Script}, asset.File{Name: pathview.StyleName, Content: pathview.Style},
		asset.File{Name: logbook.ScriptName, Content: logbook.Script}, asset.File{Name: logbook.StyleName, Content: logbook.Style},
		asset.File{Name: exhibit.DigestName, Content: exhibit.Digest}, asset.File{Name: exhibit.WorkerName, Content: exhibit.Worker},
		asset.File{Name: instruction.ScriptName, Content: instruction.Script}, asset.File{Name: exercise.ScriptName, Content: exercise.Script})
	if err != nil {
		return err
	}
	scratch := filepath.Join(p.Config.Storage.Data, "scratch")
	if err := cleanScratch(scratch); err != nil {
		return err
	}
	zone, err := time.LoadLocation(p.Config.Server.Zone)
	if err != nil {
		return fmt.Errorf("server.zone: %w", err)
	}
	secure := strings.HasPrefix(p.Config.Address(), "https://")
	proxies, err := proxyList(p.Config.Server.TrustedProxies)
	if err != nil {
		return err
	}
	accounts, err := account.New(account.Options{People: p.People, SignIn: p.SignIn, Assets: assets, Cookie: signin.Cookie{Secure: secure}, Origin: p.Config.Address(), Address: proxies.address})
	if err != nil {
		return err
	}
	p.guard = accounts
	p.Audits = audit.New(audit.Options{DB: p.DB, Vault: p.Vault, Queue: p.Queue, Trail: p.Trail, Now: now, Log: p.log, Scratch: scratch, Version: Version, Deposits: p.Config.Audit.DepositsOnly, DrawingScript: assets.URL(pathview.ScriptName)})
	p.Runner.Handle(audit.JobKind, p.Audits.Work)
	if p.Exposures, err = p.exposures(secret, now); err != nil {
		return err
	}
	p.Runner.Handle(exposure.JobKind, p.Exposures.Work)
	audits, err := audit.NewModule(p.Audits)
	if err != nil {
		return err
	}
	p.Router, err = web.New(web.Options{
		Guard: accounts, Catalogue: catalogue, Assets: assets, Log: p.log, Now: now, Random: rand.Reader, Key: secret.web, Zone: zone, Version: Version, Demo: p.Config.Demo, Secure: secure,
		SignInPath: account.SignInPath, SignOutPath: account.SignOutPath, AccountPath: account.Path, SearchPath: searchpage.Path, StructuresPath: "/structures", StreamPath: "/live", HelpPath: guide.Path,
		Places: accounts.Places, Exporters: []web.Exporter{spreadsheet{}},
	})
	if err != nil {
		return err
	}
	administrations, err := administration.New(administration.Options{
		DB: p.DB, Queue: p.Queue, Trail: p.Trail, Shelf: p.Shelf, Now: now, Version: Version, Address: p.Config.Address(), Imports: filepath.Join(p.Config.Storage.Data, "imports"),
		FreeBytes: func() (uint64, error) { return doctor.FreeBytes(p.Config.Storage.Data) }, Examine: p.examine(now), Follower: p.Funding,
	})
	if err != nil {
		return err
	}
	p.Runner.Handle(administration.PreviewKind, administrations.Work)
	p.Runner.Handle(administration.ImportKind, administrations.Work)
	accounts.Routes(p.Router)
	administrations.Routes(p.Router)
	overviews := overview.New(overview.Options{DB: p.DB, Shelf: p.Shelf, Trail: p.Trail, Now: now, SignIn: signInPath(p.Config.Demo), Acts: acts(), Setup: setup(), Alarm: incidentAlarm, Waits: firstOf(fundingWaits(now), beginning(p.Shelf, now))})
	overviews.Routes(p.Router)
	audits.Routes(p.Router)
	exposures := exposure.NewModule(p.Exposures)
	exposures.Routes(p.Router)
	actions := actionplan.New(actionplan.Options{DB: p.DB, Trail: p.Trail, People: p.People, Bring: p.Bring, Now: now, Address: p.Config.Address()})
	actions.Routes(p.Router)
	if p.Notices, err = p.notices(catalogue, zone, now); err != nil {
		return err
	}
	p.Notices.Routes(p.Router)
	if p.Hooks, err = p.hooks(secret, zone, now); err != nil {
		return err
	}
	p.Hooks.Routes(p.Router)
	assessment.New(assessment.Options{DB: p.DB, Trail: p.Trail, Shelf: p.Shelf, Bring: p.Bring, Now: now}).Routes(p.Router)
	trend.New(trend.Options{DB: p.DB, Bring: p.Bring, Now: now}).Routes(p.Router)
	inventory.New(inventory.Options{DB: p.DB, Trail: p.Trail, Bring: p.Bring, Now: now}).Routes(p.Router)
	convergence.New(p.DB, p.Vault, p.Trail, now).Routes(p.Router)
	cards, err := p.reflexes(now)
	if err != nil {
		return err
	}
	p.Folders = p.folders(catalogue, zone, cards, now)
	p.Folders.Routes(p.Router)
	if err := p.exercises(assets, now); err != nil {
		return err
	}
	declarations := declaration.New(declaration.Options{DB: p.DB, Trail: p.Trail, Shelf: p.Shelf, Now: now})
	declarations.Routes(p.Router)
	proofs := evidence.New(evidence.Options{DB: p.DB, Vault: p.Vault, Trail: p.Trail, Shelf: p.Shelf, Now: now})
	proofs.Routes(p.Router)
	p.dossiers(proofs, now).Routes(p.Router)
	p.Desks = instruction.New(instruction.Options{DB: p.DB, Trail: p.Trail, Shelf: p.Shelf, Funding: p.Funding, People: p.People, Calls: p.Calls, Random: rand.Reader, Now: now, Log: p.log, Keys: assets.URL(instruction.ScriptName)})
	p.Desks.Routes(p.Router)
	if p.Incidents, err = incident.New(incident.Options{DB: p.DB, Books: p.Books, Trail: p.Trail, Now: now, Script: assets.URL(logbook.ScriptName), Delays: legalDelays(p.Config.NIS2)}); err != nil {
		return err
	}
	p.Incidents.Routes(p.Router)
	if p.Exhibits, err = p.exhibits(secret, assets, scratch, now); err != nil {
		return err
	}
	p.Exhibits.Routes(p.Router)
	logbook.WorkerRoute(p.Router)
	money, err := p.envelopes(secret, now)
	if err != nil {
		return err
	}
	money.Routes(p.Router)
	guides, err := guide.New()
	if err != nil {
		return err
	}
	guides.Routes(p.Router)
	published := append(overview.Published(p.Shelf, now), proofs.Published(catalogue), actionplan.Published(), audits.Published(), exposures.Published(),
		assessment.Published(p.Shelf, now), declaration.Published(p.Shelf, now), guides.Published())
	if p.Search, err = search.New(p.DB, p.log, published...); err != nil {
		return err
	}
	finder := searchpage.New(p.DB, p.Search, p.Trail)
	finder.Routes(p.Router)
	programs := api.New(api.Options{DB: p.DB, Now: now, Version: Version})
	programs.Add(slices.Concat(accounts.API(), overviews.API(), proofs.API(), declarations.API(), actions.API(), audits.API(), exposures.API(), money.API(), finder.API())...)
	programs.Routes(p.Router)
	p.Router.Handle("GET /live", web.SignedIn, p.Hub.Handler(p.mayFollow), web.Stream())
	p.Router.Page("GET /health", web.Public, p.health)
	return nil
}

// examine gives the examination of this installation that "hygie doctor" makes from outside.
func (p *Platform) examine(now func() time.Time) func(context.Context) []doctor.Finding {
	return func(ctx context.Context) []doctor.Finding {
		return doctor.Examine(ctx, p.Config, doctor.Outside{FreeBytes: doctor.FreeBytes, Now: now, OpenDB: store.Open})
	}
}

// stock makes the shelf of referentials and notes what comes with this program; what a new program changes is in the trail.
func (p *Platform) stock(ctx context.Context, now func() time.Time) error {
	shipped, err := packages.Load()
	if err != nil {
		return err
	}
	links, err := packages.Links()
	if err != nil {
		return err
	}
	if p.Shelf, err = proof.NewShelf(shipped, links); err != nil {
		return err
	}
	zone, err := time.LoadLocation(p.Config.Server.Zone)
	if err != nil {
		return fmt.Errorf("server.zone: %w", err)
	}
	p.Standings = proof.NewStandings(p.Shelf, now, zone)
	p.DB.SettleWith(p.Standings.Settle)
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		changed, err := p.Shelf.Stock(ctx, tx, now())
		if err != nil {
			return err
		}
		for _, one := range changed {
			e := journal.Entry{Actor: proof.Platform, Action: "referential.update", Subject: "referential/" + one.ID, Data: trail.Data(map[string]any{"version": one.Version})}
			if err := p.Trail.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		_, err = p.Shelf.Now(ctx, tx, now())
		return err
	})
}

// mayFollow tells whether who asks may know that a topic changed: a job of a structure whose audits they see.
func (p *Platform) mayFollow(r *http.Request, topic string) bool {
	if strings.HasPrefix(topic, "exercise/") {
		return p.mayFollowDrill(r, topic)
	}
	if book, ok := strings.CutPrefix(topic, logbook.Topic("")); ok {
		return p.mayFollowBook(r, book)
	}
	id, ok := strings.CutPrefix(topic, "job/")
	if !ok {
		return false
	}
	session, err := p.guard.Session(r)
	if err != nil {
		return false
	}
	err = p.DB.View(r.Context(), func(tx *store.Tx) error {
		_, err := job.ByID(r.Context(), tx, right.Visible(session.Actor, right.SeeAudit), id)
		return err
	})
	return err == nil
}

// health tells a supervisor that the platform answers and reaches its database.
func (p *Platform) health(c *web.Context) error {
	err := p.DB.View(c.Ctx, func(tx *store.Tx) error {
		_, err := store.One(c.Ctx, tx, store.Column[int], `select 1`)
		return err
	})
	if err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = io.WriteString(c.W, "ok\n")
	return err
}

// signInPath is where a visitor is led: in the demonstration, to the people one can be.
func signInPath(demo bool) string {
	if demo {
		return "/demonstration"
	}
	return account.SignInPath
}

// acts is what the platform can do of what referentials propose.
func acts() map[string]overview.Act {
	declare := overview.Act{Path: "/structures/{structure}/declarations/{subject}/new", Right: right.AddProof, Fits: declaration.Declarable}
	return map[string]overview.Act{
		"directory.audit":                   {Path: "/structures/{structure}/directory/new", Right: right.RunAudit},
		"exposure.audit":                    {Path: "/structures/{structure}/exposure", Right: right.SeeAudit},
		"plan.exposure":                     {Path: "/structures/{structure}/exposure", Right: right.SeeAudit},
		"evidence.deposit":                  {Path: "/structures/{structure}/evidence/new", Right: right.AddProof},
		"evidence.deposit.convergence-plan": {Path: "/structures/{structure}/convergence", Right: right.EditActions},
		"evidence.date":                     {Path: "/structures/{structure}/evidence", Right: right.AddProof},
		"assessment.start":                  {Path: "/structures/{structure}/assessments", Right: right.AddProof},
		overview.SayAct:                     declare,
		"exercise.plan":                     {Path: "/structures/{structure}/exercises", Right: right.EditActions},
		"exercise.edit":                     declare,
		"structure.category":                {Path: "/structures/{structure}/record/declare", Right: right.EditStructure},
		"plan.directory":                    {Path: "/structures/{structure}/directory/latest", Right: right.SeeAudit},
	}
}

// setup are the pages by which an administrator brings an empty installation to life.
func setup() overview.Setup {
	return overview.Setup{Territory: "/administration/finess", People: "/people/invite", Parameters: "/administration/referentials", Doctor: "/administration/doctor"}
}

// dueEvery is how often the platform looks for audits whose day has come.
const dueEvery = 10 * time.Minute

// drain is how long requests under way may take once the program was asked to stop.
const drain = 15 * time.Second

// cleanScratch empties the folder of work under way: what is in it when the program starts was left by one that died.
func cleanScratch(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("clean the scratch folder: %w", err)
	}
	return os.MkdirAll(folder, 0o700)
}

// Serve answers on l and works in the background until ctx ends, then stops in order: pages, jobs, trail, database.
func (p *Platform) Serve(ctx context.Context, l net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var background errgroup.Group
	background.Go(func() error { return ended(p.Runner.Run(work)) })
	background.Go(func() error { return ended(p.Trail.Run(work, p.log)) })
	background.Go(func() error { return ended(p.relay.Run(work)) })
	background.Go(func() error { p.tidy(work, p.now); return nil })
	background.Go(func() error { p.count(work); return nil })
	background.Go(func() error { p.followCalls(work); return nil })
	background.Go(func() error { p.Notices.Run(work); return nil })
	background.Go(func() error { p.Books.Stamping(work, stampEvery, p.log); return nil })
	background.Go(func() error { p.Search.Run(work); return nil })
	background.Go(func() error { p.Hooks.Run(work); return nil })
	background.Go(func() error { p.Desks.Run(work); return nil })
	background.Go(func() error { return p.Exposures.Watch(work, dueEvery) })
	background.Go(func() error { return p.Folders.Watch(work, foldersEvery) })
	err := p.listen(ctx, l)
	stop()
	return errors.Join(err, background.Wait())
}

// ended makes the end of a context no error.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (p *Platform) listen(ctx context.Context, l net.Listener) error {
	if p.Config.Server.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(p.Config.Server.Certificate, p.Config.Server.Key)
		if err != nil {
			return errors.Join(fmt.Errorf("read the TLS certificate: %w", err), l.Close())
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	return web.Serve(ctx, l, p.Router, p.log, drain, p.Hub.Close)
}

// Close frees what the platform holds.
func (p *Platform) Close() error {
	p.Hub.Close()
	return p.DB.Close()
}

// trustedProxies are the reverse proxies whose word about the caller's address is believed.
type trustedProxies []netip.Prefix

func proxyList(texts []string) (trustedProxies, error) {
	var list trustedProxies
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("server.trusted_proxies: %w", err)
		}
		list = append(list, prefix)
	}
	return list, nil
}

func (t trustedProxies) trusts(address netip.Addr) bool {
	for _, prefix := range t {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// address is where a request comes from: the nearest address that is not one of our proxies.
func (t trustedProxies) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0; i-- {
		near, err := netip.ParseAddr(host)
		if err != nil || !t.trusts(near) {
			break
		}
		if previous := strings.TrimSpace(forwarded[i]); previous != "" {
			host = previous
		}
	}
	return host
}
