package filing

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/registrant"
)

// What the enterprise is told of decisions: one message a decision, whatever the
// number of filings. Acceptance, restarting the clock, forwarding and publicity ask nothing of a clerk
// and stand in the timeline alone.
var (
	MsgRefused = message.Define(message.KindFiling, "filing.decision_refused", "申报不予受理", "Filings refused",
		"{people}的申报不予受理。原因：{reason}", "Refused: {people}. Reason: {reason}")
	MsgCorrection = message.Define(message.KindFiling, "filing.decision_correction", "申报需要补正", "Correction needed",
		"{people}的申报需要补正，请通知本人补正后重新报送。补正内容：{reason}", "Correction is needed: {people}. What to correct: {reason}")
	MsgApproved = message.Define(message.KindRegistration, "filing.decision_approved", "准予注册", "Filings approved",
		"{people}的{type}已准予，注册人员已更新。", "Approved ({type}): {people}. The register of your people is up to date.")
	MsgDenied = message.Define(message.KindRegistration, "filing.decision_denied", "不予注册", "Filings denied",
		"{people}的申报不予注册。原因：{reason}。对决定不服的，可依法申请行政复议或者提起行政诉讼。",
		"Denied: {people}. Reason: {reason}. An administrative review or a lawsuit is open by law.")
	MsgPaused = message.Define(message.KindFiling, "filing.clock_paused", "办理期限暂停计算", "The clock is stopped",
		"{people}的申报因“{reason}”暂停计时 {days} 个工作日，不计入办理期限（《行政许可法》第四十五条）。", "{reason}: {days} working days are left out of the term of {people} (Administrative Licensing Law art. 45).")
	MsgExtended = message.Define(message.KindFiling, "filing.term_extended", "办理期限延长", "The term is extended",
		"{people}的申报办理期限经批准延长 {days} 个工作日（《行政许可法》第四十二条）。理由：{reason}", "The term of {people} is extended by {days} working days (Administrative Licensing Law art. 42). Reason: {reason}")
)

var told = map[Action]*message.Def{Refuse: MsgRefused, AskCorrection: MsgCorrection, Approve: MsgApproved, Deny: MsgDenied, Pause: MsgPaused, Extend: MsgExtended}

// tellTx tells each enterprise what was decided, with one statement.
func tellTx(tx pg.Tx, d Decision, moves []move) error {
	def := told[d.Action]
	if def == nil {
		return nil
	}
	days := d.Days
	if d.Action == Extend {
		days = moves[0].after.Clock.Extended
	}
	var order []uuid.UUID
	names, first, kinds := map[uuid.UUID][]string{}, map[uuid.UUID]Filing{}, map[uuid.UUID]errs.Text{}
	for _, m := range moves {
		f, kind := m.after, m.after.RegistrationType.Text()
		if _, known := first[f.EnterpriseID]; !known {
			order = append(order, f.EnterpriseID)
			first[f.EnterpriseID], kinds[f.EnterpriseID] = f, kind
		}
		if kinds[f.EnterpriseID] != kind {
			kinds[f.EnterpriseID] = errs.Text{ZH: "申报", EN: "filings"}
		}
		names[f.EnterpriseID] = append(names[f.EnterpriseID], f.PersonName)
	}
	posts := make([]message.Post, len(order))
	for i, id := range order {
		posts[i] = message.Post{EnterpriseID: id, Def: def, Params: map[string]any{"people": registrant.People(names[id]), "count": len(names[id]),
			"type": kinds[id], "reason": d.Reason, "days": days}}
		if len(names[id]) == 1 {
			posts[i].SubjectType, posts[i].SubjectID = "filing", first[id].ID
		}
	}
	return message.PostTx(tx, posts)
}

// judgeRegister asks the register what the approvals would do, in the order of the moves.
func (s *Service) judgeRegister(tx pg.Tx, d Decision, moves []move) (*registrant.Verdict, []registrant.Objected, error) {
	ids := make([]uuid.UUID, len(moves))
	firms := make([]uuid.UUID, len(moves))
	for i, m := range moves {
		ids[i], firms[i] = m.after.ID, m.after.EnterpriseID
	}
	contents, err := readContents(tx, ids)
	if err != nil {
		return nil, nil, err
	}
	codes, err := enterprise.UniqueCodesTx(tx, firms)
	if err != nil {
		return nil, nil, err
	}
	given := make(map[uuid.UUID]registrant.Given, len(d.Items))
	for _, item := range d.Items {
		given[item.FilingID] = item.Given
	}
	approvals := make([]registrant.Approval, len(moves))
	for i, m := range moves {
		if approvals[i], err = s.approval(m.after, contents[m.after.ID]); err != nil {
			return nil, nil, err
		}
		approvals[i].EnterpriseCode, approvals[i].Given = codes[m.after.EnterpriseID], given[m.after.ID]
		if approvals[i].EnterpriseCode == "" {
			approvals[i].EnterpriseCode = enterprise.UniqueCodeOf(contents[m.after.ID].Supplement)
		}
	}
	return s.registrants.JudgeTx(tx, approvals)
}

// content is what an approval takes from a filing beside its row.
type content struct {
	ID             uuid.UUID
	IDNumberHash   []byte
	PersonalSealed []byte
	Form           []byte
	Supplement     string // the certificate that a pre-registration was supplemented with
}

func readContents(tx pg.Tx, ids []uuid.UUID) (map[uuid.UUID]content, error) {
	var rows []content
	if err := tx.Raw(`SELECT f.id, f.id_number_hash, f.personal_sealed, f.form, COALESCE(q.certificate_number, '') AS supplement
		FROM filings f LEFT JOIN qualification_supplements q ON q.id = f.supplement_id WHERE f.id = ANY(?::uuid[])`, pg.UUIDs(ids)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read approved filings: %w", err)
	}
	out := make(map[uuid.UUID]content, len(rows))
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

func (s *Service) approval(f Filing, c content) (registrant.Approval, error) {
	info, _ := f.Profession.Info()
	a := registrant.Approval{FilingID: f.ID, EnterpriseID: f.EnterpriseID, Act: registrant.Act(f.RegistrationType), Track: string(f.Track),
		Profession: string(f.Profession), Prefix: info.CertificatePrefix,
		Person: registrant.Person{Name: f.PersonName, Gender: f.Gender, IDType: f.IDType, IDNumberMasked: f.IDNumberMasked, MobileMasked: f.MobileMasked, IDNumberHash: c.IDNumberHash}}
	var p Personal
	if err := s.vault.Open("filing:"+f.ID.String(), c.PersonalSealed, &p); err != nil {
		return a, err
	}
	a.Person.Personal = registrant.Personal(p)
	var form Form
	if err := json.Unmarshal(c.Form, &form); err != nil {
		return a, fmt.Errorf("read form: %w", err)
	}
	if r := form.Registration; r != nil {
		until, _ := date(r.ValidUntil) // checked at delivery
		a.OnForm = registrant.Terms{CertificateNumber: r.CertificateNumber, SealNumber: r.SealNumber, ValidUntil: until}
	}
	return a, nil
}
