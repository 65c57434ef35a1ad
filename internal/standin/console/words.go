package console

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// word is a value with its names, as the product's /meta has them.
type word struct {
	Value             string `json:"value"`
	ZH                string `json:"zh"`
	EN                string `json:"en"`
	Track             string `json:"track"`
	CertificatePrefix string `json:"certificate_prefix"`

	// Of a legal basis, and of a paper that goes with decisions.
	Actions   []string `json:"actions"`
	ArticleZH string   `json:"article_zh"`
	ArticleEN string   `json:"article_en"`
}

// words are the product's own names of everything that is shown here.
type words struct {
	ServerTime        time.Time `json:"server_time"`
	Version           string    `json:"version"`
	Statuses          []word    `json:"statuses"`
	Professions       []word    `json:"professions"`
	RegistrationTypes []word    `json:"registration_types"`
	PaperKinds        []word    `json:"paper_kinds"`
	Actions           []word    `json:"actions"`
	PreRegistrations  []word    `json:"pre_registration_states"`
	Withdrawals       []word    `json:"withdrawal_states"`
	Provinces         []word    `json:"provinces"`
	RenameStatuses    []word    `json:"rename_statuses"`
	AppealStates      []word    `json:"appeal_states"`
	AppealKinds       []word    `json:"appeal_kinds"`
	AppealMeasures    []word    `json:"appeal_measures"`
	LegalBases        []word    `json:"legal_bases"`
	DecisionPapers    []word    `json:"decision_paper_kinds"`
}

func (w *words) list(name string) []word {
	switch name {
	case "statuses":
		return w.Statuses
	case "professions":
		return w.Professions
	case "types":
		return w.RegistrationTypes
	case "papers":
		return w.PaperKinds
	case "actions":
		return w.Actions
	case "pre":
		return w.PreRegistrations
	case "withdrawals":
		return w.Withdrawals
	case "provinces":
		return w.Provinces
	case "renames":
		return w.RenameStatuses
	case "findings":
		return w.AppealStates
	case "kinds":
		return w.AppealKinds
	case "bases":
		return w.LegalBases
	case "given":
		return w.DecisionPapers
	case "measures":
		return w.AppealMeasures
	}
	return nil
}

// word gives a value's names; the value itself where it has none.
func (w *words) word(list, value string) word {
	for _, l := range w.list(list) {
		if l.Value == value {
			return l
		}
	}
	return word{Value: value, ZH: value, EN: value}
}

// meta asks the product for its words and its time.
func (c *Console) meta(ctx context.Context) (*words, error) {
	w := &words{}
	_, err := c.send(ctx, ask{side: Nobody, method: http.MethodGet, url: c.o.ProductURL + base + "/meta", out: w, quiet: true})
	return w, err
}

// now is the product's time.
func (c *Console) now(ctx context.Context) (time.Time, error) {
	w, err := c.meta(ctx)
	return w.ServerTime, err
}

var china = time.FixedZone("CST", 8*60*60)

// day is a date some days from a moment, in China.
func day(t time.Time, days int) string { return t.In(china).AddDate(0, 0, days).Format(time.DateOnly) }

// firm is an enterprise that can sign in at the stand-in login.
type firm struct {
	User string `json:"user_name"`
	Name string `json:"name"`
	Code string `json:"unified_social_credit_code"`
	Own  string // 企业唯一码: characters 3 to 9 of its certificates; made up where it has none
}

// region is the place in its code.
func (f firm) region() string {
	if len(f.Code) != 18 {
		return "110101"
	}
	return f.Code[2:8]
}

// registered is a firm as the two registers know it.
type registered struct {
	Code         string `json:"unified_social_credit_code"`
	Name         string `json:"name"`
	FormerName   string `json:"former_name"`
	ChangedOn    string `json:"changed_on"`
	Certificates []struct {
		Number     string `json:"number"`
		Title      string `json:"title"`
		ValidUntil string `json:"valid_until"`
	} `json:"certificates"`
}

func (c *Console) registered(ctx context.Context) ([]registered, error) {
	var all struct {
		Items []registered `json:"items"`
	}
	err := c.control(ctx, http.MethodGet, "/control/registers/enterprises", nil, &all)
	return all.Items, err
}

// firms are those that can sign in, by user name.
func (c *Console) firms(ctx context.Context) ([]firm, error) {
	var all struct {
		Items []firm `json:"items"`
	}
	if err := c.control(ctx, http.MethodGet, "/control/accounts", nil, &all); err != nil {
		return nil, err
	}
	known, err := c.registered(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all.Items {
		all.Items[i].Own = ownCode(all.Items[i].Code, known)
	}
	return all.Items, nil
}

// ownCode is the seven digits that a firm's seal numbers begin with.
func ownCode(code string, known []registered) string {
	for _, r := range known {
		if r.Code == code && len(r.Certificates) > 0 && len(r.Certificates[0].Number) == 10 {
			return r.Certificates[0].Number[2:9]
		}
	}
	if len(code) != 18 {
		return "1100999"
	}
	return code[2:4] + "00999"
}

func firmOf(all []firm, fits func(firm) bool) (firm, bool) {
	for _, f := range all {
		if fits(f) {
			return f, true
		}
	}
	return firm{}, false
}

func byCode(code string) func(firm) bool {
	return func(f firm) bool { return f.Code == strings.TrimSpace(code) }
}
