package filing

import (
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Open gives the enterprise's filings that are under way, the longest waiting first,
// limit of them at most, and how many there are. In a transaction that holds the
// enterprise (enterprise.HoldTx) the answer stays true until it ends: whoever files
// holds the same row.
func Open(q *gorm.DB, enterpriseID uuid.UUID, limit int) (first []Filing, total int64, err error) {
	var rows []struct {
		Filing
		Total int64
	}
	err = q.Raw(`SELECT `+columns+`, count(*) OVER () AS total FROM filings
		WHERE enterprise_id = ? AND closed_at IS NULL ORDER BY delivered_at, id LIMIT ?`, enterpriseID, limit).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("read open filings: %w", err)
	}
	for _, r := range rows {
		first, total = append(first, r.Filing), r.Total
	}
	return first, total, nil
}
