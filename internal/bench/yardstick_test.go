package bench

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"crypto/elliptic"
)

// The yardstick is what somebody who knows how would write by hand for this one
// page and nothing else: net/http, pgx, the token's signature checked, one query,
// encoding/json. It knows no session, no total, no actions, no log.

type yardstickRow struct {
	ID               uuid.UUID  `json:"id"`
	Reference        string     `json:"reference"`
	PersonName       string     `json:"person_name"`
	Gender           string     `json:"gender"`
	IDType           string     `json:"id_type"`
	IDNumberMasked   string     `json:"id_number_masked"`
	Profession       string     `json:"profession"`
	RegistrationType string     `json:"registration_type"`
	Track            string     `json:"track"`
	Status           string     `json:"status"`
	PreRegistration  *string    `json:"pre_registration"`
	Withdrawal       *string    `json:"withdrawal"`
	Revision         int        `json:"revision"`
	Province         string     `json:"province"`
	DeliveredAt      time.Time  `json:"delivered_at"`
	SubmittedAt      *time.Time `json:"submitted_at"`
	UpdatedAt        time.Time  `json:"updated_at"`
	Version          int        `json:"version"`
}

type yardstickPage struct {
	Items      []yardstickRow `json:"items"`
	NextCursor string         `json:"next_cursor"`
}

const yardstickColumns = `id, reference, person_name, gender, id_type, id_number_masked, profession, registration_type, track, status,
	pre_registration, withdrawal, revision, province, delivered_at, submitted_at, updated_at, version`

const (
	yardstickFirst = `SELECT ` + yardstickColumns + ` FROM filings WHERE enterprise_id = $1 AND status <> 'returned'
		ORDER BY updated_at DESC, id DESC LIMIT 21`
	yardstickNext = `SELECT ` + yardstickColumns + ` FROM filings WHERE enterprise_id = $1 AND status <> 'returned'
		AND (updated_at, id) < ($2, $3) ORDER BY updated_at DESC, id DESC LIMIT 21`
)

type yardstickClaims struct {
	jwt.RegisteredClaims
	Enterprise uuid.UUID `json:"ent"`
}

func yardstick() (http.Handler, error) {
	key, err := publicKey(os.Getenv(jwksEnv))
	if err != nil {
		return nil, err
	}
	pc, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	pc.MaxConns, pc.MinConns = 16, 16
	pc.ConnConfig.RuntimeParams["application_name"] = "yardstick"
	pool, err := pgxpool.NewWithConfig(context.Background(), pc)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer("https://zhuce.example"), jwt.WithExpirationRequired())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /filings", func(w http.ResponseWriter, r *http.Request) {
		var claims yardstickClaims
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, err := parser.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		page, err := yardstickList(r.Context(), pool, claims.Enterprise, r.URL.Query().Get("cursor"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page)
	})
	return mux, nil
}

func yardstickList(ctx context.Context, pool *pgxpool.Pool, enterprise uuid.UUID, cursor string) (yardstickPage, error) {
	sql, args := yardstickFirst, []any{enterprise}
	if cursor != "" {
		at, id, _ := strings.Cut(cursor, "_")
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return yardstickPage{}, err
		}
		sql, args = yardstickNext, []any{enterprise, t, uuid.MustParse(id)}
	}
	rows, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return yardstickPage{}, err
	}
	defer rows.Close()
	p := yardstickPage{Items: make([]yardstickRow, 0, 21)}
	for rows.Next() {
		var f yardstickRow
		if err := rows.Scan(&f.ID, &f.Reference, &f.PersonName, &f.Gender, &f.IDType, &f.IDNumberMasked, &f.Profession, &f.RegistrationType,
			&f.Track, &f.Status, &f.PreRegistration, &f.Withdrawal, &f.Revision, &f.Province, &f.DeliveredAt, &f.SubmittedAt,
			&f.UpdatedAt, &f.Version); err != nil {
			return yardstickPage{}, err
		}
		p.Items = append(p.Items, f)
	}
	if len(p.Items) > 20 {
		p.Items = p.Items[:20]
		last := p.Items[19]
		p.NextCursor = last.UpdatedAt.UTC().Format(time.RFC3339Nano) + "_" + last.ID.String()
	}
	return p, rows.Err()
}

// publicKey reads the one key of a published set.
func publicKey(jwks string) (*ecdsa.PublicKey, error) {
	var set struct{ Keys []struct{ X, Y string } }
	if err := json.Unmarshal([]byte(jwks), &set); err != nil {
		return nil, err
	}
	if len(set.Keys) != 1 {
		return nil, errors.New("one key is expected")
	}
	point := []byte{4}
	for _, part := range []string{set.Keys[0].X, set.Keys[0].Y} {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return nil, err
		}
		point = append(point, b...)
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}
