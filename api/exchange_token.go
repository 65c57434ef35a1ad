package api

import (
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"zhuce/internal/client"
	"zhuce/internal/errs"
)

// tokenBodyMax bounds the form of the token endpoint, in bytes.
const tokenBodyMax = 16 << 10

// Refusals of the token endpoint (RFC 6749 §5.2). Their English texts are sent as
// error_description and therefore have no quotes and no backslash.
var (
	errTokenRequest = errs.Define(errs.Malformed, "exchange.invalid_request", "令牌请求格式不对：{why}", "The token request is not well formed: {why}")
	errGrantType    = errs.Define(errs.Malformed, "exchange.unsupported_grant_type", "只支持 grant_type=client_credentials", "Only grant_type=client_credentials is supported")
)

// Why a token request is not well formed.
var (
	whyForm     = errs.Text{ZH: "应为 application/x-www-form-urlencoded 表单", EN: "an application/x-www-form-urlencoded form is expected"}
	whyRepeated = errs.Text{ZH: "参数重复", EN: "a parameter is repeated"}
	whyGrant    = errs.Text{ZH: "缺少 grant_type", EN: "grant_type is missing"}
	whyTwice    = errs.Text{ZH: "客户端凭据只能用一种方式给出", EN: "the client authenticates in two ways"}
	whyType     = errs.Text{ZH: "client_assertion_type 应为 " + client.AssertionType, EN: "client_assertion_type must be " + client.AssertionType}
)

// oauthErrors are the values of "error" by our codes.
var oauthErrors = map[string]string{
	"exchange.invalid_request": "invalid_request", "exchange.unsupported_grant_type": "unsupported_grant_type",
	"exchange.invalid_client": "invalid_client", "exchange.invalid_assertion": "invalid_client", "exchange.invalid_scope": "invalid_scope",
	"exchange.no_grant": "invalid_target",
}

// TokenResponse is an access token (RFC 6749 §5.1).
type TokenResponse struct {
	AccessToken string `json:"access_token" example:"eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.e30.c2ln"`
	TokenType   string `json:"token_type" enums:"Bearer" example:"Bearer"`
	ExpiresIn   int    `json:"expires_in" example:"600"`
	Scope       string `json:"scope" example:"filings:deliver filings:read"`
}

// issueToken issues an access token to a machine client.
//
// @ID          issueToken
// @Summary     Get an access token (client credentials) (获取令牌)
// @Description RFC 6749 §4.4. The client authenticates with HTTP Basic, with client_id and client_secret in the form, or with a signed assertion (private_key_jwt, RFC 7523):
// @Description a JWT with `iss` = `sub` = client_id, `aud` = this address or the issuer, `exp` at most five minutes away, and a `jti` of its own, signed with ES256, RS256 or PS256. client_id is the id or the name.
// @Description An integrator's token is its own, or for the one enterprise whose unified_social_credit_code is given, as far as that has given it rights (第三方授权); without such a grant the answer is `invalid_target`.
// @Description A refusal is a problem document that also has `error` and `error_description` of RFC 6749 §5.2.
// @Tags        exchange
// @Accept      x-www-form-urlencoded
// @Produce     json
// @Param       grant_type    formData string true  "client_credentials" Enums(client_credentials)
// @Param       scope         formData string false "separated by blanks; all that are granted when left out"
// @Param       client_id     formData string false "unless HTTP Basic or an assertion is used"
// @Param       client_secret formData string false "unless HTTP Basic or an assertion is used" format(password)
// @Param       client_assertion_type formData string false "with an assertion" Enums(urn:ietf:params:oauth:client-assertion-type:jwt-bearer)
// @Param       client_assertion formData string false "the signed JWT" maxlength(8192)
// @Param       unified_social_credit_code formData string false "an integrator: the enterprise to act for" maxlength(18)
// @Success     200 {object} TokenResponse
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     413 {object} Problem
// @Router      /exchange/token [post]
func (a *API) issueToken(c echo.Context) error {
	t, err := a.tokenFor(c)
	if err != nil {
		if oauth, ok := oauthErrors[errs.Code(err)]; ok {
			c.Set(oauthErrorKey, oauth)
		}
		if client.ErrCredentials.Is(err) && c.Request().Header.Get(echo.HeaderAuthorization) != "" {
			// A client that tried the header is told the scheme that fits (RFC 6749 §5.2).
			c.Response().Header().Set("WWW-Authenticate", `Basic realm="zhuce", charset="UTF-8"`)
		}
		return err
	}
	c.Response().Header().Set("Pragma", "no-cache")
	return c.JSON(http.StatusOK, TokenResponse{t.AccessToken, "Bearer", t.ExpiresIn, t.Scope})
}

