package pack

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/keys"
	"hygie/internal/locale"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/journal"
	"hygie/referential/call"
	"hygie/seal"
	"hygie/sheet"
)

const asked = 61_250_05

// world is a deposited dossier with evidence and an expense.
type world struct {
	*pagetest.Site
	packer   *Packer
	funding  *funding.Service
	reader   Reader
	director right.Actor
	dossier  string
	evidence map[string][]byte // content, by name
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	file, err := os.ReadFile("../../dossier/testdata/call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	invented, err := call.Read("call.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := keys.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := blob.LoadSecrets(folder)
	if err != nil {
		t.Fatal(err)
	}
	vault, err := blob.NewVault(&blob.Memory{}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation(call.Paris)
	if err != nil {
		t.Fatal(err)
	}
	site := pagetest.New(t, db)
	service := funding.New(funding.Options{Trail: site.Trail, Now: site.Now, Zone: paris})
	w := &world{Site: site, funding: service, director: site.Person("Dominique Fictif", right.Director, pagetest.Hospital).Actor, evidence: map[string][]byte{},
		packer: New(Options{DB: db, Trail: site.Trail, Bytes: vault, Funding: service, Calls: callshelf.New(invented), Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)), Now: site.Now}),
		reader: Reader{Scope: territory.Everything(), Weaknesses: true, Printer: catalogue.Printer(locale.French, paris)}}
	var ids []string
	for _, f := range []struct {
		name    string
		kind    proof.Kind
		content string
	}{{"Politique de sécurité.pdf", "security-policy", "%PDF-1.7 politique"}, {"rapport annuaire.json", proof.DirectoryReport, `{"score":3}`}, {"facture n° 12.pdf", "invoice", "%PDF-1.7 facture"}} {
		digest, size, err := vault.Put(t.Context(), strings.NewReader(f.content))
		if err != nil {
			t.Fatal(err)
		}
		w.evidence[f.name] = []byte(f.content)
		w.Update(func(ctx context.Context, tx *store.Tx) error {
			id, err := proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: pagetest.Hospital, Kind: f.kind, Name: f.name, SHA256: hex.EncodeToString(digest[:]), Size: size,
				EffectiveFrom: site.Clock, DepositedAt: site.Clock, DepositedBy: w.director.Person})
			ids = append(ids, id)
			return err
		})
	}
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		d, err := service.Begin(ctx, tx, w.director, funding.Beginning{Call: "essai", CallVersion: "1.0", Structure: pagetest.Hospital})
		if err != nil {
			return err
		}
		w.dossier = d.ID
		everything := territory.Everything()
		for i, requirement := range []string{"continuity", "directory"} {
			if err := service.Pick(ctx, tx, w.director, everything, d.ID, "", requirement, ids[i]); err != nil {
				return err
			}
		}
		if _, err := service.Save(ctx, tx, everything, d.ID, funding.Field{Name: "project", Value: "Relever l’annuaire.\nAvant l’été. =1+1", By: w.director.Person}, 0); err != nil {
			return err
		}
		_, err = service.Spend(ctx, tx, w.director, everything, d.ID, funding.Expense{Kind: "audit", Label: "Audit", Supplier: "Cabinet Factice", Amount: asked, On: site.Clock, Invoice: ids[2]})
		return err
	})
	return w
}

func (w *world) deposit() {
	w.T.Helper()
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		_, digest, err := w.funding.Prepare(ctx, tx, territory.Everything(), w.dossier, asked)
		if err != nil {
			return err
		}
		_, err = w.funding.Deposit(ctx, tx, w.director, funding.Depositing{Dossier: w.dossier, Asked: asked, Seen: digest, At: w.Clock, Terms: funding.Terms{Opens: w.Clock.Add(-time.Hour)}})
		return err
	})
}

func (w *world) seal(r Reader) []byte {
	w.T.Helper()
	s, err := w.packer.Seal(w.T.Context(), r, w.dossier)
	if err != nil {
		w.T.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Write(w.T.Context(), &out); err != nil {
		w.T.Fatal(err)
	}
	return out.Bytes()
}

// opened gives the files of a ZIP by their names, and the names in their order.
func opened(t testing.TB, data []byte) (files map[string][]byte, order []string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name], order = content, append(order, f.Name)
	}
	return files, order
}

