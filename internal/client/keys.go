package client

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// KeysMax is how many keys a client may have at once: enough to change them over.
const KeysMax = 5

// Moduli of RSA keys, in bits. A longer one would cost us more than it protects.
const (
	rsaMin = 2048
	rsaMax = 8192
)

// Refusals on keys.
var (
	ErrKey         = errs.Define(errs.Invalid, "client.key", "公钥不可用：{why}", "The public key cannot be used: {why}")
	ErrKeyTaken    = errs.Define(errs.Conflict, "client.key_taken", "该客户端已有编号为 {kid} 的公钥", "The client has a key {kid} already")
	ErrTooManyKeys = errs.Define(errs.Conflict, "client.too_many_keys", "一个客户端最多 {max} 个公钥，请先移除不再使用的", "A client has {max} keys at most; remove one that is no longer used")
	ErrKeyNotFound = errs.Define(errs.NotFound, "client.key_not_found", "没有这个公钥，或已移除", "There is no such key, or it was removed")
)

// Why a key cannot be used.
var (
	whyNoKey   = errs.Text{ZH: "不是 JWK 或 JWK Set（RFC 7517）", EN: "this is no JWK and no JWK set (RFC 7517)"}
	whyPrivate = errs.Text{ZH: "其中含有私钥，请只登记公钥并更换该密钥对", EN: "it holds the private key: register the public one alone, and use another pair"}
	whyType    = errs.Text{ZH: "只支持 RSA 和 EC P-256", EN: "RSA and EC P-256 are supported alone"}
	whyUse     = errs.Text{ZH: "不是用于签名的公钥", EN: "it is not meant for signatures"}
	whyAlg     = errs.Text{ZH: "alg 与公钥类型不符；支持 ES256、RS256、PS256", EN: "its alg does not fit its type; ES256, RS256 and PS256 are supported"}
	whyNumbers = errs.Text{ZH: "公钥的数值不对", EN: "its numbers are not those of a key"}
	whyShort   = errs.Text{ZH: "RSA 公钥应为 2048 至 8192 位", EN: "an RSA key has 2048 to 8192 bits"}
	whyKid     = errs.Text{ZH: "kid 应为 1 至 100 个可见 ASCII 字符", EN: "a kid has 1 to 100 visible ASCII characters"}
)

// JWK is a public key as it comes (RFC 7517).
type JWK struct {
	Kty    string   `json:"kty"`
	Kid    string   `json:"kid"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	Crv    string   `json:"crv"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
}

// Key is what is known of a public key.
type Key struct {
	ID         uuid.UUID
	Kid        string
	Kind       string // "RSA", "EC"
	Alg        string // the only one that it may sign with; "" any that fits its type
	CreatedAt  time.Time
	LastUsedAt *time.Time
}

// Algorithms are what a key may sign with.
func (k Key) Algorithms() []string {
	switch {
	case k.Alg != "":
		return []string{k.Alg}
	case k.Kind == "EC":
		return []string{"ES256"}
	}
	return []string{"PS256", "RS256"}
}

// ReadKeys reads a JWK or a JWK set out of a file. [ErrKey].
func ReadKeys(text []byte) ([]JWK, error) {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, ErrKey.New("why", whyNoKey)
	}
	if set.Keys == nil {
		set.Keys = []json.RawMessage{text}
	}
	out := make([]JWK, len(set.Keys))
	for i, raw := range set.Keys {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil || json.Unmarshal(raw, &out[i]) != nil || out[i].Kty == "" {
			return nil, ErrKey.New("why", whyNoKey)
		}
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, there := members[private]; there {
				return nil, ErrKey.New("why", whyPrivate)
			}
		}
	}
	return out, nil
}

