package registrant

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// What the ministry does to the register without a filing.
const (
	Amend  Act = "amendment"  // 注册更正: a number or the term was written down wrongly
	Revoke Act = "revocation" // 撤销、吊销
)

// RevocationGround is what a revocation can rest on (domain §1.5, §1.6, §16).
type RevocationGround struct {
	label.Label
	Article errs.Text
	// Bar is for how many years, by track, the person cannot be registered anew.
	Bar map[string]int
}

// RevocationGrounds are all of them.
var RevocationGrounds = []RevocationGround{
	{label.New("licensing_69_1", "不应准予而准予，予以撤销", "Registered against the law; revoked"),
		errs.Text{ZH: "《中华人民共和国行政许可法》第六十九条第一款", EN: "Administrative Licensing Law, art. 69(1)"}, nil},
	{label.New("licensing_69_2", "以欺骗、贿赂等不正当手段取得，予以撤销", "Got by fraud or bribery; revoked"),
		errs.Text{ZH: "《中华人民共和国行政许可法》第六十九条第二款、第七十九条", EN: "Administrative Licensing Law, arts. 69(2), 79"}, map[string]int{"architect": 3, "engineer": 3}},
	{label.New("licensing_70_4", "证书依法被吊销", "The certificate was revoked as a penalty"),
		errs.Text{ZH: "《中华人民共和国行政许可法》第七十条第（四）项；建筑师并《注册建筑师条例》第十三条第（四）项", EN: "Administrative Licensing Law, art. 70(4); for architects also Regulation on Registered Architects, art. 13(4)"}, map[string]int{"architect": 5}},
}

// RevocationLabels are the codes with their names.
func RevocationLabels() []label.Label {
	out := make([]label.Label, len(RevocationGrounds))
	for i, g := range RevocationGrounds {
		out[i] = g.Label
	}
	return out
}

// Refusals of corrections.
var (
	ErrWrongParty       = errs.Define(errs.Forbidden, "registrant.wrong_party", "只有部级可以更正或撤销注册", "The ministry alone corrects or revokes a registration")
	ErrCorrectionReused = conflict("exchange.correction_ref_reused", "该 correction_ref 已用于内容不同的更正", "This correction_ref was used for another correction")
	ErrUnread           = conflict("registrant.changed_since_read", "该注册在读取之后有变化（当前第 {version} 版），请重新读取", "The registration changed since it was read (now version {version}); read it again")
	ErrNotValid         = conflict("registrant.already_ended", "该注册当前为“{status}”，不能更正或撤销", "The registration is “{status}”; it can be neither corrected nor revoked")
	ErrBarred           = conflict("registrant.barred", "该人员自撤销、吊销之日起至 {until} 不予注册", "After a revocation this person cannot be registered until {until}")
	ErrCorrection       = invalid("registrant.correction_invalid", "更正内容有误，请按提示修改", "The correction breaks a rule; see errors")
	errWhy              = invalid("registrant.reason_required", "更正和撤销应当说明理由", "A correction and a revocation state their reason")
	errNothing          = invalid("registrant.nothing_to_correct", "更正后的内容与现在的一致", "Nothing would change")
	errRevokeChanges    = invalid("registrant.revocation_changes_nothing_else", "撤销不更改编号和有效期", "A revocation changes neither numbers nor term")
	errGround           = invalid("registrant.basis_required", "撤销应当注明法律依据", "A revocation names its legal basis")
	errGroundUnfit      = invalid("registrant.basis_unfit", "该法律依据不适用于撤销", "This legal basis is none of a revocation")
)

var correctionRefs = idempotency.Refs{Table: "register_corrections", Column: "correction_ref", Reused: ErrCorrectionReused}

// What the enterprise is told.
var (
	MsgAmended = message.Define(message.KindRegistration, "registrant.amended", "{person} 的注册已更正", "{person}'s registration was corrected",
		"主管部门更正了 {person} 的注册（证书编号 {certificate}）。原因：{reason}。", "The ministry corrected {person}'s registration (certificate {certificate}): {reason}.")
	MsgRevoked = message.Define(message.KindRegistration, "registrant.revoked", "{person} 的注册已撤销", "{person}'s registration was revoked",
		"{person} 的注册（证书编号 {certificate}）已被撤销，证书和执业印章失效。原因：{reason}。对决定不服的，可依法申请行政复议或者提起行政诉讼。",
		"{person}'s registration (certificate {certificate}) was revoked; certificate and seal are void. Reason: {reason}. An administrative review or a lawsuit is open by law.")
)

