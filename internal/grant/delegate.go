package grant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/pg"
)

// usedCoarse is how exact "last used" of a grant is.
const usedCoarse = 5 * time.Minute

// Granted is what a token for one enterprise may hold: see client.Options.
// client.ErrNoGrant.
func (s *Service) Granted(ctx context.Context, clientID uuid.UUID, creditCode string) (uuid.UUID, []string, error) {
	rows, err := read(s.db.Read(ctx), `g.client_id = ? AND g.ended_at IS NULL AND g.expires_at > ?
		AND g.enterprise_id = (SELECT id FROM enterprises WHERE credit_code = ?)`, clientID, s.db.Now(), creditCode)
	if err != nil {
		return uuid.Nil, nil, err
	}
	if len(rows) == 0 {
		return uuid.Nil, nil, client.ErrNoGrant.New()
	}
	g := rows[0].grant()
	return g.EnterpriseID, g.Scopes, nil
}

// Delegate makes an integrator whose token names an enterprise act for it, as far
// as the grant goes now. [ErrEnded].
func (s *Service) Delegate(ctx context.Context, who auth.Actor, enterpriseID string) (auth.Actor, error) {
	enterprise, err := uuid.Parse(enterpriseID)
	if err != nil || who.Party != auth.Integrator {
		return auth.Actor{}, ErrEnded.New()
	}
	rows, err := read(s.db.Read(ctx), `g.client_id = ? AND g.enterprise_id = ? AND g.ended_at IS NULL AND g.expires_at > ?`,
		who.ClientID, enterprise, s.db.Now())
	if err != nil {
		return auth.Actor{}, err
	}
	if len(rows) == 0 {
		return auth.Actor{}, ErrEnded.New()
	}
	g := rows[0].grant()
	return auth.Actor{Party: auth.Enterprise, Name: who.Name, ClientID: who.ClientID, EnterpriseID: enterprise, GrantID: g.ID,
		Scopes: slices.DeleteFunc(who.Scopes, func(s string) bool { return !slices.Contains(g.Scopes, s) })}, nil
}

// Read notes what an integrator is about to read, before it is shown anything:
// what cannot be noted is not read. record is the id of a single record, "" for a list.
func (s *Service) Read(ctx context.Context, who auth.Actor, resource, record string) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		if err := tx.Exec(`UPDATE enterprise_grants SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ?)`,
			tx.Now, who.GrantID, tx.Now.Add(-usedCoarse)).Error; err != nil {
			return fmt.Errorf("grant: note its use: %w", err)
		}
		what := resource
		if record != "" {
			what += " " + record
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "grant.read", SubjectType: "grant", SubjectID: who.GrantID.String(), Reason: what})
	})
}
