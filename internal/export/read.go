package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

var orders = keyset.BothWays(map[string]keyset.Order[Export]{
	"created_at": {Expr: "created_at", Cast: "timestamptz", Key: func(e Export) string { return keyset.Stamp(e.CreatedAt) }},
})

// Page is one page of the list, newest first.
type Page struct {
	Items      []Export
	NextCursor string
	Total      int64
}

// List gives the enterprise's exports, limit at most. keyset.ErrCursor for a
// cursor that is none of ours.
func (s *Service) List(ctx context.Context, who auth.Actor, after string, limit int) (Page, error) {
	seek, err := orders.Seek("-created_at", after)
	if err != nil {
		return Page{}, err
	}
	from, args := seek.Where()
	var rows []struct {
		Row   row `gorm:"embedded"`
		Total int64
	}
	err = s.DB.Read(ctx).Raw(`SELECT `+columns+`, (SELECT count(*) FROM exports WHERE enterprise_id = ?) AS total FROM exports WHERE enterprise_id = ?`+from+
		seek.OrderBy()+` LIMIT ?`, slices.Concat([]any{who.EnterpriseID, who.EnterpriseID}, args, []any{limit + 1})...).Scan(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("export: list: %w", err)
	}
	var p Page
	for _, r := range rows {
		e, err := r.Row.export()
		if err != nil {
			return Page{}, err
		}
		p.Items, p.Total = append(p.Items, e), r.Total
	}
	if len(rows) == 0 && seek.Started() {
		if err := s.DB.Read(ctx).Raw(`SELECT count(*) FROM exports WHERE enterprise_id = ?`, who.EnterpriseID).Scan(&p.Total).Error; err != nil {
			return Page{}, fmt.Errorf("export: count: %w", err)
		}
	}
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(e Export) uuid.UUID { return e.ID })
	return p, nil
}

// Get reads one. [ErrNotFound] unless it is the caller's enterprise's.
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Export, error) {
	return one(pg.Tx{DB: s.DB.Read(ctx)}, who, id, "")
}

func lockTx(tx pg.Tx, who auth.Actor, id uuid.UUID) (Export, error) {
	return one(tx, who, id, " FOR UPDATE")
}

func one(tx pg.Tx, who auth.Actor, id uuid.UUID, lock string) (Export, error) {
	var rows []row
	if err := tx.Raw(`SELECT `+columns+` FROM exports WHERE id = ? AND enterprise_id = ?`+lock, id, who.EnterpriseID).Scan(&rows).Error; err != nil {
		return Export{}, fmt.Errorf("export: read: %w", err)
	}
	if len(rows) == 0 {
		return Export{}, ErrNotFound.New()
	}
	return rows[0].export()
}

// Open gives the file of an export that is ready; the caller closes it. That it
// was taken is audited. Refusals: [ErrNotReady], [ErrNoFile], [ErrExpired],
// [ErrNotYours], [ErrNotFound].
func (s *Service) Open(ctx context.Context, who auth.Actor, id uuid.UUID) (Export, io.ReadSeekCloser, error) {
	var e Export
	err := s.DB.InTx(ctx, func(tx pg.Tx) error {
		var err error
		if e, err = one(tx, who, id, ""); err != nil {
			return err
		}
		if e.State == Ready && !e.ExpiresAt.After(tx.Now) {
			e.State = Expired // the sweep will say so too
		}
		if no := judge(e, who, Download); no != nil {
			return no
		}
		return record(tx, who, "export.download", id)
	})
	if err != nil {
		return Export{}, nil, err
	}
	f, err := s.Store.Open(ctx, e.fileSHA256)
	if errors.Is(err, fs.ErrNotExist) { // removed since the row was read
		return Export{}, nil, ErrExpired.New()
	}
	if err != nil {
		return Export{}, nil, fmt.Errorf("export: open: %w", err)
	}
	return e, f, nil
}
