package filing

import (
	"time"

	"zhuce/internal/label"
)

// Form is what the person filled in, as kept in filings.form. The numbers that
// are sealed ([Personal], under "filing:<id>") are no part of it.
type Form struct {
	Person              Person              `json:"person"`
	Qualification       Qualification       `json:"qualification"`
	Registration        *Registration       `json:"registration"` // nil for an initial registration
	Employment          Employment          `json:"employment"`
	ContinuingEducation ContinuingEducation `json:"continuing_education"`
	Statement           string              `json:"statement"`
}

// Person says who is to be registered. Dates are "2006-01-02", or "" where none is known.
type Person struct {
	Name        string `json:"name"`
	Gender      string `json:"gender"`
	IDType      string `json:"id_type"`
	BirthDate   string `json:"birth_date,omitempty"` // of a delivery; kept in [Personal]
	Ethnicity   string `json:"ethnicity"`
	Education   string `json:"education"`
	School      string `json:"school"`
	Major       string `json:"major"`
	GraduatedOn string `json:"graduated_on"`
	Title       string `json:"title"`
	Email       string `json:"email"`
}

// Qualification is the certificate of the examination that was passed (资格证书).
type Qualification struct {
	CertificateNumber string `json:"certificate_number"`
	IssuedOn          string `json:"issued_on"`
}

// Registration is the present registration that the filing acts upon.
type Registration struct {
	CertificateNumber string `json:"certificate_number"` // 注册证书编号
	SealNumber        string `json:"seal_number"`        // 执业印章注册号, the last one held
	ValidUntil        string `json:"valid_until"`
}

// Employment is the contract with the enterprise that files.
type Employment struct {
	ContractType     string `json:"contract_type"`
	ContractFrom     string `json:"contract_from"`
	ContractTo       string `json:"contract_to"` // "" for a contract without an end
	PreviousEmployer string `json:"previous_employer"`
}

// ContinuingEducation counts the hours (学时) of the present term.
type ContinuingEducation struct {
	RequiredHours int `json:"required_hours"` // 必修
	ElectiveHours int `json:"elective_hours"` // 选修
}

// The choices of the form, in the order in which they are shown.
var (
	Educations = []Label{
		label.New("doctor", "博士研究生", "Doctorate"), label.New("master", "硕士研究生", "Master"),
		label.New("bachelor", "大学本科", "Bachelor"), label.New("college", "大学专科", "College"),
		label.New("secondary", "中等专科", "Secondary technical school"), label.New("other", "其他", "Other"),
	}
	// ContractTypes: the three of 劳动合同法 art. 12, and the contract of one who is retired.
	ContractTypes = []Label{
		label.New("fixed_term", "固定期限劳动合同", "Fixed-term labour contract"),
		label.New("open_ended", "无固定期限劳动合同", "Open-ended labour contract"),
		label.New("task", "以完成一定工作任务为期限的劳动合同", "Labour contract for a task"),
		label.New("rehired", "退休返聘协议", "Agreement with a retired person"),
	}
)

// china is the zone in which "today" is meant on every form: no summer time since 1992.
var china = time.FixedZone("CST", 8*60*60)

// today is the date of a moment in China, at midnight UTC, to compare with the dates of a form.
func today(now time.Time) time.Time {
	y, m, d := now.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// date reads a date of a form; false for "" and for what is no date.
func date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}