// Correction is what the ministry sends. Its JSON names are those of the API.
type Correction struct {
	Ref     string    `json:"correction_ref"` // the sender's id: applied once
	ID      uuid.UUID `json:"registration_id"`
	Version int       `json:"version"` // the one that was read
	Do      Act       `json:"action"`  // [Amend] or [Revoke]
	Reason  string    `json:"reason"`
	Basis   string    `json:"legal_basis"` // of a revocation: a code of [RevocationGrounds]
	Given             // of an amendment: what is right; "" keeps what is there
	DryRun  bool      `json:"-"`
}

// CorrectRegister applies a correction and reports whether it was applied now (false:
// this ref came before). Refusals: [ErrWrongParty]; [ErrNotFound]; [ErrCorrectionReused];
// [ErrUnread]; [ErrNotValid]; [ErrCorrection] with a detail per place; [ErrCertTaken],
// [ErrSealTaken].
func (s *Service) CorrectRegister(ctx context.Context, who auth.Actor, c Correction) (Registration, bool, error) {
	if who.Party != auth.Ministry {
		return Registration{}, false, ErrWrongParty.New()
	}
	c.Reason = strings.TrimSpace(c.Reason)
	said, err := json.Marshal(c)
	if err != nil {
		return Registration{}, false, fmt.Errorf("encode correction: %w", err)
	}
	o, err := idempotency.Apply(ctx, s.db, c.DryRun, func(tx pg.Tx) (idempotency.Applied[Registration], error) {
		rows, err := lockByID(tx, c.ID)
		if err != nil || len(rows) == 0 {
			return idempotency.Applied[Registration]{}, orNotFound(err)
		}
		return idempotency.OnceARef(tx, correctionRefs, who.ClientID, c.Ref, s.vault.Hash(string(said)), func() (Registration, error) {
			return s.correct(tx, who, rows[0], c)
		})
	})
	return o.Answer, o.Fresh && !c.DryRun && err == nil, err
}

func orNotFound(err error) error {
	if err == nil {
		err = ErrNotFound.New()
	}
	return err
}

// Corrected gives the registration as it stands after the correction. It is pure.
func Corrected(r Registration, c Correction, now time.Time) (Registration, *errs.Error) {
	about := errs.Record{Type: "registrant", ID: r.ID.String(), Label: r.PersonName + " " + r.CertificateNumber, Status: string(r.Status)}
	if r.Status != Valid {
		status := label.TextOf(Statuses, string(r.Status))
		return r, ErrNotValid.New("status", status).With(ErrNotValid.About(about, "status", status))
	}
	if r.Version != c.Version {
		return r, ErrUnread.New("version", r.Version).With(ErrUnread.About(about, "version", r.Version))
	}
	var wrong []errs.Detail
	refuse := func(ok bool, def *errs.Def, at string, params ...any) {
		if !ok {
			wrong = append(wrong, def.At(at, params...))
		}
	}
	refuse(c.Reason != "", errWhy, "/reason")
	after := r
	if c.Do == Revoke {
		i := slices.IndexFunc(RevocationGrounds, func(g RevocationGround) bool { return g.Value == c.Basis })
		refuse(c.Basis != "", errGround, "/legal_basis")
		refuse(i >= 0 || c.Basis == "", errGroundUnfit, "/legal_basis")
		refuse(c.Given == (Given{}), errRevokeChanges, "")
		after.Status, after.EndedAt = Revoked, &now
		if i >= 0 && RevocationGrounds[i].Bar[r.Track] > 0 {
			until := Today(now).AddDate(RevocationGrounds[i].Bar[r.Track], 0, 0)
			after.BarredUntil = &until
		}
	} else {
		refuse(c.Basis == "", errGroundUnfit, "/legal_basis")
		prefix := r.CertificateNumber[:max(0, len(r.CertificateNumber)-9)]
		if c.CertificateNumber != "" {
			number, ok := strings.CutPrefix(c.CertificateNumber, prefix)
			refuse(ok && nineDigits.MatchString(number), ErrCertificate, "/certificate_number", "prefix", prefix)
			after.CertificateNumber = c.CertificateNumber
		}
		if c.SealNumber != "" {
			head, serial, _ := strings.Cut(c.SealNumber, "-")
			tail, ok := strings.CutPrefix(serial, prefix)
			refuse(ok && sevenDigits.MatchString(head) && threeDigits.MatchString(tail), ErrSeal, "/seal_number", "prefix", prefix)
			after.SealNumber = c.SealNumber
		}
		for _, d := range []struct {
			said, at string
			to       *time.Time
		}{{c.ValidFrom, "/valid_from", &after.ValidFrom}, {c.ValidUntil, "/valid_until", &after.ValidUntil}} {
			if d.said != "" {
				day, err := time.Parse(time.DateOnly, d.said)
				refuse(err == nil, ErrDate, d.at)
				*d.to = day
			}
		}
		refuse(!after.ValidUntil.Before(after.ValidFrom), ErrOrder, "/valid_until", "from", after.ValidFrom.Format(time.DateOnly))
		same := after.CertificateNumber == r.CertificateNumber && after.SealNumber == r.SealNumber && after.ValidFrom.Equal(r.ValidFrom) && after.ValidUntil.Equal(r.ValidUntil)
		refuse(!same, errNothing, "")
	}
	if len(wrong) > 0 {
		return r, ErrCorrection.New().With(wrong...)
	}
	after.Version++
	after.UpdatedAt = now
	return after, nil
}

