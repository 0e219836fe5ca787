package dns

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"testing"
)

// keyOf is the key of a secret number.
func keyOf(t testing.TB, secret *big.Int) *ecdsa.PrivateKey {
	t.Helper()
	var raw [32]byte
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret.FillBytes(raw[:]))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// With a comb every signature is judged as by the standard library: sound ones, altered ones, numbers out of bounds and at the edges, and keys that lie near
// the generator, whose sums meet equal and opposite points.
func TestACombJudgesAsTheLibrary(t *testing.T) {
	order := elliptic.P256().Params().N
	one := big.NewInt(1)
	less := func(n int64) *big.Int { return new(big.Int).Sub(order, big.NewInt(n)) }
	secrets := []*big.Int{one, big.NewInt(2), big.NewInt(3), less(1), less(2), new(big.Int).Rsh(order, 1), new(big.Int).Lsh(one, spacing), new(big.Int).Lsh(one, 5*spacing)}
	random := mathrand.New(mathrand.NewPCG(7, 7))
	number := func() *big.Int {
		raw := make([]byte, 32)
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		n := new(big.Int).SetBytes(raw)
		return n.Add(n.Mod(n, less(1)), one)
	}
	for range 40 {
		secrets = append(secrets, number())
	}
	edges := []*big.Int{new(big.Int), one, big.NewInt(2), less(1), less(2), order, new(big.Int).Add(order, one), new(big.Int).Sub(new(big.Int).Lsh(one, 256), one)}
	accepted := 0
	for _, secret := range secrets {
		key := keyOf(t, secret)
		c := newComb(&key.PublicKey)
		judge := func(digest []byte, r, s *big.Int) {
			t.Helper()
			want := ecdsa.Verify(&key.PublicKey, digest, r, s)
			if got := c.verify(digest, r, s); got != want {
				t.Errorf("secret %v, digest %x, r %v, s %v: %v, the library says %v", secret, digest, r, s, got, want)
			}
			if want {
				accepted++
			}
		}
		for i := range 10 {
			digest := sha256.Sum256([]byte(fmt.Sprint(secret, i)))
			r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
			if err != nil {
				t.Fatal(err)
			}
			judge(digest[:], r, s)
			judge(digest[:], s, r)
			judge(digest[:], r, new(big.Int).Sub(order, s)) // as good as the first
			judge(digest[:], r, new(big.Int).Add(s, order))
			judge(digest[:], new(big.Int).Xor(r, new(big.Int).Lsh(one, uint(random.IntN(256)))), s)
			digest[i] ^= 1
			judge(digest[:], r, s)
			// r chosen so that both halves of the sum are the same point, or opposite ones: u1 = e/s, u2 = r/s, Q = secret G.
			e := new(big.Int).SetBytes(digest[:])
			same := new(big.Int).Mul(e, new(big.Int).ModInverse(secret, order))
			judge(digest[:], same.Mod(same, order), number())
			judge(digest[:], new(big.Int).Sub(order, same), number())
		}
		for _, r := range edges {
			for _, s := range edges {
				judge(make([]byte, 32), r, s)
				judge(order.Bytes(), r, s)
			}
		}
	}
	if want := len(secrets) * 20; accepted < want {
		t.Errorf("%d signatures were sound, at least %d expected", accepted, want)
	}
}

// A point times a number by its comb is what the standard library computes.
func FuzzComb(f *testing.F) {
	f.Add([]byte{1}, []byte{1})
	f.Add([]byte{0xff, 0xff}, make([]byte, 32))
	f.Fuzz(func(t *testing.T, secret, scalar []byte) {
		order := elliptic.P256().Params().N
		d := new(big.Int).SetBytes(secret)
		if d.Mod(d, order); d.Sign() == 0 || len(scalar) > 32 {
			return
		}
		k := new(big.Int).SetBytes(scalar)
		k.Mod(k, order)
		product := newComb(&keyOf(t, d).PublicKey).times(k)
		x, err := product.BytesX()
		if k.Sign() == 0 {
			if err == nil {
				t.Fatalf("no times a point is %x", x)
			}
			return
		}
		want := keyOf(t, d.Mod(d.Mul(d, k), order)).PublicKey
		raw, _ := want.Bytes()
		if err != nil || string(raw) != string(product.Bytes()) {
			t.Fatalf("%x, %x expected, %v", product.Bytes(), raw, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	key := keyOf(b, big.NewInt(123456789))
	digest := sha256.Sum256([]byte("x"))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	c := newComb(&key.PublicKey)
	for name, check := range map[string]func() bool{
		"library":       func() bool { return ecdsa.Verify(&key.PublicKey, digest[:], r, s) },
		"comb":          func() bool { return c.verify(digest[:], r, s) },
		"making a comb": func() bool { return newComb(&key.PublicKey) != nil },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !check() {
					b.Fatal("refused")
				}
			}
		})
	}
}
