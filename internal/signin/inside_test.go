package signin

import (
	"crypto/rand"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
)

// The vectors of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestStepOfKnowsTheStandard(t *testing.T) {
	secret := seedEncoding.EncodeToString([]byte("12345678901234567890"))
	rows := []struct {
		at   int64
		code string
	}{{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}}
	for _, row := range rows {
		got, found, err := stepOf(secret, row.code, time.Unix(row.at, 0), 0)
		if err != nil || !found || got != row.at/30 {
			t.Errorf("at %d: step %d, %t, %v", row.at, got, found, err)
		}
		if _, found, _ := stepOf(secret, row.code, time.Unix(row.at, 0), row.at/30); found {
			t.Errorf("at %d: the code serves twice", row.at)
		}
		if _, found, _ := stepOf(secret, row.code, time.Unix(row.at+90, 0), 0); found {
			t.Errorf("at %d: the code serves 90 seconds later", row.at)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	rows := []struct {
		name, password string
		want           string
	}{
		{"sentence", "le chat dort sur le radiateur", ""},
		{"random", "kV8#qz2!Lm4x", ""},
		{"accents count as one", "éèàùçéèàùç", "signin.password_short"},
		{"eleven", "kV8#qz2!Lm4", "signin.password_short"},
		{"long", strings.Repeat("abcdefghij", 13), "signin.password_long"},
		{"not text", "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3", "signin.password_long"},
		{"usual", "MotDePasse2026", "signin.password_guessable"},
		{"keyboard", "azertyuiop12345678", "signin.password_guessable"},
		{"one letter", "aaaaaaaaaaaaaaaa", "signin.password_guessable"},
		{"one's own name", "Anne-Durand-2026", "signin.password_guessable"},
		{"one's own address", "anne.durand@hygie", "signin.password_guessable"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			err := CheckPassword(row.password, "anne.durand@hygie.example", "Anne Durand")
			got := ""
			if f := fault.Fields(err); len(f) > 0 {
				got = f[0].Key
			}
			if got != row.want {
				t.Errorf("%q: %q, want %q", row.password, got, row.want)
			}
		})
	}
}

func TestSealIsBoundToItsUse(t *testing.T) {
	s, err := newSealer(make([]byte, 32), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.seal([]byte("secret"), "totp anne")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.open(sealed, "totp anne"); err != nil || string(plain) != "secret" {
		t.Errorf("opened %q, %v", plain, err)
	}
	if _, err := s.open(sealed, "totp bert"); err == nil {
		t.Error("opens for another person")
	}
	for i := range sealed {
		changed := append([]byte(nil), sealed...)
		changed[i] ^= 1
		if _, err := s.open(changed, "totp anne"); err == nil {
			t.Errorf("byte %d may be changed", i)
		}
	}
	for n := range len(sealed) {
		if _, err := s.open(sealed[:n], "totp anne"); err == nil {
			t.Errorf("opens cut to %d bytes", n)
		}
	}
	if _, err := newSealer(make([]byte, 31), rand.Reader); err == nil {
		t.Error("a short key is accepted")
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(noPassword)
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1x$AAAA$AAAA")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePHC(text)
		if err == nil && (p.memory > 256*1024 || p.passes > 16 || len(p.sum) < 16 || len(p.salt) < 8) {
			t.Errorf("%q gives %+v", text, p)
		}
	})
}

func TestParsePHC(t *testing.T) {
	if _, err := parsePHC(noPassword); err != nil {
		t.Errorf("the stand-in for no password: %v", err)
	}
	for _, wrong := range []string{"", "x", strings.Replace(noPassword, "p=1", "p=2", 1), strings.Replace(noPassword, "v=19", "v=16", 1),
		strings.Replace(noPassword, "m=19456", "m=999999999", 1), strings.Replace(noPassword, "p=1", "p=1x", 1), noPassword + "$", noPassword[:60]} {
		if _, err := parsePHC(wrong); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}

func TestRecoveryCodeAsTyped(t *testing.T) {
	rows := []struct {
		typed, want string
		ok          bool
	}{
		{"0abc-defg-hjkm-npqr", "0abcdefghjkmnpqr", true},
		{" 0ABC DEFG\u202fHJKM NPQR ", "0abcdefghjkmnpqr", true},
		{"oabc-defg-hjkm-ilqr", "0abcdefghjkm11qr", true},
		{"123456", "", false},
		{"0abc-defg-hjkm-npq", "", false},
		{"0abc-defg-hjkm-npq!", "", false},
		{"0abc-defg-hjkm-npqu", "", false},
	}
	for _, row := range rows {
		if got, ok := recoveryCode(row.typed); ok != row.ok || ok && got != row.want {
			t.Errorf("%q: %q, %t", row.typed, got, ok)
		}
	}
}

func TestQRIsASquareOfSVG(t *testing.T) {
	s := &Service{name: "hygie"}
	seed := s.seed("ABCDEFGHIJKLMNOP", "anne durand@hygie.example", "")
	if seed.Grouped() != "ABCD EFGH IJKL MNOP" {
		t.Errorf("grouped: %q", seed.Grouped())
	}
	if !strings.HasPrefix(seed.URL, "otpauth://totp/hygie:anne%20durand@hygie.example?") {
		t.Errorf("address: %s", seed.URL)
	}
	path, size, err := seed.QR()
	if err != nil || size < 29 || !strings.HasPrefix(path, "M4 4h7v1h-7z") {
		t.Errorf("size %d, path %.20q, %v", size, path, err)
	}
	if err := xml.Unmarshal([]byte(`<path d="`+path+`"/>`), new(struct{})); err != nil {
		t.Errorf("path: %v", err)
	}
}

func TestDevice(t *testing.T) {
	rows := []struct{ agent, want string }{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"},
		{"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"},
		{"curl/8.0", "?"},
		{"", "?"},
	}
	for _, row := range rows {
		if got := Device(row.agent); got != row.want {
			t.Errorf("%q: %q", row.agent, got)
		}
	}
}

func TestPasskeysNeedANameAndASecureAddress(t *testing.T) {
	rows := []struct {
		origin   string
		passkeys bool
		fails    bool
	}{
		{"https://hygie.example", true, false},
		{"https://hygie.example:8443", true, false},
		{"http://localhost:8080", true, false},
		{"http://hygie.example", false, false},
		{"http://127.0.0.1:8080", false, false},
		{"https://192.0.2.1", false, false},
		{"http://[::1]:8080", false, false},
		{"https://hygie", false, false},
		{"https://hygie.example/path", false, true},
		{"ftp://hygie.example", false, true},
		{"hygie.example", false, true},
		{"", false, true},
	}
	for _, row := range rows {
		t.Run(row.origin, func(t *testing.T) {
			party, err := relyingParty(row.origin, nil, "hygie")
			if (err != nil) != row.fails || (party != nil) != row.passkeys {
				t.Errorf("passkeys %t, error %v", party != nil, err)
			}
		})
	}
}