func TestSealedDossier(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		if _, err := w.packer.Seal(t.Context(), w.reader, w.dossier); fault.As(err) == nil || fault.As(err).Key != "pack.no_deposit" {
			t.Fatalf("a draft was sealed: %v", err)
		}
		w.deposit()
		data := w.seal(w.reader)
		res, err := seal.Verify(bytes.NewReader(data), int64(len(data)), w.packer.Public())
		if err != nil || !res.Intact() || !res.Trusted || res.Journals != 2 || res.Head == nil || res.Head.Size < 2 {
			t.Fatalf("%+v, %v", res, err)
		}
		files, _ := opened(t, data)
		var d described
		if err := json.Unmarshal(files[dossierName], &d); err != nil {
			t.Fatal(err)
		}
		if d.Format != Form || d.Asked != asked || d.Number != "ESSAI-0001" || len(d.Deposits) != 1 || len(d.Evidence) != 3 || len(d.Events) != 2 || d.Names[w.director.Person] != "Dominique Fictif" {
			t.Errorf("described %+v", d)
		}
		if one := d.Deposits[0]; one.SHA256 != digest(files[one.File]) {
			t.Errorf("deposit %+v is not %s", one, digest(files[one.File]))
		}
		for _, one := range d.Evidence {
			if !bytes.Equal(files[one.File], w.evidence[one.Name]) || one.SHA256 != digest(files[one.File]) || !one.Current {
				t.Errorf("evidence %+v holds %q", one, files[one.File])
			}
		}
		if !bytes.HasPrefix(files[printedName], []byte("%PDF-1.7")) {
			t.Error("no printed dossier")
		}
		book, err := sheet.Read(bytes.NewReader(files[tablesName]), int64(len(files[tablesName])), sheet.Limits{})
		if err != nil || len(book.Sheets) != 6 || book.Sheets[2].Name != "Dépenses" {
			t.Fatalf("tables: %v", err)
		}
		if text := string(files[journalName]); !strings.Contains(text, "dossier.deposit") || !strings.Contains(text, `"audit_line":`) {
			t.Errorf("the journal does not tell of the deposit:\n%s", text)
		}
		if read, err := journal.VerifyExport(bytes.NewReader(files[journalName]), w.packer.Public()); err != nil || len(read.Problems) > 0 {
			t.Errorf("journal %+v, %v", read, err)
		}
		if again := w.seal(w.reader); !bytes.Equal(again, data) {
			t.Error("the same dossier at the same moment gives other bytes")
		}
	})
}

// Whatever bit of the file changes, verifying tells.
func TestOneBitOfASealedDossier(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.deposit()
	data := w.seal(w.reader)
	for at := 0; at < len(data); at += max(1, len(data)/400) {
		changed := slices.Clone(data)
		changed[at] ^= 1 << (at % 8)
		if res, err := seal.Verify(bytes.NewReader(changed), int64(len(changed)), w.packer.Public()); err == nil && res.Intact() && res.Trusted {
			t.Fatalf("bit %d of byte %d changed, and nobody noticed", at%8, at)
		}
	}
	if res, err := seal.Verify(bytes.NewReader(data), int64(len(data)), ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)); err == nil && res.Trusted {
		t.Error("another key is trusted")
	}
}

// The documented recipe, with programs that are not ours.
func TestSealedDossierByHand(t *testing.T) {
	for _, tool := range []string{"sha256sum", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	w := newWorld(t, storetest.SQLite(t))
	w.deposit()
	files, _ := opened(t, w.seal(w.reader))
	folder := t.TempDir()
	for name, content := range files {
		to := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{
		{"sha256sum", "--check", "--strict", "--quiet", seal.SumsName},
		{"openssl", "pkeyutl", "-verify", "-pubin", "-inkey", seal.KeyName, "-rawin", "-in", seal.SumsName, "-sigfile", seal.SignatureName},
	} {
		run := exec.CommandContext(t.Context(), command[0], command[1:]...)
		run.Dir = folder
		if out, err := run.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command[0], err, out)
		}
	}
}

// Who may not open the map of weaknesses gets a file that names it, with its digest, and is whole.
func TestWithheldEvidence(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.deposit()
	reader := w.reader
	reader.Weaknesses = false
	data := w.seal(reader)
	if res, err := seal.Verify(bytes.NewReader(data), int64(len(data))); err != nil || !res.Intact() {
		t.Fatalf("%+v %v", res, err)
	}
	if bytes.Contains(data, w.evidence["rapport annuaire.json"]) {
		t.Fatal("the report of the audit is in the file")
	}
	files, _ := opened(t, data)
	var d described
	if err := json.Unmarshal(files[dossierName], &d); err != nil {
		t.Fatal(err)
	}
	missing := 0
	for _, one := range d.Evidence {
		if one.File == "" {
			missing++
			if one.Missing != withheld || one.Kind != string(proof.DirectoryReport) || len(one.SHA256) != 64 {
				t.Errorf("missing %+v", one)
			}
		}
	}
	if missing != 1 {
		t.Errorf("%d pieces are missing", missing)
	}
}

