package filing

import (
	"fmt"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// CountTx is how many filings the list has under the filter.
func (s *Service) CountTx(tx pg.Tx, who auth.Actor, f Filter) (int64, error) {
	where, args := s.where(who, f)
	var n int64
	if err := tx.Raw(`SELECT count(*) FROM filings WHERE `+where, args...).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count filings: %w", err)
	}
	return n, nil
}

// EachTx gives every filing of the list to fn, in the list's order and one by one
// as they come from the database, so memory does not grow with them. The numbers
// are opened only where full says so; whoever asks for that has audited it.
// Nothing else can use the transaction meanwhile.
func (s *Service) EachTx(tx pg.Tx, who auth.Actor, f Filter, sort string, full bool, fn func(Filing, Personal) error) error {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, "")
	if err != nil {
		return err
	}
	where, args := s.where(who, f)
	rows, err := tx.Raw(`SELECT `+columns+`, personal_sealed FROM filings WHERE `+where+seek.OrderBy(), args...).Rows()
	if err != nil {
		return fmt.Errorf("read filings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var sealed []byte
	for rows.Next() {
		var x Filing
		var p Personal
		if err := rows.Scan(append(x.fields(), &sealed)...); err != nil {
			return fmt.Errorf("read filings: %w", err)
		}
		if full {
			if err := s.vault.Open("filing:"+x.ID.String(), sealed, &p); err != nil {
				return err
			}
		}
		if err := fn(x, p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read filings: %w", err)
	}
	return nil
}
