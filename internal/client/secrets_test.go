package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

func (w world) works(t *testing.T, made client.Registered, secret string) bool {
	t.Helper()
	_, err := w.clients.Token(t.Context(), client.Request{ClientID: made.ID.String(), Secret: secret})
	if err != nil && !client.ErrCredentials.Is(err) {
		t.Fatal(err)
	}
	return err == nil
}

// While the old secret runs out both work; afterwards, and after another rotation, never more than two.
func TestRotationOverlaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	rotate := func(overlap time.Duration) client.Rotated {
		t.Helper()
		r, err := w.clients.Rotate(t.Context(), client.Command, made.ID.String(), overlap)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	holds := func(when string, want map[string]bool) {
		t.Helper()
		for secret, good := range want {
			if w.works(t, made, secret) != good {
				t.Errorf("%s: a secret's being good is %v", when, !good)
			}
		}
	}
	second := rotate(client.Overlap)
	if second.OldExpiresAt == nil || !second.OldExpiresAt.Equal(w.clock.Now().Add(24*time.Hour)) {
		t.Errorf("the old one ends at %v", second.OldExpiresAt)
	}
	holds("during the overlap", map[string]bool{made.Secret: true, second.Secret: true})
	third := rotate(time.Hour)
	holds("rotated again", map[string]bool{made.Secret: false, second.Secret: true, third.Secret: true})
	w.clock.Advance(time.Hour - 1)
	holds("a moment before its end", map[string]bool{second.Secret: true})
	w.clock.Advance(1)
	holds("at its end", map[string]bool{second.Secret: false, third.Secret: true})
	fourth := rotate(0)
	holds("without overlap", map[string]bool{third.Secret: false, fourth.Secret: true})
	if fourth.OldExpiresAt != nil {
		t.Error("an old secret that ended at once has an end to come")
	}
	d, err := w.clients.Find(t.Context(), client.Command, made.ID.String())
	if err != nil || len(d.Secrets) != 1 || d.Secrets[0].ID != fourth.ID || d.Secrets[0].LastUsedAt == nil {
		t.Errorf("%+v, %v", d.Secrets, err)
	}
	if err := w.clients.RevokeSecret(t.Context(), client.Command, made.ID.String(), fourth.ID); err != nil {
		t.Fatal(err)
	}
	holds("revoked", map[string]bool{fourth.Secret: false})
	if err := w.clients.RevokeSecret(t.Context(), client.Command, made.ID.String(), fourth.ID); !client.ErrSecretNotFound.Is(err) {
		t.Errorf("revoked twice: %v", err)
	}
	for _, wrong := range []time.Duration{-1, client.OverlapMax + 1} {
		if _, err := w.clients.Rotate(t.Context(), client.Command, made.ID.String(), wrong); !client.ErrOverlap.Is(err) {
			t.Errorf("overlap %s: %v", wrong, err)
		}
	}
}

