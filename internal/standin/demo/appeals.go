package demo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/appeal"
	"zhuce/internal/auth"
	"zhuce/internal/workday"
)

// finding is a finding of the demo and how far it goes.
type finding struct {
	user   string // the firm
	kind   appeal.Kind
	facts  string
	source string
	due    int // days from the push, 0: as the rule says
	state  appeal.State
	reason appeal.Reason // of the statement
	says   string
	proofs []appeal.Proof
	answer string // of the authority
	follow appeal.Measure
}

var findings = []finding{
	{user: "huayu", kind: appeal.InsuranceMismatch, facts: "2026 年 10 月社会保险由其他单位缴纳，与注册单位不一致。", source: "社会保险数据比对", state: appeal.AwaitingStatement},
	{user: "huayu", kind: appeal.FundMismatch, facts: "2026 年 9 月起住房公积金由其他单位缴存。", source: "住房公积金数据比对", due: 14, state: appeal.AwaitingStatement,
		reason: appeal.Rectified, says: "我单位已于 11 月办理公积金转入手续，"},
	{user: "huayu", kind: appeal.InsuranceNone, facts: "近三个月没有社会保险缴费记录，劳动关系存疑。", source: "社会保险数据比对", state: appeal.Submitted,
		reason: appeal.Retired, says: "该同志已达到法定退休年龄并正式退休，现由我单位返聘从事设计工作，故没有社会保险缴费记录。",
		proofs: []appeal.Proof{appeal.RetirementProof, appeal.EmploymentContract}},
	{user: "huayu", kind: appeal.SeveralUnits, facts: "同一人员在其他省份另有一项在有效期内的注册。", source: "全国注册信息比对", state: appeal.UnderReview,
		reason: appeal.DataError, says: "该项注册系同名人员的信息，经与发证机关核对，两人证件号码不同，已申请更正数据。",
		proofs: []appeal.Proof{appeal.DataErrorProof}},
	{user: "huayu", kind: appeal.InsuranceSeveral, facts: "2026 年 7 月同时由两个单位缴纳社会保险。", source: "社会保险数据比对", state: appeal.Upheld,
		reason: appeal.Rectified, says: "原单位停缴手续延迟一个月，现已停缴并退回多缴部分，此后仅由我单位缴纳。",
		proofs: []appeal.Proof{appeal.RectifiedProof}, answer: "整改证明齐全，异常信息解除。"},
	{user: "huayu", kind: appeal.QualificationDoubted, facts: "申报的毕业院校与学历数据不一致。", source: "学历数据比对", state: appeal.Rejected,
		reason: appeal.OtherReason, says: "该同志毕业后院校更名，学历数据使用新校名，两者为同一院校。",
		answer: "未提供院校更名的证明。", follow: appeal.Rectify},
	{user: "huayu", kind: appeal.SafetyMismatch, facts: "安全生产考核合格证书（B 证）所在单位与注册单位不一致。", source: "安管证数据比对", due: 1, state: appeal.Overdue},
	{user: "lingnan", kind: appeal.InsuranceMismatch, facts: "2026 年 10 月社会保险由其他单位缴纳。", source: "社会保险数据比对", state: appeal.AwaitingStatement},
	{user: "lingnan", kind: appeal.IdentityMismatch, facts: "现场检查时持证人员与注册照片不符。", source: "现场检查", due: 26, state: appeal.AwaitingStatement},
	{user: "shencheng", kind: appeal.FundSeveral, facts: "2026 年 8 月在两个单位缴存住房公积金。", source: "住房公积金数据比对", state: appeal.AwaitingStatement},
}

// dispute lets the findings happen: pushed eight days ago, answered and decided since.
func (l *loader) dispute(ctx context.Context) error {
	workdays, err := workday.Load("")
	if err != nil {
		return err
	}
	appeals := appeal.New(appeal.Options{DB: l.db, Vault: l.vault, Attachments: l.attachments, Workdays: workdays, DueDays: 30})
	by := l.ministry
	l.clock.pace(glance)
	for i, f := range findings {
		e := l.firmOf(f.user)
		person, err := l.anybody(ctx, e, i)
		if err != nil {
			return err
		}
		paper, err := l.attachments.Upload(ctx, by, "数据比对结果.pdf", bytes.NewReader(page("数据比对结果", f.source)))
		if err != nil {
			return err
		}
		now := l.clock.Now()
		push := appeal.Finding{FindingRef: fmt.Sprintf("demo-finding-%d", i+1), CreditCode: e.code, Person: person, Kind: f.kind,
			Facts: f.facts, Source: f.source, FoundOn: workday.Date(now), Attachments: []uuid.UUID{paper.ID}}
		if f.due > 0 {
			push.DueOn = workday.Date(now.AddDate(0, 0, f.due))
		}
		p, _, err := appeals.Push(ctx, by, push)
		if err != nil {
			return fmt.Errorf("finding %d: %w", i+1, err)
		}
		if err := l.answer(ctx, appeals, e, by, f, p.ID); err != nil {
			return fmt.Errorf("finding %d: %w", i+1, err)
		}
	}
	l.clock.advance(48 * time.Hour)
	return appeals.Sweep(ctx)
}

// answer writes, submits and decides as far as the finding goes.
func (l *loader) answer(ctx context.Context, appeals *appeal.Service, e *employer, by auth.Actor, f finding, id uuid.UUID) error {
	if f.says == "" {
		return nil
	}
	draft := appeal.Draft{Reason: f.reason, Statement: f.says}
	for _, proof := range f.proofs {
		name := proof.Text().ZH
		a, err := l.attachments.Upload(ctx, e.clerk, name+".pdf", bytes.NewReader(page(name, e.name)))
		if err != nil {
			return err
		}
		draft.Evidence = append(draft.Evidence, appeal.Piece{AttachmentID: a.ID, Proof: proof})
	}
	d, err := appeals.SaveDraft(ctx, e.clerk, id, 1, draft)
	if err != nil || f.state == appeal.AwaitingStatement {
		return err
	}
	if _, err := appeals.Submit(ctx, e.clerk, id, d.Version, true); err != nil || f.state == appeal.Submitted {
		return err
	}
	step := 2
	_, _, err = appeals.Decide(ctx, by, id, appeal.Decision{OutcomeRef: id.String(), Outcome: f.state, Reason: f.answer, Measure: f.follow, Step: &step})
	return err
}

func (l *loader) firmOf(user string) *employer {
	for _, e := range l.firms {
		if e.user == user {
			return e
		}
	}
	panic("demo: no firm " + user)
}

// anybody is one of the firm's registrants, another for each i.
func (l *loader) anybody(ctx context.Context, e *employer, i int) (appeal.Person, error) {
	var rows []appeal.Person
	err := l.db.Read(ctx).Raw(`SELECT person_name AS name, certificate_number FROM registrants WHERE enterprise_id = ? AND status = 'valid'
		ORDER BY certificate_number OFFSET ? LIMIT 1`, e.clerk.EnterpriseID, i).Scan(&rows).Error
	if err != nil {
		return appeal.Person{}, fmt.Errorf("find a registrant: %w", err)
	}
	if len(rows) == 0 { // fewer registrants than findings: a name that is nobody's
		return appeal.Person{Name: "程" + "岚屿川"[3*(i%3):3*(i%3)+3], CertificateNumber: fmt.Sprintf("S2019%05d", i)}, nil
	}
	return rows[0], nil
}
