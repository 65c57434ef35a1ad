// Package client knows the machine clients: other people's systems that call the
// exchange API with OAuth 2 client credentials (RFC 6749 §4.4).
//
// A secret is 256 random bits, shown once and kept as its SHA-256: a slow hash
// protects secrets that people choose, and nobody chose this one.
package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/token"
)

// Refusals of the administrator's commands.
var (
	ErrNotFound  = errs.Define(errs.NotFound, "client.not_found", "没有客户端 {name}", "There is no client {name}")
	ErrNameTaken = errs.Define(errs.Conflict, "client.name_taken", "客户端名称 {name} 已被使用", "There is a client {name} already")
	ErrName      = errs.Define(errs.Invalid, "client.name", "客户端名称应为 2 至 64 个字母、汉字、数字或 . _ -", "A client's name has 2 to 64 letters, digits or . _ -")
	ErrParty     = errs.Define(errs.Invalid, "client.party", "客户端应代表 person、province 或 ministry", "A client acts for person, province or ministry")
	ErrScopes    = errs.Define(errs.Invalid, "client.scopes", "权限应为以下的一个或多个：{known}", "The scopes are one or more of: {known}")
	ErrProvinces = errs.Define(errs.Invalid, "client.provinces", "{code} 不是两位的省级行政区划代码", "{code} is not a two-digit province code")
	ErrSecret    = errs.Define(errs.Invalid, "client.secret", "密钥应为 16 至 128 个可见 ASCII 字符", "A secret has 16 to 128 visible ASCII characters")
)

// Scopes are all that a client can be granted.
var Scopes = []string{auth.ScopeDeliver, auth.ScopeRead, auth.ScopeWithdraw, auth.ScopeDecide,
	auth.ScopeFindings, auth.ScopeRenames, auth.ScopeNotices, auth.ScopeCorrect, auth.ScopeEvents}

// Client is another system as we know it. The secret is no part of it.
type Client struct {
	ID         uuid.UUID
	Name       string // unique; also taken as client_id
	Party      auth.Party
	Scopes     []string
	Provinces  []string // two-digit codes that it acts for; empty: all
	CreatedAt  time.Time
	DisabledAt *time.Time
}

// Service is every act upon machine clients.
type Service struct {
	db     *pg.DB
	tokens *token.Issuer
}

// New builds the service.
func New(db *pg.DB, tokens *token.Issuer) *Service { return &Service{db: db, tokens: tokens} }

// administrator is who the audit log names for commands on the machine itself.
var administrator = auth.Actor{Party: auth.System, Name: "administrator"}

// Register makes a client and gives its secret, which is never shown again.
// Refusals: [ErrName], [ErrNameTaken], [ErrParty], [ErrScopes], [ErrProvinces].
func (s *Service) Register(ctx context.Context, name string, party auth.Party, scopes, provinces []string) (uuid.UUID, string, error) {
	secret := newSecret()
	id, err := s.register(ctx, name, secret, party, scopes, provinces)
	return id, secret, err
}

// RegisterKnown is Register with a secret that is written down somewhere, as the
// development stack needs. [ErrSecret] for one too short to be any good.
func (s *Service) RegisterKnown(ctx context.Context, name, secret string, party auth.Party, scopes, provinces []string) (uuid.UUID, error) {
	if !secretForm.MatchString(secret) {
		return uuid.Nil, ErrSecret.New()
	}
	return s.register(ctx, name, secret, party, scopes, provinces)
}

