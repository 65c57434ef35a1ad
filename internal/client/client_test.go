package client_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/pii"
	"zhuce/internal/standin/clock"
	"zhuce/internal/token"
)

const tokenURL = "https://zhuce.test/api/v1/exchange/token"

type world struct {
	clock   *clock.Clock
	db      *pg.DB
	tokens  *token.Issuer
	clients *client.Service
}

func newWorld(t *testing.T) world {
	t.Helper()
	c := clock.Frozen(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
	w := world{clock: c, db: pgtest.New(t, func(o *pg.Config) { o.Now = c.Now })}
	vault, err := pii.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if w.tokens, err = token.New(t.Context(), token.Options{DB: w.db, Vault: vault, Issuer: "https://zhuce.test", Life: 10 * time.Minute, Now: c.Now}); err != nil {
		t.Fatal(err)
	}
	w.clients = client.New(client.Options{DB: w.db, Tokens: w.tokens, Issuer: "https://zhuce.test", TokenURL: tokenURL})
	return w
}

// register makes a client of the party, called after it.
func (w world) register(t *testing.T, party auth.Party, scopes ...string) client.Registered {
	t.Helper()
	made, err := w.clients.Register(t.Context(), client.Command, client.Registration{Name: "the-" + string(party), Party: party, Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const deliver, read = auth.ScopeDeliver, auth.ScopeRead
	for _, c := range []struct {
		name              string
		party             auth.Party
		scopes, provinces []string
		code              string
	}{
		{"person-edition", auth.Person, []string{deliver, read, deliver}, nil, ""},
		{"江苏省厅", auth.Province, []string{read}, []string{"32"}, ""},
		{"person-edition", auth.Person, []string{read}, nil, "client.name_taken"},
		{"x", auth.Person, []string{read}, nil, "client.name"},
		{"two words", auth.Person, []string{read}, nil, "client.name"},
		{"nul\x00", auth.Person, []string{read}, nil, "client.name"},
		{"a:b", auth.Person, []string{read}, nil, "client.name"},
		{uuid.NewString(), auth.Person, []string{read}, nil, "client.name"},
		{"firm", auth.Enterprise, []string{read}, nil, "client.party"},
		{"greedy", auth.Person, []string{"everything"}, nil, "client.scopes"},
		{"idle", auth.Person, nil, nil, "client.scopes"},
		{"nowhere", auth.Province, []string{read}, []string{"99"}, "client.provinces"},
	} {
		made, err := w.clients.Register(t.Context(), client.Command, client.Registration{Name: c.name, Party: c.party, Scopes: c.scopes, Provinces: c.provinces})
		if errs.Code(err) != c.code || c.code == "" && err != nil {
			t.Errorf("%s: %v, wanted %q", c.name, err, c.code)
		}
		if c.code == "" && (made.ID == uuid.Nil || len(made.Secret) != 43) {
			t.Errorf("%s: %s, a secret of %d characters", c.name, made.ID, len(made.Secret))
		}
	}
	if _, err := w.clients.Register(t.Context(), client.Command, client.Registration{Name: "short", Secret: "secret", Party: auth.Person, Scopes: []string{read}}); !client.ErrSecret.Is(err) {
		t.Errorf("short secret: %v", err)
	}
	p, err := w.clients.List(t.Context(), client.Command, "", "", 20)
	all := p.Items
	if err != nil || len(all) != 2 || !slices.Equal(all[0].Scopes, []string{deliver, read}) || !slices.Equal(all[1].Provinces, []string{"32"}) {
		t.Errorf("%+v, %v", all, err)
	}
	var kept int
	if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM audit_log WHERE action = 'client.register' AND caller = 'system:administrator'`).Scan(&kept).Error; err != nil || kept != 2 {
		t.Errorf("%d audit lines, %v", kept, err)
	}
}

func TestSecretIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.register(t, auth.Person, auth.ScopeRead).Secret
	var found int
	if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM machine_clients c, machine_client_secrets s, audit_log a WHERE strpos(c::text || s::text || a::text, ?) > 0`, secret).Scan(&found).Error; err != nil || found != 0 {
		t.Errorf("the secret stands in the database (%v)", err)
	}
}

func TestActorIsAsTheClientStandsNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.clients.Register(t.Context(), client.Command, client.Registration{Name: "province", Party: auth.Province,
		Scopes: []string{auth.ScopeDeliver, auth.ScopeRead}, Provinces: []string{"32", "33"}})
	if err != nil {
		t.Fatal(err)
	}
	id := made.ID
	issued, err := w.clients.Token(t.Context(), client.Request{ClientID: id.String(), Secret: made.Secret})
	if err != nil || issued.ExpiresIn != 600 {
		t.Fatalf("%+v, %v", issued, err)
	}
	claims, err := w.tokens.Verify(issued.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	who, err := w.clients.Actor(t.Context(), claims)
	want := auth.Actor{Party: auth.Province, Name: "province", ClientID: id, Scopes: []string{auth.ScopeDeliver, auth.ScopeRead}, Provinces: []string{"32", "33"}}
	if err != nil || who.Party != want.Party || who.ClientID != want.ClientID || !slices.Equal(who.Scopes, want.Scopes) || !slices.Equal(who.Provinces, want.Provinces) {
		t.Errorf("%+v, %v", who, err)
	}
	// A scope that was taken away is gone, whatever the token says.
	if err := w.db.Read(t.Context()).Exec(`UPDATE machine_clients SET scopes = '{filings:read}'`).Error; err != nil {
		t.Fatal(err)
	}
	if who, err = w.clients.Actor(t.Context(), claims); err != nil || !slices.Equal(who.Scopes, []string{auth.ScopeRead}) {
		t.Errorf("%v, %v", who.Scopes, err)
	}
	if _, err := w.clients.Disable(t.Context(), client.Command, id.String()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.clients.Actor(t.Context(), claims); !client.ErrDisabled.Is(err) {
		t.Errorf("disabled: %v", err)
	}
	claims.ClientID = uuid.NewString()
	if _, err := w.clients.Actor(t.Context(), claims); !token.ErrInvalid.Is(err) {
		t.Errorf("a client that never was: %v", err)
	}
	claims.ClientID = "x"
	if _, err := w.clients.Actor(t.Context(), claims); !token.ErrInvalid.Is(err) {
		t.Errorf("an id that is none: %v", err)
	}
}