func (s *Service) correct(tx pg.Tx, who auth.Actor, r Registration, c Correction) (Registration, error) {
	after, why := Corrected(r, c, tx.Now)
	if why != nil {
		return r, why
	}
	if c.Do == Amend {
		taken, err := holders(tx, []string{after.CertificateNumber}, []string{c.SealNumber}, []uuid.UUID{r.ID})
		if err != nil {
			return r, err
		}
		for _, other := range taken {
			def, at, number := ErrCertTaken, "/certificate_number", after.CertificateNumber
			switch {
			case c.SealNumber != "" && other.SealNumber == c.SealNumber:
				def, at, number = ErrSealTaken, "/seal_number", c.SealNumber
			case other.Profession != r.Profession:
				continue
			}
			d := def.At(at, "number", number, "name", other.PersonName)
			d.Record = &errs.Record{Type: "registrant", ID: other.ID.String(), Label: other.PersonName + " " + other.CertificateNumber, Status: string(other.Status)}
			return r, def.New("number", number, "name", other.PersonName).With(d)
		}
	}
	if err := writeCorrection(tx, after, c); err != nil {
		return r, err
	}
	def, msg := eventAmended, MsgAmended
	if c.Do == Revoke {
		def, msg = eventRevoked, MsgRevoked
	}
	if err := outbox.PutTx(tx, []outbox.Event{{Def: def, SubjectType: "registrant", SubjectID: r.ID, EnterpriseID: r.EnterpriseID,
		Data: map[string]any{"status": after.Status, "valid_until": after.ValidUntil.Format(time.DateOnly), "version": after.Version}}}); err != nil {
		return r, err
	}
	if err := audit.RecordTx(tx, audit.Entry{Actor: who, Action: "registrant." + string(c.Do), SubjectType: "registrant", SubjectID: r.ID.String(), Reason: c.Reason}); err != nil {
		return r, err
	}
	return after, message.PostTx(tx, []message.Post{{EnterpriseID: r.EnterpriseID, Def: msg, SubjectType: "registrant", SubjectID: r.ID,
		Params: map[string]any{"person": r.PersonName, "certificate": after.CertificateNumber, "reason": c.Reason}}})
}

var (
	eventAmended = outbox.Define("registrant.amendment", "注册已更正", "Registration corrected by the ministry", everybody...)
	eventRevoked = outbox.Define("registrant.revocation", "注册已撤销", "Registration revoked", everybody...)
)

func lockByID(tx pg.Tx, id uuid.UUID) ([]Registration, error) {
	var rows []Registration
	if err := tx.Raw(`SELECT `+columns+` FROM registrants WHERE id = ? FOR UPDATE`, id).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("lock registration: %w", err)
	}
	return rows, nil
}

func writeCorrection(tx pg.Tx, r Registration, c Correction) error {
	done := tx.Exec(`UPDATE registrants SET certificate_number = ?, seal_number = ?, valid_from = ?, valid_until = ?, status = ?, ended_at = ?, barred_until = ?,
			version = ?, updated_at = ? WHERE id = ? AND version = ?`, r.CertificateNumber, r.SealNumber, r.ValidFrom, r.ValidUntil, r.Status, r.EndedAt, r.BarredUntil,
		r.Version, r.UpdatedAt, r.ID, r.Version-1)
	switch {
	case pg.Violates(done.Error, "registrants_certificate_number_is_unique"):
		return ErrChanged.Wrap(done.Error)
	case done.Error != nil:
		return fmt.Errorf("correct registration: %w", done.Error)
	case done.RowsAffected != 1:
		return ErrChanged.New()
	}
	basis := []string{}
	if c.Basis != "" {
		basis = append(basis, c.Basis)
	}
	if err := tx.Exec(`INSERT INTO registrant_history (registrant_id, version, at, action, enterprise_id, seal_number, valid_from, valid_until, reason, basis)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::text[])`, r.ID, r.Version, tx.Now, c.Do, r.EnterpriseID, r.SealNumber, r.ValidFrom, r.ValidUntil, c.Reason, pg.Texts(basis)).Error; err != nil {
		return fmt.Errorf("write history of a registration: %w", err)
	}
	return nil
}
