package grant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// Give is what an enterprise gives.
type Give struct {
	ClientID uuid.UUID
	Scopes   []string
	Until    time.Time // any moment of the last day; zero: [DaysDefault] from today
}

// Give lets an integrator read, from now until the end of a day. Only a signed-in
// person can. Refusals: [ErrWrongParty], [ErrIntegrator], [ErrScopes], [ErrUntil], [ErrExists].
func (s *Service) Give(ctx context.Context, who auth.Actor, r Give) (Grant, error) {
	if err := person(who); err != nil {
		return Grant{}, err
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Grant, error) {
		until, err := lastMoment(r.Until, tx.Now)
		if err != nil {
			return Grant{}, err
		}
		// Alone with the enterprise's grants: two people who give at once wait for each other.
		if _, err := enterprise.HoldTx(tx, who.EnterpriseID); err != nil {
			return Grant{}, err
		}
		to, err := choose(tx, r.ClientID)
		if err != nil {
			return Grant{}, err
		}
		scopes, err := given(r.Scopes, to)
		if err != nil {
			return Grant{}, err
		}
		if err := s.free(tx, who.EnterpriseID, to); err != nil {
			return Grant{}, err
		}
		g := Grant{ID: uuid.Must(uuid.NewV7()), EnterpriseID: who.EnterpriseID, Integrator: to, Scopes: scopes,
			GrantedByName: who.Name, GrantedAt: tx.Now, ExpiresAt: until}
		if err := tx.Exec(`INSERT INTO enterprise_grants (id, enterprise_id, client_id, scopes, granted_by, granted_by_name, granted_at, expires_at)
			VALUES (?, ?, ?, ?::text[], ?, ?, ?, ?)`, g.ID, g.EnterpriseID, to.ID, pg.Texts(scopes), who.UserID, who.Name, tx.Now, until).Error; err != nil {
			return Grant{}, fmt.Errorf("grant: insert: %w", err)
		}
		if err := told(tx, who, "grant.give", g, eventGiven); err != nil {
			return Grant{}, err
		}
		return g, message.PostTx(tx, []message.Post{post(MsgGiven, g, who.Name)})
	})
}

// Revoke takes a grant back; it holds from the integrator's next request on.
// Refusals: [ErrWrongParty], [ErrNotFound], [ErrOver].
func (s *Service) Revoke(ctx context.Context, who auth.Actor, id uuid.UUID) (Grant, error) {
	if err := person(who); err != nil {
		return Grant{}, err
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Grant, error) {
		rows, err := read(tx.DB, `g.id = ? AND g.enterprise_id = ? FOR UPDATE OF g`, id, who.EnterpriseID)
		if err != nil {
			return Grant{}, err
		}
		if len(rows) == 0 {
			return Grant{}, ErrNotFound.New()
		}
		g := rows[0].grant()
		if state := g.State(tx.Now); state != Active {
			return Grant{}, ErrOver.New("state", label.TextOf(States, string(state)))
		}
		if err := tx.Exec(`UPDATE enterprise_grants SET revoked_at = ?, ended_at = ?, revoked_by = ?, revoked_by_name = ? WHERE id = ?`,
			tx.Now, tx.Now, who.UserID, who.Name, g.ID).Error; err != nil {
			return Grant{}, fmt.Errorf("grant: revoke: %w", err)
		}
		g.RevokedAt, g.RevokedByName = &tx.Now, who.Name
		if err := told(tx, who, "grant.revoke", g, eventRevoked); err != nil {
			return Grant{}, err
		}
		return g, message.PostTx(tx, []message.Post{post(MsgRevoked, g, who.Name)})
	})
}

// person: what is given over a firm's data is given by somebody of the firm.
func person(who auth.Actor) error {
	if who.Party != auth.Enterprise || who.Delegated() {
		return ErrWrongParty.New()
	}
	return nil
}

func lastMoment(until, now time.Time) (time.Time, error) {
	if until.IsZero() {
		until = now.In(china).AddDate(0, 0, DaysDefault)
	}
	end := endOf(until)
	if !end.After(now) || end.After(endOf(now.In(china).AddDate(0, 0, DaysMax))) {
		return time.Time{}, ErrUntil.New("days", DaysMax).With(ErrUntil.At("/until", "days", DaysMax))
	}
	return end, nil
}

// choose holds the integrator's row, so that it is not taken off the list meanwhile.
func choose(tx pg.Tx, id uuid.UUID) (Integrator, error) {
	rows, err := integrators(tx.DB, `id = ? AND `+listed+` FOR SHARE`, id)
	if err != nil {
		return Integrator{}, err
	}
	if len(rows) == 0 {
		return Integrator{}, ErrIntegrator.New().With(ErrIntegrator.At("/client_id"))
	}
	return rows[0], nil
}

// given are the scopes in the order of the list; only what the integrator may hold.
func given(asked []string, to Integrator) ([]string, error) {
	var out []string
	for _, l := range Scopes {
		if slices.Contains(asked, l.Value) && slices.Contains(to.Scopes, l.Value) {
			out = append(out, l.Value)
		}
	}
	asked = slices.Clone(asked)
	slices.Sort(asked)
	if len(out) == 0 || len(out) != len(slices.Compact(asked)) {
		return nil, ErrScopes.New("known", named(to.Scopes)).With(ErrScopes.At("/scopes", "known", named(to.Scopes)))
	}
	return out, nil
}

// free ends what is over and refuses what is not: one grant an integrator.
func (s *Service) free(tx pg.Tx, enterpriseID uuid.UUID, to Integrator) error {
	rows, err := read(tx.DB, `g.enterprise_id = ? AND g.client_id = ? AND g.ended_at IS NULL FOR UPDATE OF g`, enterpriseID, to.ID)
	if err != nil || len(rows) == 0 {
		return err
	}
	if g := rows[0].grant(); g.State(tx.Now) == Active {
		return ErrExists.New("name", to.Name).With(ErrExists.About(errs.Record{Type: "grant", ID: g.ID.String(), Label: to.Name, Status: string(Active)}, "name", to.Name))
	}
	return end(tx, []Grant{rows[0].grant()})
}

func told(tx pg.Tx, who auth.Actor, action string, g Grant, def *outbox.Def) error {
	if err := audit.RecordTx(tx, audit.Entry{Actor: who, Action: action, SubjectType: "grant", SubjectID: g.ID.String(), Reason: g.Integrator.Name}); err != nil {
		return err
	}
	return outbox.PutTx(tx, []outbox.Event{event(def, g)})
}
