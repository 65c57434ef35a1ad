package client

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// Changes are what of a client can be changed; all of it is set.
type Changes struct {
	Description       string
	Scopes, Provinces []string
	Listed            bool
}

// Change sets what the client may do; it holds from its next request on.
// Refusals: [ErrNotFound], [ErrStale], [ErrScopes], [ErrProvinces], [ErrListed],
// [ErrDescription], [ErrByCommand].
func (s *Service) Change(ctx context.Context, who auth.Actor, nameOrID string, version int, to Changes) (Client, error) {
	return s.change(ctx, who, nameOrID, version, func(tx pg.Tx, c Client) error {
		if err := check(c.Party, to); err != nil {
			return err
		}
		err := tx.Exec(`UPDATE machine_clients SET description = ?, scopes = ?::text[], provinces = ?::text[], listed = ?, version = version + 1 WHERE id = ?`,
			to.Description, pg.Texts(folded(to.Scopes)), pg.Texts(folded(to.Provinces)), to.Listed, c.ID).Error
		if err != nil {
			return fmt.Errorf("client: change: %w", err)
		}
		return record(tx, who, "client.change", c.ID, granting(c.Scopes, c.Provinces)+" → "+granting(to.Scopes, to.Provinces))
	})
}

// Disable ends the client: its next request is refused, whatever token it holds.
// Disabling twice is the same as once. [ErrNotFound], [ErrByCommand].
func (s *Service) Disable(ctx context.Context, who auth.Actor, nameOrID string) (Client, error) {
	return s.change(ctx, who, nameOrID, 0, func(tx pg.Tx, c Client) error {
		return toggle(tx, who, c, "client.disable", c.DisabledAt == nil, tx.Now)
	})
}

// Enable lets a disabled client in again; with its secrets, keys and scopes as
// they were. [ErrNotFound], [ErrByCommand].
func (s *Service) Enable(ctx context.Context, who auth.Actor, nameOrID string) (Client, error) {
	return s.change(ctx, who, nameOrID, 0, func(tx pg.Tx, c Client) error {
		return toggle(tx, who, c, "client.enable", c.DisabledAt != nil, nil)
	})
}

func toggle(tx pg.Tx, who auth.Actor, c Client, action string, needed bool, at any) error {
	if !needed {
		return nil
	}
	if err := tx.Exec(`UPDATE machine_clients SET disabled_at = ?, version = version + 1 WHERE id = ?`, at, c.ID).Error; err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return record(tx, who, action, c.ID, "")
}

// Page is one page of the clients.
type Page struct {
	Items      []Client
	NextCursor string
	Total      int64
}

var orders = keyset.Orders[row]{"name": {Expr: "name", Cast: "text", Key: func(r row) string { return r.Name }}}

// List gives the clients by name, those of one party unless it is "". An
// administrator's client reads under the audit log's eye. keyset.ErrCursor.
func (s *Service) List(ctx context.Context, who auth.Actor, party auth.Party, after string, limit int) (Page, error) {
	if err := mayManage(who, ""); err != nil {
		return Page{}, err
	}
	seek, err := orders.Seek("name", after)
	if err != nil {
		return Page{}, err
	}
	where, args := `(? = '' OR party = ?)`, []any{party, party}
	next, nextArgs := seek.Where()
	var rows []row
	var total int64
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		if err := tx.Raw(`SELECT `+columns+` FROM machine_clients WHERE `+where+next+seek.OrderBy()+` LIMIT ?`,
			append(append(append([]any{}, args...), nextArgs...), limit+1)...).Scan(&rows).Error; err != nil {
			return fmt.Errorf("client: list: %w", err)
		}
		if err := tx.Raw(`SELECT count(*) FROM machine_clients WHERE `+where, args...).Scan(&total).Error; err != nil {
			return fmt.Errorf("client: count: %w", err)
		}
		return recordRead(tx, who, "client.list", uuid.Nil)
	})
	p := Page{Total: total}
	rows, p.NextCursor = seek.Cut(rows, limit, func(r row) uuid.UUID { return r.ID })
	for _, r := range rows {
		p.Items = append(p.Items, r.client())
	}
	return p, err
}

// Detail is a client with the secrets and keys that are good now.
type Detail struct {
	Client
	Secrets []Secret
	Keys    []Key
}

// Find gives one client by its name or id. [ErrNotFound].
func (s *Service) Find(ctx context.Context, who auth.Actor, nameOrID string) (Detail, error) {
	var d Detail
	if err := mayManage(who, ""); err != nil {
		return d, err
	}
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		r, err := find(tx.DB, nameOrID, "")
		if err != nil {
			return err
		}
		if r.ID == uuid.Nil {
			return ErrNotFound.New("name", clip(nameOrID))
		}
		d.Client = r.client()
		if d.Secrets, err = liveSecrets(tx.DB, r.ID, tx.Now); err != nil {
			return err
		}
		if d.Keys, err = liveKeys(tx.DB, r.ID); err != nil {
			return err
		}
		return recordRead(tx, who, "client.read", r.ID)
	})
	return d, err
}

// recordRead notes what an administrator's client looked at; the command's reads
// are those of whoever can read the database.
func recordRead(tx pg.Tx, who auth.Actor, action string, id uuid.UUID) error {
	if who.Party == auth.System {
		return nil
	}
	return record(tx, who, action, id, "")
}
