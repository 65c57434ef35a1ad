package api

import (
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/errs"
	"zhuce/internal/grant"
	"zhuce/internal/idempotency"
	"zhuce/internal/session"
	"zhuce/internal/token"
)

// SharedRefusals are the codes that follow from what an operation is, by its shape
// in the contract: whom it takes, what it reads. They come out of the middleware and
// of reading the request; the contract lists them on every operation of the shape.
func SharedRefusals() map[string][]string {
	codes := func(defs ...*errs.Def) []string {
		out := make([]string, len(defs))
		for i, d := range defs {
			out[i] = d.Code
		}
		return out
	}
	return map[string][]string{
		"any":                 codes(errInternal, errUnavailable, errTimeout, errRateLimited),
		"Session":             codes(errNoToken, errWrongRole, token.ErrInvalid, token.ErrExpired, session.ErrOver, session.ErrGone, grant.ErrEnded),
		"OAuth2":              codes(errNoToken, errWrongRole, token.ErrInvalid, token.ErrExpired, client.ErrDisabled, grant.ErrEnded, auth.ErrScope),
		"application/json":    codes(errBroken, errUnknownField, errWrongType, errNoBody, errEncoding, errTooLarge, errMediaType, errInvalid),
		"multipart/form-data": codes(errMultipart, errPart, errTooLarge, errMediaType),
		"query":               codes(errInvalid),
		"If-Match":            codes(errIfMatch),
		"Idempotency-Key":     codes(errInvalid, idempotency.ErrKeyReused),
	}
}
