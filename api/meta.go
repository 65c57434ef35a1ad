package api

import (
	"net/http"
	"slices"
	"sort"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/appeal"
	employer "zhuce/internal/enterprise"
	"zhuce/internal/export"
	"zhuce/internal/filing"
	"zhuce/internal/grant"
	"zhuce/internal/idno"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/registrant"
	"zhuce/internal/rename"
	"zhuce/internal/warning"
)

// Label is a value with its names in both languages.
type Label struct {
	Value string `json:"value" example:"pending_submission"`
	ZH    string `json:"zh" example:"未上报"`
	EN    string `json:"en" example:"Not submitted"`
}

// StatusLabel is a filing status with who holds it.
type StatusLabel struct {
	Label
	Phase string `json:"phase" example:"enterprise"`
	Open  bool   `json:"open" example:"true"`
}

// ProfessionLabel is a profession with its track.
type ProfessionLabel struct {
	Label
	Track             string `json:"track" example:"engineer"`
	CertificatePrefix string `json:"certificate_prefix" example:"S"`
}

// IndustryLabel is an industry; those of a setting must upload the qualification copy at a rename (manual §3.7).
type IndustryLabel struct {
	Label
	NeedsQualificationCopy bool `json:"needs_qualification_copy" example:"false"`
}

// WarningLevel is a level of expiry warning with its days: how many before the end it begins, and for
// the expired how many after the end they are shown.
type WarningLevel struct {
	Label
	Days int `json:"days" example:"90"`
}

// HelpLine is a number to call (manual §4).
type HelpLine struct {
	ZH     string   `json:"zh" example:"系统操作问题"`
	EN     string   `json:"en" example:"Using the system"`
	Phones []string `json:"phones" example:"010-88019251"`
	Kind   string   `json:"kind" enums:"system,business" example:"system"`
}

// LegalBasis is a ground that a decision can rest on (法律依据).
type LegalBasis struct {
	Label
	Actions   []string `json:"actions" example:"deny"`
	Track     *string  `json:"track" extensions:"x-nullable" example:"architect"` // null: both
	ArticleZH string   `json:"article_zh" example:"《中华人民共和国注册建筑师条例》第十三条第（一）项"`
	ArticleEN string   `json:"article_en" example:"Regulation on Registered Architects, art. 13(1)"`
	TextZH    string   `json:"text_zh" example:"不具有完全民事行为能力的，不予注册。"`
	TextEN    string   `json:"text_en" example:"Not registered without full civil capacity."`
	From      string   `json:"from" format:"date" example:"1995-09-23"` // the day from which it can be named
}

// RevocationGround is what the revocation of a registration can rest on.
type RevocationGround struct {
	Label
	ArticleZH string `json:"article_zh" example:"《中华人民共和国行政许可法》第六十九条第二款、第七十九条"`
	ArticleEN string `json:"article_en" example:"Administrative Licensing Law, arts. 69(2), 79"`
}

// DecisionPaperKind is a kind of paper that goes with decisions (决定文书).
type DecisionPaperKind struct {
	Label
	Actions []string `json:"actions" example:"accept"` // the decisions that it goes with
}

// Limits are the bounds that a client should know.
type Limits struct {
	BatchMax           int   `json:"batch_max" example:"500"`
	BulkMax            int   `json:"bulk_max" example:"1000"` // filings of one bulk delivery
	BulkMaxBytes       int   `json:"bulk_max_bytes" example:"8388608"`
	PageMax            int   `json:"page_max" example:"200"`
	PageDefault        int   `json:"page_default" example:"20"`
	AttachmentMaxBytes int64 `json:"attachment_max_bytes" example:"10485760"`
	ReadingSeconds     int   `json:"reading_seconds" example:"60"`
	ReasonMax          int   `json:"reason_max" example:"500"`
	StatementMin       int   `json:"statement_min" example:"10"`   // characters
	StatementMax       int   `json:"statement_max" example:"5000"` // characters
	EvidenceMax        int   `json:"evidence_max" example:"20"`    // files of an appeal
}

