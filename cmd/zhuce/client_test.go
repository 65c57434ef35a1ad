package main

import (
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/pii"
	"zhuce/internal/token"
)

// TestClientCommands goes through a client's whole life on the command line.
func TestClientCommands(t *testing.T) {
	url := pgtest.URL(t)
	for name, value := range map[string]string{
		"DATABASE_URL": url, "ZHUCE_ENVIRONMENT": "development", "ZHUCE_PUBLIC_URL": "http://localhost:8080",
		"ZHUCE_MASTER_KEY":  base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))),
		"ZHUCE_OIDC_ISSUER": "http://localhost:8090", "ZHUCE_OIDC_CLIENT_ID": "zhuce",
	} {
		t.Setenv(name, value)
	}
	zhuce := func(args ...string) (string, error) {
		var out strings.Builder
		err := run(t.Context(), append([]string{"client"}, args...), &out, io.Discard)
		return out.String(), err
	}
	db, err := pg.Open(t.Context(), pg.Config{URL: url, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	vault, _ := pii.New([]byte(strings.Repeat("k", 32)))
	issuer, err := token.New(t.Context(), token.Options{DB: db, Vault: vault, Issuer: "x", Life: time.Minute, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	works := func(secret string) bool {
		_, err := client.New(client.Options{DB: db, Tokens: issuer}).Token(t.Context(), client.Request{ClientID: "江苏厅", Secret: secret})
		return err == nil
	}
	secretIn := regexp.MustCompile(`client_secret: (\S{43})\n`)

	out, err := zhuce("add", "江苏厅", "--party", "province", "--scope", auth.ScopeRead, "--province", "32")
	if err != nil {
		t.Fatal(err)
	}
	found := secretIn.FindStringSubmatch(out)
	if found == nil || !works(found[1]) {
		t.Fatalf("the secret shown does not work: %q", out)
	}
	if _, err := zhuce("add", "江苏厅", "--party", "province", "--scope", auth.ScopeRead, "--province", "32"); err == nil || !strings.Contains(err.Error(), "client.name_taken") {
		t.Errorf("the name twice: %v", err)
	}
	if _, err := zhuce("add", "浙江厅", "--party", "province", "--scope", "everything"); err == nil || !strings.Contains(err.Error(), "client.scopes") {
		t.Errorf("a scope that is none: %v", err)
	}
	out, err = zhuce("rotate", "江苏厅", "--overlap", "0")
	fresh := secretIn.FindStringSubmatch(out)
	if err != nil || fresh == nil || !works(fresh[1]) || works(found[1]) {
		t.Errorf("rotated: %q, %v", out, err)
	}
	if out, err = zhuce("list"); err != nil || !strings.Contains(out, "江苏厅") || strings.Contains(out, fresh[1]) {
		t.Errorf("list: %q, %v", out, err)
	}
	if _, err := zhuce("disable", "江苏厅"); err != nil || works(fresh[1]) {
		t.Errorf("disabled, yet it works: %v", err)
	}
	if _, err := zhuce("disable", "nobody"); err == nil || !strings.Contains(err.Error(), "client.not_found") {
		t.Errorf("nobody: %v", err)
	}
}
