// Package client knows the machine clients: other people's systems that call the
// API with OAuth 2 client credentials (RFC 6749 §4.4).
//
// A client proves itself by a secret or by a token request that it signs with a key
// of its own (private_key_jwt, RFC 7523). A secret is 256 random bits, shown once
// and kept as its SHA-256: a slow hash protects secrets that people choose, and
// nobody chose this one.
package client

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/token"
)

// Refusals of the administrator's acts.
var (
	ErrNotFound    = errs.Define(errs.NotFound, "client.not_found", "没有客户端 {name}", "There is no client {name}")
	ErrNameTaken   = errs.Define(errs.Conflict, "client.name_taken", "客户端名称 {name} 已被使用", "There is a client {name} already")
	ErrName        = errs.Define(errs.Invalid, "client.name", "客户端名称应为 2 至 64 个字母、汉字、数字或 . _ -", "A client's name has 2 to 64 letters, digits or . _ -")
	ErrDescription = errs.Define(errs.Invalid, "client.description", "说明最多 {limit} 字", "A description has at most {limit} characters")
	ErrParty       = errs.Define(errs.Invalid, "client.party", "客户端应代表以下之一：{known}", "A client acts for one of: {known}")
	ErrScopes      = errs.Define(errs.Invalid, "client.scopes", "权限应为以下的一个或多个：{known}", "The scopes are one or more of: {known}")
	ErrProvinces   = errs.Define(errs.Invalid, "client.provinces", "{code} 不是两位的省级行政区划代码", "{code} is not a two-digit province code")
	// A province sees what lies in its provinces, so one without any would see nothing; nobody else's rights end at a province.
	ErrProvinceNeeded = errs.Define(errs.Invalid, "client.province_needed", "省级客户端应至少指定一个省级行政区划代码", "A province's client names at least one province")
	ErrProvinceAlone  = errs.Define(errs.Invalid, "client.province_alone", "只有省级客户端可以限定省份", "Only a province's client is held to provinces")
	ErrSecret         = errs.Define(errs.Invalid, "client.secret", "密钥应为 16 至 128 个可见 ASCII 字符", "A secret has 16 to 128 visible ASCII characters")
	ErrListed         = errs.Define(errs.Invalid, "client.listed", "只有第三方集成可以列入供企业选择的名单", "Only an integrator can be listed for enterprises to choose")
	// ErrByCommand: whoever manages clients over the network cannot make, or take over, somebody who does.
	ErrByCommand = errs.Define(errs.Forbidden, "client.administrator_by_command", "平台管理员的客户端只能用命令管理", "An administrator's client is managed by the command alone")
	ErrStale     = errs.Define(errs.Stale, "client.stale", "客户端已被他人修改，请重新读取", "The client was changed by somebody else; read it again")
)

const descriptionMax = 200 // characters

// Scopes are all that the other side of the exchange – a person's system, a
// province, the ministry – can be granted.
var Scopes = []string{auth.ScopeDeliver, auth.ScopeRead, auth.ScopeWithdraw, auth.ScopeDecide,
	auth.ScopeFindings, auth.ScopeRenames, auth.ScopeNotices, auth.ScopeCorrect, auth.ScopeEvents}

// EnterpriseScopes are what an enterprise can give an integrator over its own data.
var EnterpriseScopes = []string{auth.ScopeEnterpriseFilings, auth.ScopeEnterpriseRegistrants,
	auth.ScopeEnterpriseWarnings, auth.ScopeEnterpriseMessages, auth.ScopeEnterpriseAppeals}

// Parties are whom a client can act for.
var Parties = []auth.Party{auth.Person, auth.Province, auth.Ministry, auth.Integrator, auth.Administrator}

// ScopesOf are what a client of the party can be granted. An integrator's are an
// upper bound over the enterprises: each gives of them what it likes.
func ScopesOf(p auth.Party) []string {
	switch p {
	case auth.Person, auth.Province, auth.Ministry:
		return Scopes
	case auth.Integrator:
		return append([]string{auth.ScopeEvents}, EnterpriseScopes...)
	case auth.Administrator:
		return []string{auth.ScopeClients}
	}
	return nil
}

// Client is another system as we know it. Neither secret nor key is part of it.
type Client struct {
	ID          uuid.UUID
	Name        string // unique; also taken as client_id
	Description string
	Party       auth.Party
	Scopes      []string
	Provinces   []string // two-digit codes that a province acts for; nobody else has any
	Listed      bool     // an integrator that enterprises may choose
	Version     int
	CreatedAt   time.Time
	DisabledAt  *time.Time
	LastUsedAt  *time.Time // to within [coarse]
	RefusedAt   *time.Time // the last audited refusal of a token
}

// Options of New.
type Options struct {
	DB     *pg.DB
	Tokens *token.Issuer // nil where no token is issued: commands
	// Issuer is the product's public URL, and TokenURL its token endpoint: either
	// is who a signed token request may be meant for.
	Issuer, TokenURL string
	// Granted says what an enterprise has given an integrator; [ErrNoGrant].
	Granted func(ctx context.Context, clientID uuid.UUID, creditCode string) (enterprise uuid.UUID, scopes []string, err error)
}

