package enterprise

import (
	"context"
	"time"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/idempotency"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

var eventSaved = outbox.Define("enterprise.saved", "企业基本信息已保存", "The basic information was saved", auth.Enterprise)

// china is where "today" is for the rules on dates; it has no summer time.
var china = time.FixedZone("CST", 8*60*60)

// Save stores the basic information over the version that the caller saw (0
// before the first save) and opens filing. Refusals: [ErrInvalid] with a detail
// for each field, [ErrStale] when another clerk saved in between.
func (s *Service) Save(ctx context.Context, who auth.Actor, seen int, b BasicInformation) (Enterprise, error) {
	b = normalize(b)
	if wrong := check(b, s.db.Now().In(china).Format(time.DateOnly)); len(wrong) > 0 {
		return Enterprise{}, ErrInvalid.New().With(wrong...)
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Enterprise, error) {
		foreign, err := foreignCopies(tx, who.EnterpriseID, b.Qualifications)
		if err != nil {
			return Enterprise{}, err
		}
		if len(foreign) > 0 {
			refusal := ErrInvalid.New()
			for _, i := range foreign {
				refusal = refusal.With(errCopy.At(place("qualifications", i, "copy_attachment_id")))
			}
			return Enterprise{}, refusal
		}
		e, err := write(tx, who.EnterpriseID, seen, b)
		if err != nil {
			return Enterprise{}, err
		}
		err = outbox.PutTx(tx, []outbox.Event{{Def: eventSaved, SubjectType: "enterprise", SubjectID: e.ID, EnterpriseID: e.ID,
			Data: map[string]any{"version": e.Version, "province": e.Province}}})
		if err != nil {
			return Enterprise{}, err
		}
		return e, audit.RecordTx(tx, audit.Entry{Actor: who, Action: "enterprise.save", SubjectType: "enterprise", SubjectID: e.ID.String()})
	})
}