var (
	nameForm   = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{1,63}$`)
	secretForm = regexp.MustCompile(`^[!-~]{16,128}$`)
)

func (s *Service) register(ctx context.Context, name, secret string, party auth.Party, scopes, provinces []string) (uuid.UUID, error) {
	scopes, provinces = folded(scopes), folded(provinces)
	if _, err := uuid.Parse(name); err == nil || !nameForm.MatchString(name) {
		return uuid.Nil, ErrName.New() // a name that reads as an id could stand for another client
	}
	if !slices.Contains([]auth.Party{auth.Person, auth.Province, auth.Ministry}, party) {
		return uuid.Nil, ErrParty.New()
	}
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(Scopes, s) }) {
		return uuid.Nil, ErrScopes.New("known", strings.Join(Scopes, " "))
	}
	for _, code := range provinces {
		if _, known := idno.Provinces[code]; !known {
			return uuid.Nil, ErrProvinces.New("code", code)
		}
	}
	id := uuid.Must(uuid.NewV7())
	hash := sha256.Sum256([]byte(secret))
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		if err := tx.Exec(`INSERT INTO machine_clients (id, name, party, scopes, provinces, secret_hash, created_at)
			VALUES (?, ?, ?, ?::text[], ?::text[], ?, ?)`, id, name, party, pg.Texts(scopes), pg.Texts(provinces), hash[:], tx.Now).Error; err != nil {
			return fmt.Errorf("client: insert: %w", err)
		}
		return audit.RecordTx(tx, audit.Entry{Actor: administrator, Action: "client.register", SubjectType: "client", SubjectID: id.String()})
	})
	if pg.Violates(err, "machine_clients_name_is_unique") {
		return uuid.Nil, ErrNameTaken.New("name", name)
	}
	return id, err
}

// Rotate gives the client a new secret; the old one ends at once. Tokens that
// were issued before live out their few minutes: to end those too, disable.
// [ErrNotFound].
func (s *Service) Rotate(ctx context.Context, nameOrID string) (string, error) {
	secret := newSecret()
	hash := sha256.Sum256([]byte(secret))
	return secret, s.change(ctx, nameOrID, "client.rotate", `secret_hash = ?`, hash[:])
}

// Disable ends the client: its next request is refused, whatever token it holds.
// Disabling twice is the same as once. [ErrNotFound].
func (s *Service) Disable(ctx context.Context, nameOrID string) error {
	return s.change(ctx, nameOrID, "client.disable", `disabled_at = COALESCE(disabled_at, ?)`, s.db.Now())
}

func (s *Service) change(ctx context.Context, nameOrID, action, set string, value any) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		var ids []uuid.UUID
		err := tx.Raw(`UPDATE machine_clients SET `+set+` WHERE id::text = ? OR name = ? RETURNING id`, value, nameOrID, nameOrID).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		if len(ids) == 0 {
			return ErrNotFound.New("name", nameOrID)
		}
		return audit.RecordTx(tx, audit.Entry{Actor: administrator, Action: action, SubjectType: "client", SubjectID: ids[0].String()})
	})
}

// List gives every client by name.
func (s *Service) List(ctx context.Context) ([]Client, error) {
	rows, err := s.read(ctx, `true ORDER BY name`)
	if err != nil {
		return nil, err
	}
	out := make([]Client, len(rows))
	for i, r := range rows {
		out[i] = r.client()
	}
	return out, nil
}

// Find gives one client by its name or id. [ErrNotFound].
func (s *Service) Find(ctx context.Context, nameOrID string) (Client, error) {
	r, err := s.find(ctx, nameOrID)
	if err == nil && r.ID == uuid.Nil {
		err = ErrNotFound.New("name", nameOrID)
	}
	return r.client(), err
}

// row is a client as stored. Arrays are read as text: a blank stands in no scope or code.
type row struct {
	ID         uuid.UUID
	Name       string
	Party      auth.Party
	Scopes     string
	Provinces  string
	SecretHash []byte
	CreatedAt  time.Time
	DisabledAt *time.Time
}

func (r row) client() Client {
	return Client{r.ID, r.Name, r.Party, strings.Fields(r.Scopes), strings.Fields(r.Provinces), r.CreatedAt, r.DisabledAt}
}

func (s *Service) read(ctx context.Context, where string, args ...any) ([]row, error) {
	var rows []row
	err := s.db.Read(ctx).Raw(`SELECT id, name, party, array_to_string(scopes, ' ') AS scopes, array_to_string(provinces, ' ') AS provinces,
		secret_hash, created_at, disabled_at FROM machine_clients WHERE `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("client: read: %w", err)
	}
	return rows, nil
}

// find gives the zero row where there is none.
func (s *Service) find(ctx context.Context, nameOrID string) (row, error) {
	rows, err := s.read(ctx, `id::text = ? OR name = ?`, nameOrID, nameOrID)
	if err != nil || len(rows) == 0 {
		return row{}, err
	}
	return rows[0], nil
}

func folded(values []string) []string {
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Compact(values)
}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}