func (a *API) tokenFor(c echo.Context) (client.Token, error) {
	r := c.Request()
	authorization := r.Header.Get(echo.HeaderAuthorization)
	form, err := tokenForm(r)
	if err != nil {
		return client.Token{}, err
	}
	switch form["grant_type"] {
	case "client_credentials":
	case "":
		return client.Token{}, errTokenRequest.New("why", whyGrant)
	default:
		return client.Token{}, errGrantType.New()
	}
	ask := client.Request{ClientID: form["client_id"], Secret: form["client_secret"], Assertion: form["client_assertion"],
		Scope: form["scope"], CreditCode: form["unified_social_credit_code"], IP: c.RealIP()}
	ways := 0
	for _, given := range []bool{authorization != "", ask.Secret != "", ask.Assertion != "" || form["client_assertion_type"] != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return client.Token{}, errTokenRequest.New("why", whyTwice)
	case ask.Assertion != "" && form["client_assertion_type"] != client.AssertionType, ask.Assertion == "" && form["client_assertion_type"] != "":
		return client.Token{}, errTokenRequest.New("why", whyType)
	case authorization != "":
		var ok bool
		if ask.ClientID, ask.Secret, ok = basicCredentials(r); !ok {
			return client.Token{}, client.ErrCredentials.New()
		}
	}
	from := wrongFrom(ask, a.address(c).caller)
	if q, ok := a.quotas.wrong.over(from); !ok {
		showQuota(c.Response().Header(), q)
		return client.Token{}, errRateLimited.New()
	}
	t, err := a.app.Clients.Token(r.Context(), ask)
	if client.ErrCredentials.Is(err) || client.ErrAssertion.Is(err) {
		a.quotas.wrong.take(from)
	}
	return t, err
}

// wrongFrom is whose wrong attempts are counted together: one client's from one
// address, so that a stranger elsewhere cannot lock a client out.
func wrongFrom(ask client.Request, address string) string {
	id := ask.ClientID
	if id == "" {
		id = ask.Issuer()
	}
	sum := sha256.Sum256([]byte(id))
	return string(sum[:]) + address
}

// tokenForm reads the form; each parameter may come once (RFC 6749 §3.2).
func tokenForm(r *http.Request) (map[string]string, error) {
	mt, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || mt != echo.MIMEApplicationForm {
		return nil, errTokenRequest.New("why", whyForm)
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, err
	}
	values, parseErr := url.ParseQuery(string(body))
	if err != nil || parseErr != nil {
		return nil, errTokenRequest.New("why", whyForm)
	}
	form := make(map[string]string, len(values))
	for name, v := range values {
		if len(v) > 1 {
			return nil, errTokenRequest.New("why", whyRepeated)
		}
		form[name] = v[0]
	}
	return form, nil
}

// basicCredentials undoes the form encoding that RFC 6749 §2.3.1 asks for.
func basicCredentials(r *http.Request) (id, secret string, ok bool) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", "", false
	}
	id, idErr := url.QueryUnescape(user)
	secret, secretErr := url.QueryUnescape(password)
	return id, secret, idErr == nil && secretErr == nil && !strings.ContainsRune(id, 0)
}