// Meta is every word and bound that a client needs to show the rest.
type Meta struct {
	Name                    string              `json:"name" example:"Zhuce"`
	Version                 string              `json:"version" example:"0.9.0"`
	ServerTime              time.Time           `json:"server_time"`
	Matters                 []Label             `json:"matters"`
	Tracks                  []Label             `json:"tracks"`
	Statuses                []StatusLabel       `json:"statuses"`
	Phases                  []Label             `json:"phases"`
	Parties                 []Label             `json:"parties"`
	RegistrationTypes       []Label             `json:"registration_types"`
	Professions             []ProfessionLabel   `json:"professions"`
	IDTypes                 []Label             `json:"id_types"`
	Genders                 []Label             `json:"genders"`
	PaperKinds              []Label             `json:"paper_kinds"`
	Actions                 []Label             `json:"actions"`
	LegalBases              []LegalBasis        `json:"legal_bases"`
	DecisionPaperKinds      []DecisionPaperKind `json:"decision_paper_kinds"`
	CorrectionFields        []Label             `json:"correction_fields"`
	Industries              []IndustryLabel     `json:"industries"`
	EconomicTypes           []Label             `json:"economic_types"`
	QualificationCategories []Label             `json:"qualification_categories"`
	QualificationGrades     []Label             `json:"qualification_grades"`
	QualificationStates     []Label             `json:"qualification_states"`
	ContractTypes           []Label             `json:"contract_types"`
	Educations              []Label             `json:"educations"`
	PreRegistrationStates   []Label             `json:"pre_registration_states"`
	WithdrawalStates        []Label             `json:"withdrawal_states"`
	FilingSteps             []Label             `json:"filing_steps"`
	FilingEndings           []Label             `json:"filing_endings"`
	FilingArticles          []Label             `json:"filing_articles"`
	RegistrantStatuses      []Label             `json:"registrant_statuses"`
	RegistrantNotes         []Label             `json:"registrant_notes"`
	RegistrantActs          []Label             `json:"registrant_acts"`
	RevocationGrounds       []RevocationGround  `json:"revocation_grounds"`
	SupplementSources       []Label             `json:"supplement_sources"`
	GrantStates             []Label             `json:"grant_states"`
	GrantScopes             []Label             `json:"grant_scopes"`
	RenameStatuses          []Label             `json:"rename_statuses"`
	RenameActions           []Label             `json:"rename_actions"`
	MessageKinds            []Label             `json:"message_kinds"`
	Provinces               []Label             `json:"provinces"`
	AppealStates            []Label             `json:"appeal_states"`
	AppealKinds             []Label             `json:"appeal_kinds"`
	AppealReasons           []Label             `json:"appeal_reasons"`
	AppealProofs            []Label             `json:"appeal_proofs"`
	AppealMeasures          []Label             `json:"appeal_measures"`
	AppealActions           []Label             `json:"appeal_actions"`
	ExportStates            []Label             `json:"export_states"`
	ExportSources           []Label             `json:"export_sources"`
	WarningLevels           []WarningLevel      `json:"warning_levels"`
	WarningSituations       []Label             `json:"warning_situations"`
	WarningSteps            []Label             `json:"warning_steps"`
	WarningArticles         []Label             `json:"warning_articles"`
	HelpLines               []HelpLine          `json:"help_lines"`
	Limits                  Limits              `json:"limits"`
}