// AddKeys registers public keys; the client may sign its token requests with them
// from now on. One without a kid is called by its thumbprint (RFC 7638).
// Refusals: [ErrNotFound], [ErrKey], [ErrKeyTaken], [ErrTooManyKeys], [ErrByCommand].
func (s *Service) AddKeys(ctx context.Context, who auth.Actor, nameOrID string, keys []JWK) ([]Key, error) {
	rows := make([]keyRow, len(keys))
	for i, k := range keys {
		var err error
		if rows[i], err = k.read(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(rows[:i], func(r keyRow) bool { return r.Kid == rows[i].Kid }) {
			return nil, ErrKeyTaken.New("kid", rows[i].Kid)
		}
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) ([]Key, error) {
		c, err := lock(tx, who, nameOrID, 0)
		if err != nil {
			return nil, err
		}
		there, err := liveKeys(tx.DB, c.ID)
		if err != nil {
			return nil, err
		}
		if len(there)+len(rows) > KeysMax || len(rows) == 0 {
			return nil, ErrTooManyKeys.New("max", KeysMax)
		}
		var added []Key
		for _, r := range rows {
			if slices.ContainsFunc(there, func(k Key) bool { return k.Kid == r.Kid }) {
				return nil, ErrKeyTaken.New("kid", r.Kid)
			}
			r.ID, r.CreatedAt = uuid.Must(uuid.NewV7()), tx.Now
			if err := tx.Exec(`INSERT INTO machine_client_keys (id, client_id, kid, kind, alg, public, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				r.ID, c.ID, r.Kid, r.Kind, r.Alg, r.Public, tx.Now).Error; err != nil {
				return nil, fmt.Errorf("client: insert a key: %w", err)
			}
			if err := record(tx, who, "client.add_key", c.ID, r.Kid); err != nil {
				return nil, err
			}
			added = append(added, r.Key)
		}
		return added, nil
	})
}

// RemoveKey ends a key, found by its id or its kid. [ErrNotFound], [ErrKeyNotFound], [ErrByCommand].
func (s *Service) RemoveKey(ctx context.Context, who auth.Actor, nameOrID, key string) error {
	_, err := s.change(ctx, who, nameOrID, 0, func(tx pg.Tx, c Client) error {
		there, err := liveKeys(tx.DB, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(there, func(k Key) bool { return k.ID.String() == key || k.Kid == key })
		if i < 0 {
			return ErrKeyNotFound.New()
		}
		if err := tx.Exec(`UPDATE machine_client_keys SET removed_at = ? WHERE id = ?`, tx.Now, there[i].ID).Error; err != nil {
			return fmt.Errorf("client: remove a key: %w", err)
		}
		return record(tx, who, "client.remove_key", c.ID, there[i].Kid)
	})
	return err
}

// keyRow is a key as stored.
type keyRow struct {
	Key
	Public []byte
}

func readKeys(q *gorm.DB, client uuid.UUID) ([]keyRow, error) {
	var rows []keyRow
	err := q.Raw(`SELECT id, kid, kind, alg, public, created_at, last_used_at FROM machine_client_keys
		WHERE client_id = ? AND removed_at IS NULL ORDER BY created_at, id`, client).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("client: read keys: %w", err)
	}
	return rows, nil
}

func liveKeys(q *gorm.DB, client uuid.UUID) ([]Key, error) {
	rows, err := readKeys(q, client)
	out := make([]Key, len(rows))
	for i, r := range rows {
		out[i] = r.Key
	}
	return out, err
}

// read turns the key into what is stored. [ErrKey].
func (k JWK) read() (keyRow, error) {
	r := keyRow{Key: Key{Kid: k.Kid, Kind: k.Kty, Alg: k.Alg}}
	refuse := func(why errs.Text) (keyRow, error) { return keyRow{}, ErrKey.New("why", why) }
	if k.Use != "" && k.Use != "sig" || len(k.KeyOps) > 0 && !slices.Contains(k.KeyOps, "verify") {
		return refuse(whyUse)
	}
	var public crypto.PublicKey
	var thumbprint string // the members that RFC 7638 names, in its order
	switch {
	case k.Kty == "RSA":
		n, e, err := rsaNumbers(k.N, k.E)
		if err != nil {
			return refuse(whyNumbers)
		}
		if n.BitLen() < rsaMin || n.BitLen() > rsaMax {
			return refuse(whyShort)
		}
		public, thumbprint = &rsa.PublicKey{N: n, E: e}, `{"e":"`+k.E+`","kty":"RSA","n":"`+k.N+`"}`
	case k.Kty == "EC" && k.Crv == "P-256":
		point, err := p256Point(k.X, k.Y)
		if err != nil {
			return refuse(whyNumbers)
		}
		public, thumbprint = point, `{"crv":"P-256","kty":"EC","x":"`+k.X+`","y":"`+k.Y+`"}`
	default:
		return refuse(whyType)
	}
	if k.Alg != "" && !slices.Contains(Key{Kind: k.Kty}.Algorithms(), k.Alg) {
		return refuse(whyAlg)
	}
	if k.Kid == "" {
		sum := sha256.Sum256([]byte(thumbprint))
		r.Kid = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if len(r.Kid) > 100 || slices.ContainsFunc([]byte(r.Kid), func(b byte) bool { return b <= ' ' || b > '~' }) {
		return refuse(whyKid)
	}
	var err error
	if r.Public, err = x509.MarshalPKIXPublicKey(public); err != nil {
		return refuse(whyNumbers)
	}
	return r, nil
}

var errNumbers = errors.New("not the numbers of a key")

func rsaNumbers(n, e string) (*big.Int, int, error) {
	modulus, nErr := base64.RawURLEncoding.DecodeString(n)
	exponent, eErr := base64.RawURLEncoding.DecodeString(e)
	if nErr != nil || eErr != nil || len(exponent) == 0 || len(exponent) > 4 || len(modulus) == 0 {
		return nil, 0, errNumbers
	}
	m, x := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent).Int64()
	if m.Bit(0) == 0 || x < 3 || x%2 == 0 || x > 1<<31-1 {
		return nil, 0, errNumbers
	}
	return m, int(x), nil
}

func p256Point(x, y string) (*ecdsa.PublicKey, error) {
	px, xErr := base64.RawURLEncoding.DecodeString(x)
	py, yErr := base64.RawURLEncoding.DecodeString(y)
	if xErr != nil || yErr != nil || len(px) != 32 || len(py) != 32 {
		return nil, errNumbers
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, px, py)) // refuses what is not on the curve
}
