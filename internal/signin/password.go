package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"hygie/internal/fault"
)

// Length of a password, in characters. It is the second factor beside a code, so length is asked and no mixture of signs;
// the ceiling bounds the work of hashing it.
const (
	MinPassword = 12
	MaxPassword = 128
)

// CheckPassword refuses a password that is too short, too long, or easy to guess for somebody who knows the person; the remark is
// about field "password".
func CheckPassword(password, email, name string) error {
	refuse := func(key string, args ...any) error {
		return fault.Invalid(fault.Field{Name: "password", Key: key, Args: args})
	}
	length := utf8.RuneCountInString(password)
	switch {
	case length < MinPassword:
		return refuse("signin.password_short", "min", MinPassword)
	case length > MaxPassword || !utf8.ValidString(password):
		return refuse("signin.password_long", "max", MaxPassword)
	case guessable(strings.ToLower(norm.NFKC.String(password)), email, name):
		return refuse("signin.password_guessable")
	}
	return nil
}

// guessable finds passwords made of what anybody would try first. What remains once those words are taken away must still be long.
func guessable(password, email, name string) bool {
	words := append(commonWords(), strings.FieldsFunc(strings.ToLower(email+" "+name), func(r rune) bool { return strings.ContainsRune(" .@-_'’", r) })...)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	rest := password
	for _, word := range words {
		if len(word) >= 3 {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	distinct := map[rune]bool{}
	for _, r := range rest {
		distinct[r] = true
	}
	return utf8.RuneCountInString(rest) < 6 || len(distinct) < 5
}

func commonWords() []string {
	return []string{"motdepasse", "password", "passw0rd", "azerty", "qwerty", "uiop", "hopital", "hôpital", "clinique", "sante", "santé", "ehpad",
		"hygie", "bonjour", "soleil", "admin", "administrateur", "welcome", "letmein", "iloveyou", "jetaime", "doudou", "marseille", "12345678",
		"123456", "1234", "0000", "2023", "2024", "2025", "2026", "2027", "printemps", "automne", "hiver", "abcdef", "abcd"}
}

// Cost of argon2id: 19 MiB and two passes, the smallest that the OWASP sheet on password storage recommends; about 40 ms.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLength = 32
	saltLength = 16
)

// hash returns the PHC string of a password. It waits until one of the few places for hashing is free.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	salt, err := s.draw(saltLength)
	if err != nil {
		return "", err
	}
	sum, err := s.argon2id(ctx, password, phc{memory: hashMemory, passes: hashPasses, salt: salt, sum: make([]byte, hashLength)})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, hashMemory, hashPasses,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// verify tells whether the password is the one of the PHC string. An empty string stands for an account that does not exist or
// has no password: the same work is done, and the answer is no, so that time tells nothing.
func (s *Service) verify(ctx context.Context, password, stored string) (bool, error) {
	exists := stored != ""
	if !exists {
		stored = noPassword
	}
	want, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	if utf8.RuneCountInString(password) > MaxPassword {
		return false, nil
	}
	got, err := s.argon2id(ctx, password, want)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want.sum) == 1 && exists, nil
}

// noPassword has the cost of a real hash and is the hash of nothing.
const noPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (s *Service) argon2id(ctx context.Context, password string, p phc) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to check the password: %w", ctx.Err())
	}
	// The same keys on another keyboard may give the same letter in another composition.
	return argon2.IDKey([]byte(norm.NFKC.String(password)), p.salt, p.passes, p.memory, 1, uint32(len(p.sum))), nil
}

type phc struct {
	memory, passes uint32
	salt, sum      []byte
}

var errPHC = errors.New("the stored password hash cannot be read")

// parsePHC reads "$argon2id$v=19$m=…,t=…,p=1$salt$sum". It bounds the cost, so that a damaged row does not take the machine down.
func parsePHC(text string) (phc, error) {
	parts := strings.Split(text, "$")
	if len(text) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errPHC
	}
	var p phc
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &p.memory, &p.passes)
	if err != nil || parts[3] != fmt.Sprintf("m=%d,t=%d,p=1", p.memory, p.passes) ||
		p.memory < 8 || p.memory > 256*1024 || p.passes < 1 || p.passes > 16 {
		return phc{}, errPHC
	}
	var errSalt, errSum error
	p.salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	p.sum, errSum = base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(p.salt) < 8 || len(p.sum) < 16 {
		return phc{}, errPHC
	}
	return p, nil
}
