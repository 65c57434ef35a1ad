package filing

import (
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

const withdrawalColumns = `id, withdrawal_ref, reason, asked_by, asked_at, state, ended_at, COALESCE(ended_party, '') AS ended_party, ended_by, answer`

// earlierWithdrawal gives the request that came under this ref before, nil when
// there is none. [ErrWithdrawalRef] when it was about something else.
func earlierWithdrawal(tx pg.Tx, who auth.Actor, id uuid.UUID, ref, reason string) (*WithdrawalRequest, error) {
	var rows []struct {
		WithdrawalRequest
		FilingID uuid.UUID
	}
	err := tx.Raw(`SELECT filing_id, `+withdrawalColumns+` FROM withdrawals WHERE client_id = ? AND withdrawal_ref = ?`, who.ClientID, ref).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read withdrawal: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if rows[0].FilingID != id || rows[0].Reason != reason {
		return nil, ErrWithdrawalRef.New()
	}
	return &rows[0].WithdrawalRequest, nil
}

// keepWithdrawal writes the request and lets the filing point at it.
func keepWithdrawal(tx pg.Tx, who auth.Actor, id uuid.UUID, r WithdrawalRequest) error {
	err := tx.Exec(`INSERT INTO withdrawals (id, filing_id, client_id, withdrawal_ref, reason, asked_by, asked_at, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, id, who.ClientID, r.WithdrawalRef, r.Reason, r.AskedBy, r.AskedAt, r.State).Error
	if err != nil {
		return fmt.Errorf("keep withdrawal: %w", err)
	}
	if err := tx.Exec(`UPDATE filings SET withdrawal_id = ? WHERE id = ?`, r.ID, id).Error; err != nil {
		return fmt.Errorf("point at withdrawal: %w", err)
	}
	return nil
}

// withdrawalsOf are the requests of a filing, the oldest first.
func withdrawalsOf(tx pg.Tx, id uuid.UUID) (out []WithdrawalRequest, err error) {
	if err = tx.Raw(`SELECT `+withdrawalColumns+` FROM withdrawals WHERE filing_id = ? ORDER BY asked_at, id`, id).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("read withdrawals: %w", err)
	}
	return out, nil
}

// endWithdrawals ends the requests that these moves answered, cancelled or made
// void, and tells who has to know: by then the flag says how each ended. Nothing
// to do and nothing sent where no request was open.
func endWithdrawals(tx pg.Tx, s step, moves []move) error {
	ends := map[Withdrawal][]uuid.UUID{}
	var posts []message.Post
	var void []outbox.Event
	for _, m := range moves {
		if m.before.Withdrawal != WithdrawalRequested || m.after.Withdrawal == WithdrawalRequested {
			continue
		}
		f, state := m.after, m.after.Withdrawal
		switch state {
		case "":
			state = WithdrawalCancelled
			posts = append(posts, withdrawalMessage(MsgWithdrawalCancelled, f))
		case WithdrawalVoid:
			posts = append(posts, withdrawalMessage(MsgWithdrawalVoid, f))
			void = append(void, event(eventVoid, f, map[string]any{"status": f.Status}))
		}
		ends[state] = append(ends[state], f.ID)
	}
	for state, ids := range ends { // one action ends all its requests alike
		answer := ""
		if state == WithdrawalDeclined {
			answer = s.reason
		}
		done := tx.Exec(`UPDATE withdrawals SET state = ?, ended_at = ?, ended_party = ?, ended_by = ?, answer = ?
			WHERE filing_id = ANY(?::uuid[]) AND ended_at IS NULL`, state, tx.Now, s.who.Party, s.who.Name, answer, pg.UUIDs(ids))
		if done.Error != nil {
			return fmt.Errorf("end withdrawals: %w", done.Error)
		}
		if int(done.RowsAffected) != len(ids) {
			return errLost
		}
	}
	if err := message.PostTx(tx, posts); err != nil {
		return err
	}
	return outbox.PutTx(tx, void)
}

func withdrawalMessage(def *message.Def, f Filing, more ...string) message.Post {
	params := map[string]any{"person": f.PersonName, "reference": f.Reference, "status": f.Status.Text(),
		"type": textOfType(f.RegistrationType)}
	for i := 0; i+1 < len(more); i += 2 {
		params[more[i]] = more[i+1]
	}
	return message.Post{EnterpriseID: f.EnterpriseID, Def: def, Params: params, SubjectType: "filing", SubjectID: f.ID}
}

func textOfType(t RegistrationType) errs.Text { return label.TextOf(RegistrationTypes, string(t)) }
