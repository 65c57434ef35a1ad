package registrant

import (
	"fmt"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// CountTx is how many registrants the list has under the filter.
func (s *Service) CountTx(tx pg.Tx, who auth.Actor, f Filter) (int64, error) {
	where, args := s.where(who, f)
	var n int64
	if err := tx.Raw(`SELECT count(*) FROM registrants WHERE `+where, args...).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count registrants: %w", err)
	}
	return n, nil
}

// EachTx gives every registrant of the list to fn, with the status of the day, in
// the list's order and one by one as they come from the database, so memory does
// not grow with them. The numbers are opened only where full says so; whoever
// asks for that has audited it. Nothing else can use the transaction meanwhile.
func (s *Service) EachTx(tx pg.Tx, who auth.Actor, f Filter, sort string, full bool, fn func(Registration, Personal) error) error {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, "")
	if err != nil {
		return err
	}
	where, args := s.where(who, f)
	rows, err := tx.Raw(`SELECT `+columns+`, personal_sealed FROM registrants WHERE `+where+seek.OrderBy(), args...).Rows()
	if err != nil {
		return fmt.Errorf("read registrants: %w", err)
	}
	defer func() { _ = rows.Close() }()
	today := Today(tx.Now)
	var sealed []byte
	for rows.Next() {
		var r Registration
		var p Personal
		if err := rows.Scan(append(r.fields(), &sealed)...); err != nil {
			return fmt.Errorf("read registrants: %w", err)
		}
		if full {
			if err := s.vault.Open("registrant:"+r.ID.String(), sealed, &p); err != nil {
				return err
			}
		}
		r.Status = r.On(today)
		if err := fn(r, p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read registrants: %w", err)
	}
	return nil
}

// fields are where the values of [columns] go.
func (r *Registration) fields() []any {
	return []any{&r.ID, &r.EnterpriseID, &r.Track, &r.Profession, &r.PersonName, &r.Gender, &r.IDType, &r.IDNumberMasked, &r.MobileMasked,
		&r.CertificateNumber, &r.SealNumber, &r.ValidFrom, &r.ValidUntil, &r.Status, &r.SourceFilingID, &r.RegisteredAt, &r.EndedAt, &r.BarredUntil, &r.Version, &r.UpdatedAt}
}
