package appeal

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// OpenFinding marks a record of a person against whom a finding is open: the one that
// has to be answered first, and how many there are.
type OpenFinding struct {
	SubjectID uuid.UUID // of the filing or registrant that is marked
	ID        uuid.UUID
	Kind      Kind
	State     State
	DueOn     time.Time
	Count     int64
}

// OpenOfFilings gives the open findings against the persons of the enterprise's filings,
// by filing; with one statement, however many. None to an integrator that may not see appeals.
func (s *Service) OpenOfFilings(ctx context.Context, who auth.Actor, ids []uuid.UUID) (map[uuid.UUID]OpenFinding, error) {
	return s.openOf(ctx, who, "filings", ids)
}

// OpenOfRegistrants is [Service.OpenOfFilings] for registrants.
func (s *Service) OpenOfRegistrants(ctx context.Context, who auth.Actor, ids []uuid.UUID) (map[uuid.UUID]OpenFinding, error) {
	return s.openOf(ctx, who, "registrants", ids)
}

// openOf joins by the person, not by the registration: whoever has two is marked on both.
func (s *Service) openOf(ctx context.Context, who auth.Actor, table string, ids []uuid.UUID) (map[uuid.UUID]OpenFinding, error) {
	if len(ids) == 0 || who.Party != auth.Enterprise || who.Delegated() && who.Need(auth.ScopeEnterpriseAppeals) != nil {
		return nil, nil
	}
	var open []State
	for _, l := range States {
		if st := State(l.Value); st.Open() {
			open = append(open, st)
		}
	}
	var rows []OpenFinding
	err := s.db.Read(ctx).Raw(`WITH open AS (
			SELECT a.id, a.kind, a.state, a.due_on, COALESCE(a.id_number_hash, r.id_number_hash) AS person
			FROM appeals a LEFT JOIN registrants r ON r.id = a.registrant_id WHERE a.enterprise_id = @enterprise AND a.state = ANY(CAST(@open AS text[])))
		SELECT DISTINCT ON (x.id) x.id AS subject_id, open.id, open.kind, open.state, open.due_on, count(*) OVER (PARTITION BY x.id) AS count
		FROM `+table+` x JOIN open ON open.person = x.id_number_hash
		WHERE x.enterprise_id = @enterprise AND x.id = ANY(CAST(@ids AS uuid[]))
		ORDER BY x.id, open.state NOT IN ('awaiting_statement', 'overdue'), open.due_on, open.id`,
		map[string]any{"enterprise": who.EnterpriseID, "open": pg.Texts(open), "ids": pg.UUIDs(ids)}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read open findings: %w", err)
	}
	out := make(map[uuid.UUID]OpenFinding, len(rows))
	for _, r := range rows {
		out[r.SubjectID] = r
	}
	return out, nil
}