// Service is every act upon machine clients.
type Service struct {
	Options
	db *pg.DB
}

// New builds the service.
func New(o Options) *Service { return &Service{Options: o, db: o.DB} }

// Command is who the audit log names for commands on the machine itself.
var Command = auth.Actor{Party: auth.System, Name: "administrator"}

// Registration is a client to be made.
type Registration struct {
	Name, Description string
	Party             auth.Party
	Scopes, Provinces []string
	Listed            bool
	// Secret is one that is written down somewhere, as the development stack needs;
	// "" makes a new one.
	Secret string
}

// Registered is a client that was made. Its secret is not remembered with an
// idempotency key: sent again, the request gets the client without it.
type Registered struct {
	ID       uuid.UUID
	SecretID uuid.UUID
	Secret   string `json:"-"`
}

var (
	nameForm   = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{1,63}$`)
	secretForm = regexp.MustCompile(`^[!-~]{16,128}$`)
)

// Register makes a client and gives its secret, which is never shown again.
// Refusals: [ErrName], [ErrNameTaken], [ErrParty], [ErrScopes], [ErrProvinces],
// [ErrProvinceNeeded], [ErrProvinceAlone],
// [ErrListed], [ErrSecret], [ErrByCommand].
func (s *Service) Register(ctx context.Context, who auth.Actor, r Registration) (Registered, error) {
	if err := r.check(who); err != nil {
		return Registered{}, err
	}
	secret := r.Secret
	if secret == "" {
		secret = newSecret()
	}
	made, err := idempotency.Once(ctx, s.db, func(tx pg.Tx) (Registered, error) {
		made := Registered{ID: uuid.Must(uuid.NewV7())}
		err := tx.Exec(`INSERT INTO machine_clients (id, name, description, party, scopes, provinces, listed, created_at)
			VALUES (?, ?, ?, ?, ?::text[], ?::text[], ?, ?)`, made.ID, r.Name, r.Description, r.Party, pg.Texts(folded(r.Scopes)),
			pg.Texts(folded(r.Provinces)), r.Listed, tx.Now).Error
		if err != nil {
			return made, fmt.Errorf("client: insert: %w", err)
		}
		if made.SecretID, err = addSecretTx(tx, made.ID, secret); err != nil {
			return made, err
		}
		made.Secret = secret
		return made, record(tx, who, "client.register", made.ID, granting(r.Scopes, r.Provinces))
	})
	if pg.Violates(err, "machine_clients_name_is_unique") {
		return Registered{}, ErrNameTaken.New("name", r.Name)
	}
	return made, err
}

func (r Registration) check(who auth.Actor) error {
	if _, err := uuid.Parse(r.Name); err == nil || !nameForm.MatchString(r.Name) {
		return ErrName.New() // a name that reads as an id could stand for another client
	}
	if !slices.Contains(Parties, r.Party) {
		return ErrParty.New("known", joined(Parties))
	}
	if err := mayManage(who, r.Party); err != nil {
		return err
	}
	if r.Secret != "" && !secretForm.MatchString(r.Secret) {
		return ErrSecret.New()
	}
	return check(r.Party, Changes{Description: r.Description, Scopes: r.Scopes, Provinces: r.Provinces, Listed: r.Listed})
}

// mayManage: the command manages everybody, an administrator's client all others.
func mayManage(who auth.Actor, party auth.Party) error {
	switch {
	case who.Party == auth.System:
		return nil
	case who.Party != auth.Administrator:
		return auth.ErrScope.New("scope", auth.ScopeClients)
	case party == auth.Administrator:
		return ErrByCommand.New()
	}
	return nil
}

// check are the rules of what can be changed later too.
func check(party auth.Party, c Changes) error {
	known := ScopesOf(party)
	if len(c.Scopes) == 0 || slices.ContainsFunc(c.Scopes, func(s string) bool { return !slices.Contains(known, s) }) {
		return ErrScopes.New("known", strings.Join(known, " "))
	}
	switch {
	case party == auth.Province && len(c.Provinces) == 0:
		return ErrProvinceNeeded.New()
	case party != auth.Province && len(c.Provinces) > 0:
		return ErrProvinceAlone.New()
	}
	for _, code := range c.Provinces {
		if _, known := idno.Provinces[code]; !known {
			return ErrProvinces.New("code", code)
		}
	}
	if c.Listed && party != auth.Integrator {
		return ErrListed.New()
	}
	if utf8.RuneCountInString(c.Description) > descriptionMax || strings.ContainsRune(c.Description, 0) || !utf8.ValidString(c.Description) {
		return ErrDescription.New("limit", descriptionMax)
	}
	return nil
}

func record(tx pg.Tx, who auth.Actor, action string, id uuid.UUID, reason string) error {
	return audit.RecordTx(tx, audit.Entry{Actor: who, Action: action, SubjectType: "client", SubjectID: id.String(), Reason: reason})
}

// granting says in the audit log what a client may do from now on.
func granting(scopes, provinces []string) string {
	where := "all"
	if len(provinces) > 0 {
		where = strings.Join(folded(provinces), ",")
	}
	return strings.Join(folded(scopes), ",") + " in " + where
}

func folded(values []string) []string {
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Compact(values)
}

func joined[S ~string](values []S) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}
