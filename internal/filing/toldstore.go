package filing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// step is the decision as the timeline keeps it.
func (d *Decision) step(who auth.Actor) step {
	s := step{who: who, action: d.Action, reason: d.Reason, days: d.Days, basis: d.Basis, corrections: map[uuid.UUID][]CorrectionAsked{}}
	if len(d.Basis) > 0 {
		s.data = map[string]any{"legal_basis": d.Basis}
	}
	if d.Publicity != nil {
		s.publicity = *d.Publicity
	}
	for _, item := range d.Items {
		s.corrections[item.FilingID] = slices.Concat(d.Corrections, item.Corrections)
	}
	return s
}

// givePapers binds the decision's papers to the filings that it moved: each
// enterprise gets a row of its own for a file that several are given, and the bytes
// are kept once. Two statements, however many filings and papers.
// [ErrDecisionForm] with a detail per paper that is not the caller's.
func givePapers(tx pg.Tx, who auth.Actor, d Decision, moves []move) error {
	of := make(map[uuid.UUID]move, len(moves))
	for _, m := range moves {
		of[m.after.ID] = m
	}
	type given struct {
		GivenPaper
		at  string
		use attachment.Use
		to  move
	}
	var all []given
	var uses []attachment.Use
	add := func(m move, list []GivenPaper, at func(int) string) {
		for i, p := range list {
			g := given{p, at(i), attachment.Use{ID: p.AttachmentID, Enterprise: m.after.EnterpriseID}, m}
			all, uses = append(all, g), append(uses, g.use)
		}
	}
	for i, item := range d.Items {
		m := of[item.FilingID]
		add(m, d.Papers, func(n int) string { return fmt.Sprintf("/papers/%d/attachment_id", n) })
		add(m, item.Papers, func(n int) string { return place(i, fmt.Sprintf("papers/%d/attachment_id", n)) })
	}
	if len(all) == 0 {
		return nil
	}
	shared, err := attachment.ShareTx(tx, who.ClientID, uses)
	if err != nil {
		return err
	}
	type row struct {
		FilingID     uuid.UUID         `json:"filing_id"`
		Version      int               `json:"version"`
		Position     int               `json:"position"`
		Kind         DecisionPaperKind `json:"kind"`
		AttachmentID uuid.UUID         `json:"attachment_id"`
	}
	var rows []row
	var wrong []errs.Detail
	last := map[uuid.UUID]int{}
	for _, g := range all {
		id, ok := shared[g.use]
		if !ok {
			if !slices.ContainsFunc(wrong, func(e errs.Detail) bool { return e.Pointer == g.at }) {
				wrong = append(wrong, errPaperGone.At(g.at))
			}
			continue
		}
		last[g.to.after.ID]++
		rows = append(rows, row{g.to.after.ID, g.to.after.Version, last[g.to.after.ID], g.Kind, id})
	}
	if len(wrong) > 0 {
		return ErrDecisionForm.New().With(wrong...)
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode papers: %w", err)
	}
	if err := tx.Exec(`INSERT INTO decision_papers (filing_id, version, position, kind, attachment_id)
		SELECT p.filing_id, p.version, p.position, p.kind, p.attachment_id
		FROM jsonb_to_recordset(?::jsonb) AS p(filing_id uuid, version int, position int, kind text, attachment_id uuid)`, string(doc)).Error; err != nil {
		return fmt.Errorf("give papers: %w", err)
	}
	return nil
}

// timeline reads what happened to a filing, the oldest first, with what decisions told.
func timeline(tx pg.Tx, id uuid.UUID) ([]Entry, error) {
	var rows []struct {
		Entry
		Grounds  string
		Asked    []byte
		FirstDay string
		LastDay  string
		Link     string
		Given    []byte
	}
	if err := tx.Raw(`SELECT at, action, party, actor_name, COALESCE(from_status, '') AS "from", to_status AS "to", reason, article, revision, commitment_id, version,
			array_to_string(basis, ' ') AS grounds, corrections AS asked,
			(SELECT jsonb_agg(jsonb_build_object('Kind', p.kind, 'AttachmentID', p.attachment_id, 'FileName', a.file_name, 'MediaType', a.media_type,
				'Size', a.size, 'SHA256', a.sha256) ORDER BY p.position) FROM decision_papers p JOIN attachments a ON a.id = p.attachment_id
				WHERE p.filing_id = h.filing_id AND p.version = h.version) AS given, COALESCE(to_char(publicity_from, 'YYYY-MM-DD'), '') AS first_day,
			COALESCE(to_char(publicity_until, 'YYYY-MM-DD'), '') AS last_day, publicity_link AS link
		FROM filing_history h WHERE filing_id = ? ORDER BY id`, id).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	out := make([]Entry, len(rows))
	for i, r := range rows {
		e := r.Entry
		e.Basis = strings.Fields(r.Grounds)
		if err := json.Unmarshal(r.Asked, &e.Corrections); err != nil {
			return nil, fmt.Errorf("read corrections: %w", err)
		}
		if r.FirstDay != "" {
			e.Publicity = &PublicityDays{r.FirstDay, r.LastDay, r.Link}
		}
		if len(r.Given) > 0 {
			if err := json.Unmarshal(r.Given, &e.Papers); err != nil {
				return nil, fmt.Errorf("read papers of decisions: %w", err)
			}
		}
		out[i] = e
	}
	return out, nil
}