// getMeta answers with the words and bounds of the product.
//
// @ID          getMeta
// @Summary     Words and limits (字典)
// @Description Every enumeration with its Chinese and English names, the help lines and the bounds. Changes only with a release.
// @Tags        meta
// @Produce     json
// @Success     200 {object} Meta
// @Router      /meta [get]
func (a *API) getMeta(c echo.Context) error {
	m := Meta{
		Name: "Zhuce", Version: Version, ServerTime: a.app.Now().UTC(),
		Matters: labels(filing.Matters), Tracks: labels(filing.Tracks), Phases: labels(filing.Phases), Parties: labels(filing.Parties),
		RegistrationTypes: labels(filing.RegistrationTypes), IDTypes: labels(filing.IDTypes), Genders: labels(filing.Genders),
		PaperKinds: labels(filing.PaperKinds), Actions: labels(filing.Actions), ContractTypes: labels(filing.ContractTypes), Educations: labels(filing.Educations),
		PreRegistrationStates: labels(filing.PreRegistrations), WithdrawalStates: labels(filing.Withdrawals), SupplementSources: labels(filing.SupplementSources),
		FilingSteps: labels(filing.Steps), FilingEndings: labels(filing.Endings), FilingArticles: labels(filing.Articles),
		RegistrantStatuses: labels(registrant.Statuses), RegistrantNotes: labels(registrant.Notes), RegistrantActs: labels(registrant.Acts),
		ExportStates: labels(export.States), ExportSources: labels(export.Sources),
		GrantStates: labels(grant.States), GrantScopes: labels(grant.Scopes),
		RenameStatuses: labels(rename.Statuses), RenameActions: labels(rename.Actions),
		EconomicTypes: labels(employer.EconomicTypes), QualificationCategories: labels(employer.QualificationCategories),
		QualificationGrades: labels(employer.QualificationGrades), QualificationStates: labels(employer.QualificationStates),
		WarningSituations: labels(warning.Situations), WarningSteps: labels(warning.Steps), WarningArticles: labels(warning.Articles),
		Limits: Limits{BatchMax: filing.MaxBatch, BulkMax: filing.MaxBulk, BulkMaxBytes: bulkBytes, PageMax: pageMax, PageDefault: pageDefault, AttachmentMaxBytes: a.cfg.MaxAttachmentBytes,
			ReadingSeconds: int(a.cfg.ReadingTime.Seconds()), ReasonMax: reasonMax},
	}
	m.AppealStates, m.AppealKinds, m.AppealReasons = labels(appeal.States), labels(appeal.Kinds), labels(appeal.Reasons)
	m.AppealProofs, m.AppealMeasures, m.AppealActions = labels(appeal.Proofs), labels(appeal.Measures), labels(appeal.Actions)
	m.Limits.StatementMin, m.Limits.StatementMax, m.Limits.EvidenceMax = appeal.StatementMin, appeal.StatementMax, appeal.EvidenceMax
	for _, s := range filing.Statuses {
		st := filing.Status(s.Value)
		m.Statuses = append(m.Statuses, StatusLabel{Label{s.Value, s.ZH, s.EN}, string(st.Phase()), st.Open()})
	}
	for _, p := range filing.Professions {
		m.Professions = append(m.Professions, ProfessionLabel{Label{p.Value, p.ZH, p.EN}, string(p.Track), p.CertificatePrefix})
	}
	for _, i := range employer.Industries {
		m.Industries = append(m.Industries, IndustryLabel{Label{i.Value, i.ZH, i.EN}, slices.Contains(a.cfg.RenameCopyIndustries, i.Value)})
	}
	for _, g := range filing.Grounds {
		m.LegalBases = append(m.LegalBases, LegalBasis{Label{g.Value, g.ZH, g.EN}, texts(g.Actions), orNull(string(g.Track)),
			g.Article.ZH, g.Article.EN, g.Says.ZH, g.Says.EN, g.From})
	}
	for _, g := range registrant.RevocationGrounds {
		m.RevocationGrounds = append(m.RevocationGrounds, RevocationGround{Label{g.Value, g.ZH, g.EN}, g.Article.ZH, g.Article.EN})
	}
	for _, p := range filing.PapersGiven {
		with := p.With
		if with == nil {
			with = filing.Decisions
		}
		m.DecisionPaperKinds = append(m.DecisionPaperKinds, DecisionPaperKind{Label{p.Value, p.ZH, p.EN}, texts(with)})
	}
	m.CorrectionFields = labels(filing.CorrectionFields)
	for code, name := range idno.Provinces {
		m.Provinces = append(m.Provinces, Label{code, name.ZH, name.EN})
	}
	m.MessageKinds = labels(message.Kinds)
	for _, l := range warning.Levels {
		days := a.app.Warnings.Horizon().Threshold(warning.Level(l.Value))
		if l.Value == string(warning.Expired) {
			days = a.app.Warnings.Horizon().KeepExpired
		}
		m.WarningLevels = append(m.WarningLevels, WarningLevel{Label{l.Value, l.ZH, l.EN}, days})
	}
	for _, l := range a.app.HelpLines {
		m.HelpLines = append(m.HelpLines, HelpLine(l))
	}
	sort.Slice(m.Provinces, func(i, j int) bool { return m.Provinces[i].Value < m.Provinces[j].Value })
	return c.JSON(http.StatusOK, m)
}

func labels(table []label.Label) []Label {
	out := make([]Label, len(table))
	for i, l := range table {
		out[i] = Label{l.Value, l.ZH, l.EN}
	}
	return out
}
