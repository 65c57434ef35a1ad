package export

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// keptMax bounds what one enterprise's finished exports take on the disk.
const keptMax = 100

// Refusals of a new export.
var (
	ErrTogether = errs.Define(errs.Conflict, "export.too_many_at_once", "本企业已有 {n} 个导出正在进行，请等待完成或取消后再试", "{n} exports of this enterprise are under way; wait for one or cancel it")
	ErrKept     = errs.Define(errs.Conflict, "export.too_many_kept", "本企业已保存 {n} 个导出文件，请先删除不需要的", "{n} exported files are kept for this enterprise; delete some first")
	ErrTooMany  = errs.Define(errs.Conflict, "export.too_many_rows", "符合条件的记录有 {rows} 条，超过一次导出的上限 {limit} 条，请缩小查询范围", "{rows} rows match, more than the {limit} of one export; narrow the query")
	ErrReason   = errs.Define(errs.Invalid, "export.reason_required", "导出完整证件号码须填写理由", "Give a reason for exporting full numbers")
)

// Preview is what an export would be, asked beforehand.
type Preview struct {
	Rows   int
	AtOnce bool // ready in the request itself
	Filter []Term
	Denied *errs.Error // why it cannot be started; nil: it can
}

// Check tells what the export would hold and whether it can be started. Nothing is written.
func (s *Service) Check(ctx context.Context, who auth.Actor, r Request) (Preview, error) {
	var p Preview
	err := s.DB.InTx(ctx, func(tx pg.Tx) error {
		var err error
		p, err = s.previewTx(tx, who, r)
		return err
	})
	return p, err
}

func (s *Service) previewTx(tx pg.Tx, who auth.Actor, r Request) (Preview, error) {
	list := s.source(r)
	n, err := list.count(tx, who)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Rows: int(n), AtOnce: int(n) <= s.AtOnce, Filter: list.terms()}
	var have struct{ Unfinished, Kept int }
	if err := tx.Raw(`SELECT count(*) FILTER (WHERE finished_at IS NULL) AS unfinished, count(*) FILTER (WHERE state = 'ready') AS kept
		FROM exports WHERE enterprise_id = ?`, who.EnterpriseID).Scan(&have).Error; err != nil {
		return p, fmt.Errorf("export: count exports: %w", err)
	}
	switch {
	case p.Rows > s.MaxRows:
		p.Denied = ErrTooMany.New("rows", p.Rows, "limit", s.MaxRows)
	case have.Unfinished >= s.Together:
		p.Denied = ErrTogether.New("n", have.Unfinished)
	case have.Kept >= keptMax:
		p.Denied = ErrKept.New("n", have.Kept)
	}
	return p, nil
}

// Start takes the export up. Few rows are ready when it returns; many are ordered
// as a job. Refusals: [ErrReason], [ErrTooMany], [ErrTogether], [ErrKept].
func (s *Service) Start(ctx context.Context, who auth.Actor, r Request) (Export, error) {
	if !r.Masked && r.Reason == "" {
		return Export{}, ErrReason.New().With(ErrReason.At("/reason"))
	}
	if r.Masked {
		r.Reason = ""
	}
	type started struct {
		ID     uuid.UUID
		AtOnce bool
	}
	st, err := idempotency.Once(ctx, s.DB, func(tx pg.Tx) (started, error) {
		// One after the other: two clerks cannot both take the last place.
		if err := tx.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('exports:' || ?, 0))`, who.EnterpriseID.String()).Error; err != nil {
			return started{}, fmt.Errorf("export: %w", err)
		}
		p, err := s.previewTx(tx, who, r)
		if err != nil {
			return started{}, err
		}
		if p.Denied != nil {
			return started{}, p.Denied
		}
		e := Export{ID: uuid.Must(uuid.NewV7()), EnterpriseID: who.EnterpriseID, UserID: who.UserID, UserName: who.Name, Source: r.Source, State: Queued,
			Masked: r.Masked, Reason: r.Reason, Lang: r.Lang, Filter: p.Filter, AtOnce: p.AtOnce, RowsTotal: p.Rows}
		sealed, err := s.Vault.Seal(sealedAs(e.ID), r)
		if err != nil {
			return started{}, err
		}
		if err := insert(tx, e, sealed); err != nil {
			return started{}, err
		}
		action := "export.create"
		if !r.Masked {
			action = "export.create_full"
		}
		if err := audit.RecordTx(tx, audit.Entry{Actor: who, Action: action, SubjectType: "export", SubjectID: e.ID.String(), Reason: r.Reason}); err != nil {
			return started{}, err
		}
		if !p.AtOnce {
			err = s.orderTx(tx, e.ID)
		}
		return started{e.ID, p.AtOnce}, err
	})
	if err != nil {
		return Export{}, err
	}
	if st.AtOnce {
		// What goes wrong here is ordered as a job: the export says how it stands.
		if err := s.Make(ctx, st.ID); err != nil {
			s.Log.WarnContext(ctx, "an export is tried again in the background", "export", st.ID, "cause", err)
		}
	}
	return s.Get(context.WithoutCancel(ctx), who, st.ID)
}
