// Package registers asks the two registers of other authorities: which
// qualification certificates an enterprise has (企业资质库, manual §3.2.6), and
// what it is called in the business register (市场监管企业登记, §3.7).
//
// Three answers are told apart: what the register says, "nothing found" included;
// what it last said, with its age, when it does not answer now; and [ErrDown] when
// there is neither. A domain declares its own interface over the method it needs.
package registers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// Refusals.
var (
	// ErrDown: the register does not answer, and has never answered about this enterprise.
	ErrDown = errs.Define(errs.Unavailable, "registers.unavailable",
		"{register}暂时没有应答，您的内容未丢失，请稍后再试", "The {register} does not answer at the moment; nothing is lost, try again later")
	// ErrUnknownFirm: the business register answered that it has no such enterprise.
	ErrUnknownFirm = errs.Define(errs.NotFound, "registers.unknown_enterprise",
		"市场监管登记中没有该统一社会信用代码的企业", "The business register has no enterprise with this unified social credit code")
)

// Certificate is one qualification certificate as its register has it. Dates are
// written 2026-01-31.
type Certificate struct {
	Number           string `json:"number"`
	Title            string `json:"title"`
	Category         string `json:"category"`
	Grade            string `json:"grade"`
	IssuingAuthority string `json:"issuing_authority"`
	IssuedOn         string `json:"issued_on"`
	ValidUntil       string `json:"valid_until"`
	Holder           string `json:"holder"` // the enterprise's name as it stands on the certificate
}

// Qualifications is what the register says of one enterprise.
type Qualifications struct {
	Certificates []Certificate
	AsOf         time.Time // when the register said so
	Stale        bool      // it does not answer now: this is its last answer
}

// LegalName is an enterprise's name in the business register.
type LegalName struct {
	Name       string
	FormerName string // "" when it never had another
	ChangedOn  string // 2026-01-31; "" likewise
	AsOf       time.Time
	Stale      bool
}

// Registers is the port. No implementation may be called inside a transaction.
type Registers interface {
	// Qualifications gives the enterprise's certificates; none is an empty list and no error. [ErrDown].
	Qualifications(ctx context.Context, creditCode string) (Qualifications, error)
	// LegalName gives the name as registered. [ErrUnknownFirm], [ErrDown].
	LegalName(ctx context.Context, creditCode string) (LegalName, error)
}

// Options say where the registers are. An empty address is a register that never answers.
type Options struct {
	DB                 *pg.DB
	QualificationURL   string
	QualificationToken string
	BusinessURL        string
	BusinessToken      string
	Timeout            time.Duration     // of one try; 0 means 3 s
	CoolDown           time.Duration     // how long a register that keeps failing is left alone; 0 means 15 s
	Transport          http.RoundTripper // nil means one of its own
}

// Client is the port over HTTP, with the last good answers kept in the database.
type Client struct {
	db                       *pg.DB
	qualifications, business *caller
}

var _ Registers = (*Client)(nil)

// The registers' names, as they stand in [ErrDown].
var (
	QualificationRegister = errs.Text{ZH: "企业资质库", EN: "qualification register"}
	BusinessRegister      = errs.Text{ZH: "市场监管企业登记系统", EN: "business register"}
)

// New makes the client.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = 3 * time.Second
	}
	if o.CoolDown <= 0 {
		o.CoolDown = 15 * time.Second
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxConnsPerHost = 32
		o.Transport = t
	}
	return &Client{o.DB,
		newCaller("qualifications", QualificationRegister, o.QualificationURL, o.QualificationToken, o),
		newCaller("enterprises", BusinessRegister, o.BusinessURL, o.BusinessToken, o)}
}

// Qualifications is of [Registers].
func (c *Client) Qualifications(ctx context.Context, creditCode string) (Qualifications, error) {
	said, asOf, stale, err := lookUp[qualificationsAnswer](ctx, c.db, c.qualifications, creditCode)
	return Qualifications{said.Certificates, asOf, stale}, err
}

// LegalName is of [Registers].
func (c *Client) LegalName(ctx context.Context, creditCode string) (LegalName, error) {
	said, asOf, stale, err := lookUp[nameAnswer](ctx, c.db, c.business, creditCode)
	if err == nil && said.Name == "" {
		return LegalName{}, ErrUnknownFirm.New()
	}
	return LegalName{said.Name, said.FormerName, said.ChangedOn, asOf, stale}, err
}

// lookUp asks the register, keeps what it says, and falls back on what it last said.
func lookUp[T any, A interface {
	*T
	answer
}](ctx context.Context, db *pg.DB, from *caller, creditCode string) (said T, asOf time.Time, stale bool, err error) {
	kept, failed := from.ask(ctx, creditCode, read[T, A])
	switch {
	case failed == nil:
		asOf = db.Now()
		err = keep(ctx, db, from.register, creditCode, kept, asOf)
	case ctx.Err() != nil:
		return said, asOf, false, ctx.Err() // the caller is gone, the register may be well
	default:
		stale = true
		kept, asOf, err = last(ctx, db, from.register, creditCode)
		if err == nil && kept == nil {
			err = ErrDown.Wrap(failed, "register", from.name)
		}
	}
	if err != nil {
		return said, time.Time{}, false, err
	}
	if err := json.Unmarshal(kept, &said); err != nil {
		return said, time.Time{}, false, fmt.Errorf("registers: read the answer of %s: %w", from.register, err)
	}
	return said, asOf, stale, nil
}
