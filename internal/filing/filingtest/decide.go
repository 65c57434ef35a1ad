package filingtest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/pg"
)

var numbers atomic.Int64

// DecisionOn is a decision on the filings. An approval gives certificate and seal
// numbers that nobody has, where the registration type needs them.
func DecisionOn(t testing.TB, db *pg.DB, do filing.Action, reason string, ids ...uuid.UUID) filing.Decision {
	t.Helper()
	d := filing.DecisionOn(do, reason, ids...)
	if do != filing.Approve {
		return d
	}
	for i := range d.Items {
		var f struct {
			Profession       filing.Profession
			RegistrationType filing.RegistrationType
			Code             string
		}
		must(t, db.Read(t.Context()).Raw(`SELECT f.profession, f.registration_type, COALESCE(substr(e.basic->'qualifications'->0->>'certificate_number', 3, 7), '1100001') AS code
			FROM filings f JOIN enterprises e ON e.id = f.enterprise_id WHERE f.id = ?`, d.Items[i].FilingID).Scan(&f).Error)
		info, _ := f.Profession.Info()
		n := numbers.Add(1)
		if f.RegistrationType == filing.Initial {
			d.Items[i].CertificateNumber = fmt.Sprintf("%s2611%05d", info.CertificatePrefix, n)
		}
		if f.RegistrationType == filing.Initial || f.RegistrationType == filing.Change {
			d.Items[i].SealNumber = fmt.Sprintf("%s-%s%03d", f.Code, info.CertificatePrefix, n)
		}
	}
	return d
}

// Decide is an act of the province or the ministry that has to go through.
func (w *World) Decide(t testing.TB, who auth.Actor, do filing.Action, reason string, ids ...uuid.UUID) filing.Decided {
	t.Helper()
	done, _, err := w.Filings.Decide(t.Context(), who, DecisionOn(t, w.DB, do, reason, ids...))
	must(t, err)
	return done
}

// Approved brings filings that were delivered through every step to their approval.
func (w *World) Approved(t testing.TB, clerk auth.Actor, ids ...uuid.UUID) filing.Decided {
	t.Helper()
	w.Accepted(t, clerk, ids...)
	return w.Decide(t, w.Ministry, filing.Approve, "", ids...)
}

// Accepted brings filings that were delivered to the ministry's acceptance.
func (w *World) Accepted(t testing.TB, clerk auth.Actor, ids ...uuid.UUID) {
	t.Helper()
	_, err := w.Filings.Submit(t.Context(), clerk, w.Read(t, clerk, ids), ids)
	must(t, err)
	w.Decide(t, w.Province, filing.Accept, "", ids...)
	w.Decide(t, w.Province, filing.Forward, "", ids...)
	w.Decide(t, w.Ministry, filing.Accept, "", ids...)
}