// A decision that is proposed and not taken is in the file of the agencies, and not in that of the applicant.
func TestWhatIsPreparedStaysInside(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.deposit()
	w.Clock = w.Clock.Add(time.Hour)
	region, nation := w.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region).Actor, w.Person("Morgan Schéma", right.NationalInstructor, pagetest.Nation).Actor
	const secret, amount = "Somme à réduire encore.", 41_017_03
	for _, step := range []struct {
		who right.Actor
		do  funding.Doing
	}{{region, funding.Doing{Act: funding.TakeUp}}, {region, funding.Doing{Act: funding.Endorse, Outcome: funding.Favourable}}, {nation, funding.Doing{Act: funding.TakeUp}},
		{nation, funding.Doing{Act: funding.Propose, Outcome: string(funding.GrantPartly), Amount: amount, Reference: "too-much", Note: secret}}} {
		w.Update(func(ctx context.Context, tx *store.Tx) error {
			d, err := funding.ByID(ctx, tx, territory.Everything(), w.dossier)
			if err != nil {
				return err
			}
			step.do.Dossier, step.do.Version, step.do.Terms = d.ID, d.Version, funding.Terms{Opens: w.Clock.Add(-time.Hour), FourEyes: 1}
			_, err = w.funding.Do(ctx, tx, step.who, step.do)
			return err
		})
	}
	for _, agency := range []bool{false, true} {
		reader := w.reader
		reader.Agency = agency
		files, _ := opened(t, w.seal(reader))
		files["tables"] = content(t, files[tablesName])
		for name, kept := range map[string]bool{dossierName: agency, "tables": agency, journalName: false} { // the trail never says it: structures read theirs
			for _, text := range []string{secret, "too-much", "4101703", "41017.03"} {
				found := strings.Contains(string(files[name]), text)
				if found && !kept {
					t.Errorf("agency %v: %s says %q", agency, name, text)
				}
			}
			if kept != strings.Contains(string(files[name]), secret) || !strings.Contains(string(files[dossierName]), `"act": "propose"`) {
				t.Errorf("agency %v: %s", agency, name)
			}
		}
	}
}

// content is what the tables of a spreadsheet hold, as text.
func content(t *testing.T, ods []byte) []byte {
	t.Helper()
	files, _ := opened(t, ods)
	return files["content.xml"]
}

// A dossier outside of the reader's scope does not exist.
func TestOtherScope(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.deposit()
	reader := w.reader
	reader.Scope = right.Visible(w.Person("Noa Prototype", right.Director, pagetest.Clinic).Actor, right.SeeProof)
	if _, err := w.packer.Seal(t.Context(), reader, w.dossier); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("sealed for a stranger: %v", err)
	}
	if _, err := w.packer.Upload(t.Context(), reader, w.dossier); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("packed for a stranger: %v", err)
	}
}

func TestUploadPack(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	u, err := w.packer.Upload(t.Context(), w.reader, w.dossier)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := u.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	files, order := opened(t, out.Bytes())
	want := []string{"00-liste-des-pieces.txt", "00-textes-a-recopier.txt", "01-le-rapport-d-audit-de-l-annuaire-01.json", "02-Autres-pieces-01.pdf", "02-Autres-pieces-02.pdf"}
	if !slices.Equal(order, want) {
		t.Fatalf("files %q", order)
	}
	if !bytes.Equal(files[want[2]], w.evidence["rapport annuaire.json"]) {
		t.Errorf("%s holds %q", want[2], files[want[2]])
	}
	for name, texts := range map[string][]string{want[0]: {"ESSAI-0001", "01. le rapport d’audit de l’annuaire", "continuity", digest(w.evidence["rapport annuaire.json"])}, want[1]: {"Relever l’annuaire.\r\n", "61250.05"}} {
		for _, text := range texts {
			if !strings.Contains(string(files[name]), text) {
				t.Errorf("%s lacks %q:\n%s", name, text, files[name])
			}
		}
	}
	if u.Name() != "ESSAI-0001-depot-externe.zip" {
		t.Errorf("called %s", u.Name())
	}
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
