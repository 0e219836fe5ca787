package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// How long answers are kept, and after how long a request that was never answered may be asked again: the program that served it has died.
const (
	keepAnswers = 24 * time.Hour
	givenUp     = 5 * time.Minute
	longestName = 200
	readFor     = 256 << 10 // bytes of an answer that are kept
)

// once answers a write that named itself: the first time by doing it, afterwards by the answer kept.
//
// The name is claimed in a transaction of its own before anything is done. A failure leaves no claim, so that the request can be mended and sent again; a
// program that dies in the middle leaves one that counts for [givenUp].
func (a *API) once(r *Request, name string) error {
	if utf8.RuneCountInString(name) > longestName || bytes.ContainsFunc([]byte(name), unicode.IsControl) || !utf8.ValidString(name) {
		return fault.Invalid(fault.Field{Name: "Idempotency-Key", Key: "api.bad_key"})
	}
	request, err := a.fingerprint(r)
	if err != nil {
		return err
	}
	owner := r.Caller()
	before, err := a.claim(r.Ctx, owner, name, request)
	if err != nil {
		return err
	}
	if before != nil {
		r.W.Header().Set("Idempotency-Replayed", "true")
		before.write(r.Context)
		return nil
	}
	reply, err := r.operation.Handle(r)
	var answer kept
	if err == nil {
		answer, err = keep(r.operation, reply)
	}
	// What was done is done: the answer is kept even when who asked has gone away.
	ctx := context.WithoutCancel(r.Ctx)
	if err != nil {
		return errors.Join(err, a.forget(ctx, owner, name))
	}
	if err := a.fulfil(ctx, owner, name, answer); err != nil {
		return err
	}
	answer.write(r.Context)
	return nil
}

// fingerprint is what makes two requests the same: method, address, and the body. A body that is taken as it arrives counts with its
// length only, since reading it twice would keep it somewhere; the same content twice is known by its digest anyway.
func (a *API) fingerprint(r *Request) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n%d\n", r.R.Method, r.R.URL.RequestURI(), r.R.ContentLength)
	if r.operation.Raw == "" {
		body, err := io.ReadAll(r.R.Body)
		if err != nil {
			return "", err
		}
		sum.Write(body)
		r.R.Body = io.NopCloser(bytes.NewReader(body))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// claim takes the name, or returns the answer that it has already.
func (a *API) claim(ctx context.Context, owner, name, request string) (before *kept, err error) {
	err = a.DB.Update(ctx, func(tx *store.Tx) error {
		before = nil
		now := a.Now()
		if _, err := tx.Exec(ctx, `delete from api_answer where asked_at < $1 or status = 0 and asked_at < $2`, store.Millis(now.Add(-keepAnswers)), store.Millis(now.Add(-givenUp))); err != nil {
			return fmt.Errorf("forget old answers: %w", err)
		}
		n, err := tx.Exec(ctx, `insert into api_answer (owner, name, request, status, asked_at) values ($1, $2, $3, 0, $4) on conflict (owner, name) do nothing`, owner, name, request, store.Millis(now))
		if err != nil {
			return fmt.Errorf("claim the name of a request: %w", err)
		}
		if n == 1 {
			return nil
		}
		var same string
		k, err := store.One(ctx, tx, func(row store.Row) (k kept, err error) {
			var body string
			err = row.Scan(&same, &k.status, &k.content, &k.location, &body)
			k.body = []byte(body)
			return k, err
		}, `select request, status, content_type, location, body from api_answer where owner = $1 and name = $2`, owner, name)
		switch {
		case err != nil:
			return fmt.Errorf("read the answer to a request: %w", err)
		case same != request:
			return fault.Invalid(fault.Field{Name: "Idempotency-Key", Key: "api.key_of_another"})
		case k.status == 0:
			return fault.Conflict("api.under_way")
		}
		before = &k
		return nil
	})
	return before, err
}

// fulfil keeps the answer.
func (a *API) fulfil(ctx context.Context, owner, name string, k kept) error {
	if len(k.body) > readFor {
		return a.forget(ctx, owner, name)
	}
	return a.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update api_answer set status = $1, content_type = $2, location = $3, body = $4 where owner = $5 and name = $6`, k.status, k.content, k.location, string(k.body), owner, name)
		return err
	})
}

// forget gives the name back.
func (a *API) forget(ctx context.Context, owner, name string) error {
	return a.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from api_answer where owner = $1 and name = $2 and status = 0`, owner, name)
		return err
	})
}
