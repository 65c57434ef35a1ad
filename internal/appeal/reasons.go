package appeal

import (
	"slices"

	"zhuce/internal/workday"
)

// Reason is why the enterprise holds the finding to be wrong, or settled.
type Reason string

// The reasons: the six cases of 建办市函〔2019〕92号 in which nobody is held to lend
// a certificate although another unit pays the insurance, and three more.
const (
	Retired       Reason = "retired"              // 正式退休或依法提前退休
	Institution   Reason = "institution_status"   // 保留事业单位身份
	University    Reason = "university_staff"     // 大专院校在职教师或科研人员
	Demobilized   Reason = "demobilized"          // 军队自主择业
	InsuranceOver Reason = "insurance_bought_out" // 买断社会保险
	PolicyBasis   Reason = "policy_basis"         // 其他法律法规、政策依据
	Rectified     Reason = "rectified"            // 已整改
	DataError     Reason = "data_error"           // 数据错误
	OtherReason   Reason = "other"                // 其他
)

// Proof is what a piece of evidence proves.
type Proof string

// The proofs.
const (
	EmploymentContract Proof = "employment_contract"    // 劳动合同或聘用协议
	RetirementProof    Proof = "retirement_certificate" // 退休证明
	InstitutionProof   Proof = "institution_proof"      // 事业单位身份及改制证明
	UniversityProof    Proof = "university_proof"       // 院校在职证明
	DemobilizedProof   Proof = "demobilization_proof"   // 自主择业证明
	BuyOutProof        Proof = "buy_out_document"       // 改制、征地拆迁等买断社保文件
	PolicyProof        Proof = "policy_document"        // 法律法规或政策文件
	InsuranceRecord    Proof = "insurance_record"       // 社会保险缴费清单
	RectifiedProof     Proof = "rectification_proof"    // 整改证明
	DataErrorProof     Proof = "data_error_proof"       // 数据主管单位的更正或证明
	OtherProof         Proof = "other"                  // 其他
)

// needs is one row of what is data here: which reason answers which kinds, and the
// proofs that it needs, from a day on. Of several rows that fit, the last in force
// on the day the finding arrived decides, so that a later change asks nobody for
// papers anew.
type needs struct {
	from   string // 2006-01-02
	reason Reason
	kinds  []Kind // nil: every kind
	proofs []Proof
}

var (
	paid = []Kind{InsuranceMismatch, InsuranceSeveral, InsuranceNone, FundMismatch, FundSeveral}

	// The notice of 2019 forgives a different payer where the person really works in
	// the unit of registration, so each of its cases needs the contract as well.
	proofTable = []needs{
		{"2019-01-01", Retired, paid, []Proof{RetirementProof, EmploymentContract}},
		{"2019-01-01", Institution, paid, []Proof{InstitutionProof, InsuranceRecord, EmploymentContract}},
		{"2019-01-01", University, paid, []Proof{UniversityProof, InsuranceRecord, EmploymentContract}},
		{"2019-01-01", Demobilized, paid, []Proof{DemobilizedProof, EmploymentContract}},
		{"2019-01-01", InsuranceOver, paid, []Proof{BuyOutProof, EmploymentContract}},
		{"2019-01-01", PolicyBasis, nil, []Proof{PolicyProof, EmploymentContract}},
		{"2019-01-01", Rectified, nil, []Proof{RectifiedProof}},
		{"2019-01-01", DataError, nil, []Proof{DataErrorProof}},
		{"2019-01-01", OtherReason, nil, nil},
	}
)

// Choice is a reason that fits a finding, with the proofs that it needs.
type Choice struct {
	Reason Reason
	Proofs []Proof
}

// Choices are the reasons that fit the finding, in the order in which they are shown.
func (a Appeal) Choices() []Choice { return choices(a.Kind, workday.Date(a.ReceivedAt)) }

func choices(kind Kind, on string) []Choice {
	var out []Choice
	for _, n := range proofTable {
		if n.from > on || n.kinds != nil && !slices.Contains(n.kinds, kind) {
			continue
		}
		if at := slices.IndexFunc(out, func(c Choice) bool { return c.Reason == n.reason }); at >= 0 {
			out[at].Proofs = n.proofs
			continue
		}
		out = append(out, Choice{n.reason, n.proofs})
	}
	return out
}

// Needs are the proofs that the reason needs, and whether it fits the finding at all.
func (a Appeal) Needs(r Reason) ([]Proof, bool) {
	for _, c := range a.Choices() {
		if c.Reason == r {
			return c.Proofs, true
		}
	}
	return nil, false
}