// Two who rotate at once leave two secrets, not three, whoever comes first.
func TestTwoRotationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	done := make(chan error, 4)
	for range cap(done) {
		go func() {
			_, err := w.clients.Rotate(context.WithoutCancel(t.Context()), client.Command, made.ID.String(), time.Hour)
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if d, err := w.clients.Find(t.Context(), client.Command, made.ID.String()); err != nil || len(d.Secrets) != 2 {
		t.Errorf("%d secrets, %v", len(d.Secrets), err)
	}
}

// The database itself has room for two secrets alone.
func TestThirdSecretHasNoRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	insert := func(expires any) error {
		return w.db.Read(t.Context()).Exec(`INSERT INTO machine_client_secrets (id, client_id, hash, created_at, expires_at)
			VALUES (gen_random_uuid(), ?, sha256('x'), now(), ?)`, made.ID, expires).Error
	}
	if err := insert(nil); !pg.Violates(err, "machine_client_secrets_one_is_current") {
		t.Errorf("a second current one: %v", err)
	}
	if err := insert(w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := insert(w.clock.Now()); !pg.Violates(err, "machine_client_secrets_one_is_outgoing") {
		t.Errorf("a third one: %v", err)
	}
}

// Sent again with its key, a registration or rotation has its first answer, but no
// secret: that is not kept, with the key as little as anywhere.
func TestSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := idempotency.With(t.Context(), idempotency.Request{Caller: "x", Key: "k", Route: "POST /admin/clients"})
	r := client.Registration{Name: "system", Party: auth.Person, Scopes: []string{auth.ScopeRead}}
	first, err := w.clients.Register(ctx, client.Command, r)
	if err != nil || first.Secret == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := w.clients.Register(ctx, client.Command, r)
	if err != nil || again.ID != first.ID || again.Secret != "" {
		t.Errorf("%+v, %v", again, err)
	}
	ctx = idempotency.With(t.Context(), idempotency.Request{Caller: "x", Key: "l", Route: "POST rotate"})
	fresh, err := w.clients.Rotate(ctx, client.Command, "system", time.Hour)
	if err != nil || fresh.Secret == "" {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if same, err := w.clients.Rotate(ctx, client.Command, "system", time.Hour); err != nil || same.ID != fresh.ID || same.Secret != "" {
		t.Errorf("%+v, %v", same, err)
	}
	var found int
	if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM idempotency_keys k WHERE strpos(k::text, ?) > 0 OR strpos(k::text, ?) > 0`,
		first.Secret, fresh.Secret).Scan(&found).Error; err != nil || found != 0 {
		t.Errorf("a secret is kept with the key (%v)", err)
	}
}

// Who manages what: the command everybody, an administrator's client everybody but
// its like, anybody else nobody.
func TestWhoManages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.register(t, auth.Administrator, auth.ScopeClients)
	system := w.register(t, auth.Person, auth.ScopeRead)
	by := auth.Actor{Party: auth.Administrator, ClientID: admin.ID, Name: "admin", Scopes: []string{auth.ScopeClients}}
	ctx := t.Context()
	acts := func(who auth.Actor, id uuid.UUID) map[string]error {
		out := map[string]error{}
		_, out["change"] = w.clients.Change(ctx, who, id.String(), 0, client.Changes{Scopes: []string{map[uuid.UUID]string{admin.ID: auth.ScopeClients, system.ID: auth.ScopeRead}[id]}})
		_, out["rotate"] = w.clients.Rotate(ctx, who, id.String(), time.Hour)
		out["revoke"] = w.clients.RevokeSecret(ctx, who, id.String(), uuid.New())
		_, out["keys"] = w.clients.AddKeys(ctx, who, id.String(), []client.JWK{p256JWK(newECKey(t), "k")})
		out["remove"] = w.clients.RemoveKey(ctx, who, id.String(), "k")
		_, out["disable"] = w.clients.Disable(ctx, who, id.String())
		_, out["enable"] = w.clients.Enable(ctx, who, id.String())
		return out
	}
	for name, err := range acts(by, system.ID) {
		if name != "revoke" && err != nil || name == "revoke" && !client.ErrSecretNotFound.Is(err) {
			t.Errorf("an administrator's %s: %v", name, err)
		}
	}
	for name, err := range acts(by, admin.ID) {
		if !client.ErrByCommand.Is(err) {
			t.Errorf("an administrator's %s of an administrator: %v", name, err)
		}
	}
	for name, err := range acts(auth.Actor{Party: auth.Ministry, ClientID: system.ID}, system.ID) {
		if !auth.ErrScope.Is(err) {
			t.Errorf("a stranger's %s: %v", name, err)
		}
	}
	if _, err := w.clients.Register(ctx, by, client.Registration{Name: "second", Party: auth.Administrator, Scopes: []string{auth.ScopeClients}}); !client.ErrByCommand.Is(err) {
		t.Errorf("an administrator made another: %v", err)
	}
	if _, err := w.clients.Change(ctx, by, system.ID.String(), 99, client.Changes{Scopes: []string{auth.ScopeRead}}); !client.ErrStale.Is(err) {
		t.Errorf("a version that it never had: %v", err)
	}
	if _, err := w.clients.Change(ctx, by, system.ID.String(), 0, client.Changes{Scopes: []string{auth.ScopeClients}}); errs.Code(err) != "client.scopes" {
		t.Errorf("a scope that raises it: %v", err)
	}
	var lines int
	if err := w.db.Read(ctx).Raw(`SELECT count(*) FROM audit_log WHERE caller = ? AND subject_id = ?`, by.Caller(), system.ID.String()).Scan(&lines).Error; err != nil || lines != 6 {
		t.Errorf("%d lines in the audit log, wanted change, rotate, add_key, remove_key, disable, enable (%v)", lines, err)
	}
}

// A refusal is noted once a minute for each client, however often it is refused.
func TestRefusalsAreAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	lines := func() (n int) {
		t.Helper()
		if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM audit_log WHERE action = 'client.refused' AND subject_id = ? AND reason = 'wrong secret' AND ip = '192.0.2.1'`,
			made.ID.String()).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	try := func(id string) {
		t.Helper()
		if _, err := w.clients.Token(t.Context(), client.Request{ClientID: id, Secret: "x", IP: "192.0.2.1"}); !client.ErrCredentials.Is(err) {
			t.Fatal(err)
		}
	}
	for range 5 {
		try(made.ID.String())
		try("nobody")
	}
	if lines() != 1 {
		t.Errorf("%d lines", lines())
	}
	w.clock.Advance(time.Minute)
	try(made.ID.String())
	if lines() != 2 {
		t.Errorf("%d lines a minute later", lines())
	}
}

// Use is noted to within minutes: a busy client costs no write a request.
func TestUseIsNotedCoarsely(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	issued, err := w.clients.Token(t.Context(), client.Request{ClientID: made.ID.String(), Secret: made.Secret})
	if err != nil {
		t.Fatal(err)
	}
	claims, err := w.tokens.Verify(issued.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	used := func() time.Time {
		t.Helper()
		if _, err := w.clients.Actor(t.Context(), claims); err != nil {
			t.Fatal(err)
		}
		d, err := w.clients.Find(t.Context(), client.Command, made.ID.String())
		if err != nil || d.LastUsedAt == nil {
			t.Fatalf("%v, %v", d.LastUsedAt, err)
		}
		return d.LastUsedAt.UTC()
	}
	first := used()
	w.clock.Advance(5*time.Minute - time.Second)
	if !used().Equal(first) {
		t.Error("noted anew within five minutes")
	}
	w.clock.Advance(time.Second)
	if !used().Equal(first.Add(5 * time.Minute)) {
		t.Error("not noted after five minutes")
	}
}
