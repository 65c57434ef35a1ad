package idp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/idp/idptest"
)

func sprint(v any) string { return fmt.Sprint(v) }

func TestMisbehaviourIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrong idp.Misbehaviour
		want  string
	}{
		"issuer":    {idp.Misbehaviour{WrongIssuer: true}, "different provider"},
		"audience":  {idp.Misbehaviour{WrongAudience: true}, "expected audience"},
		"key":       {idp.Misbehaviour{WrongKey: true}, "failed to verify"},
		"expired":   {idp.Misbehaviour{Expired: true}, "token is expired"},
		"algorithm": {idp.Misbehaviour{AlgNone: true}, "malformed jwt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			p.Provider.Misbehave(c.wrong)
			for range 2 { // it lasts
				raw, _ := p.identity(t, "huadong")
				_, err := p.verifier.Verify(t.Context(), raw)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("verified with %v, want %q", err, c.want)
				}
			}
			p.Provider.Misbehave(idp.Misbehaviour{})
			raw, _ := p.identity(t, "huadong")
			if _, err := p.verifier.Verify(t.Context(), raw); err != nil {
				t.Errorf("after the end of it: %v", err)
			}
		})
	}
}

func TestMisbehavingClaims(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.Provider.Misbehave(idp.Misbehaviour{
		WrongNonce: true, TrustLevel: 1, OmitClaims: []string{"unified_social_credit_code", "name"},
		SetClaims: map[string]any{"user_type": "natural_person"},
	})
	raw, token := p.identity(t, "huadong")
	checked, err := p.verifier.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if checked.Nonce == "n-1" {
		t.Error("the nonce is right")
	}
	var claims map[string]any
	if err := checked.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	info, err := p.userinfo(t, token)
	if err != nil {
		t.Fatal(err)
	}
	for _, told := range []map[string]any{claims, info} {
		if told["trust_level"] != float64(1) || told["user_type"] != "natural_person" ||
			told["name"] != nil || told["unified_social_credit_code"] != nil || told["legal_representative"] == nil {
			t.Errorf("told %v", told)
		}
	}
}

func TestTokensFollowTheInjectedClock(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.Advance(-48 * time.Hour)
	raw, _ := p.identity(t, "huadong")
	if _, err := p.verifier.Verify(t.Context(), raw); err == nil {
		t.Error("a token of two days ago is good today")
	}
	then := p.provider.Verifier(&oidc.Config{ClientID: "zhuce", Now: func() time.Time { return time.Now().Add(-48 * time.Hour) }})
	if _, err := then.Verify(t.Context(), raw); err != nil {
		t.Error(err)
	}
}

func TestRSAKey(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := newParty(t, idptest.StartWith(t, func(o *idp.Options) { o.Clients, o.Key = clients(o.Issuer), key }))
	raw, _ := p.identity(t, "huadong")
	if _, err := p.verifier.Verify(t.Context(), raw); err != nil {
		t.Error(err)
	}
	p.Provider.Misbehave(idp.Misbehaviour{WrongKey: true})
	raw, _ = p.identity(t, "huadong")
	if _, err := p.verifier.Verify(t.Context(), raw); err == nil {
		t.Error("a forged signature passed")
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	p := start(t)
	status, body := fetch(t, http.MethodPut, p.URL+"/control/misbehaviour", `{"wrong_issuer":true,"omit_claims":["name"],"trust_level":2}`)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	raw, _ := p.identity(t, "huadong")
	if _, err := p.verifier.Verify(t.Context(), raw); err == nil {
		t.Error("the switch did nothing")
	}
	if status, _ := fetch(t, http.MethodPut, p.URL+"/control/misbehaviour", `{"wrong_isuer":true}`); status != http.StatusBadRequest {
		t.Errorf("a misspelt switch: %d", status)
	}
	if _, body := fetch(t, http.MethodGet, p.URL+"/control/misbehaviour", ""); !strings.Contains(body, `"wrong_issuer":true`) {
		t.Errorf("a refused change changed something: %s", body)
	}
	fetch(t, http.MethodPut, p.URL+"/control/misbehaviour", `{}`)
	raw, _ = p.identity(t, "huadong")
	if _, err := p.verifier.Verify(t.Context(), raw); err != nil {
		t.Error(err)
	}

	page, _ := p.Open(t, idptest.NewBrowser(t), p.login().url)
	var answer struct{ Answer string }
	status, body = fetch(t, http.MethodGet, p.URL+"/control/captcha/"+page.Fields["captcha_id"], "")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || len(answer.Answer) != 4 {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := fetch(t, http.MethodGet, p.URL+"/control/captcha/none", ""); status != http.StatusNotFound {
		t.Errorf("unknown captcha: %d", status)
	}
	_, body = fetch(t, http.MethodGet, p.URL+"/control/accounts", "")
	for _, secret := range []string{idptest.Password, "$2a$", "13800138000"} {
		if strings.Contains(body, secret) {
			t.Errorf("%s is in %s", secret, body)
		}
	}
	if !strings.Contains(body, `"user_name":"huadong"`) || !strings.Contains(body, "138****8000") {
		t.Errorf("accounts: %s", body)
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	good := func() idp.Options {
		return idp.Options{Issuer: "http://localhost:1", Clients: clients(""), BcryptCost: 4}
	}
	for name, spoil := range map[string]func(*idp.Options){
		"no issuer":        func(o *idp.Options) { o.Issuer = "" },
		"issuer with path": func(o *idp.Options) { o.Issuer = "http://localhost:1/idp" },
		"no client":        func(o *idp.Options) { o.Clients = nil },
		"bare client":      func(o *idp.Options) { o.Clients = []idp.Client{{ID: "x"}} },
		"nameless account": func(o *idp.Options) { o.Accounts = []idp.Account{{Password: "x"}} },
		"account twice":    func(o *idp.Options) { o.Accounts = []idp.Account{{UserName: "a"}, {UserName: " A"}} },
	} {
		o := good()
		spoil(&o)
		if _, err := idp.New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := idp.New(good()); err != nil {
		t.Error(err)
	}
}
