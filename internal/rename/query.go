package rename

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// orders are the sorts of the list.
var orders = keyset.BothWays(map[string]keyset.Order[Rename]{
	"submitted_at": {Expr: "submitted_at", Cast: "timestamptz", Key: func(r Rename) string { return keyset.Stamp(r.SubmittedAt) }},
})

// DefaultSort is the newest first.
const DefaultSort = "-submitted_at"

// Sorts lists the sorts that [Service.List] knows.
func Sorts() []string { return []string{"-submitted_at", "submitted_at"} }

// Page is one page of renames.
type Page struct {
	Items      []Rename
	NextCursor string // "" on the last page
	Total      int64
}

// List gives the renames that the actor sees: an enterprise its own, a province those
// of its enterprises, the ministry all. No statuses means all. An authority's read
// goes to the audit log. keyset.ErrCursor for a cursor of another order or none of ours.
func (s *Service) List(ctx context.Context, who auth.Actor, statuses []Status, sort, after string, limit int) (Page, error) {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, after)
	if err != nil {
		return Page{}, err
	}
	where, args := visible(who)
	if len(statuses) > 0 {
		texts := make([]string, len(statuses))
		for i, status := range statuses {
			texts[i] = string(status)
		}
		where, args = where+` AND status = ANY(?::text[])`, append(args, pg.Texts(texts))
	}
	var p Page
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		if err := tx.Raw(`SELECT count(*) FROM renames WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
			return fmt.Errorf("count renames: %w", err)
		}
		cond, more := seek.Where()
		err := tx.Raw(`SELECT `+columns+` FROM renames WHERE `+where+cond+seek.OrderBy()+` LIMIT ?`,
			slices.Concat(args, more, []any{limit + 1})...).Scan(&p.Items).Error
		if err != nil {
			return fmt.Errorf("list renames: %w", err)
		}
		if who.Party == auth.Enterprise {
			return nil
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "rename.list", SubjectType: "rename"})
	})
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(r Rename) uuid.UUID { return r.ID })
	return p, err
}

// Get gives one with its timeline. [ErrNotFound].
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Detail, error) {
	q := s.db.Read(ctx)
	r, err := read(q, who, id, "")
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Rename: r}
	if r.CopyID != nil {
		var file struct {
			FileName, MediaType string
			Size                int64
		}
		if err := q.Raw(`SELECT file_name, media_type, size FROM attachments WHERE id = ?`, *r.CopyID).Scan(&file).Error; err != nil {
			return Detail{}, fmt.Errorf("read copy: %w", err)
		}
		d.CopyName, d.CopyMediaType, d.CopySize = file.FileName, file.MediaType, file.Size
	}
	var rows []struct {
		Entry
		FromStatus, ToStatus Status
	}
	err = q.Raw(`SELECT at, action, party, actor_name, COALESCE(from_status, '') AS from_status, to_status, reason
		FROM rename_history WHERE rename_id = ? ORDER BY version`, id).Scan(&rows).Error
	if err != nil {
		return Detail{}, fmt.Errorf("read timeline: %w", err)
	}
	for _, row := range rows {
		row.Entry.From, row.Entry.To = row.FromStatus, row.ToStatus
		d.Timeline = append(d.Timeline, row.Entry)
	}
	return d, nil
}

// Copy opens the renamed certificate's copy for an authority; the caller closes it.
// The read goes to the audit log. [ErrNotFound]; attachment.ErrNotFound where no copy came with it.
func (s *Service) Copy(ctx context.Context, who auth.Actor, id uuid.UUID) (attachment.Attachment, io.ReadSeekCloser, error) {
	var r Rename
	err := s.db.InTx(ctx, func(tx pg.Tx) (err error) {
		if r, err = read(tx.DB, who, id, ""); err != nil {
			return err
		}
		if r.CopyID == nil {
			return attachment.ErrNotFound.New()
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "rename.copy", SubjectType: "rename", SubjectID: id.String()})
	})
	if err != nil {
		return attachment.Attachment{}, nil, err
	}
	return s.attachments.Open(ctx, auth.Actor{EnterpriseID: r.EnterpriseID}, *r.CopyID)
}
