// Package enterprise keeps the employers (聘用企业) and their basic information
// (企业基本信息, manual §3.1; domain §4).
//
// Who an enterprise is comes from the national login and is never typed; the rest
// is filled in by its clerks, and nothing can be filed before the first save. A
// different unified social credit code is a different enterprise.
package enterprise

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
)

// Refusals.
var (
	// ErrUnknown: nobody of this enterprise has ever signed in.
	ErrUnknown = errs.Define(errs.NotFound, "enterprise.unknown",
		"系统中没有该企业，请企业先登录一次", "The enterprise is not known here; it has to sign in once first")
	// ErrNotSaved: 首次使用该系统需要先添加企业基本信息保存后，方可申报 (manual §3.1).
	ErrNotSaved = errs.Define(errs.Conflict, "enterprise.basic_information_missing",
		"请先填写并保存企业基本信息", "Fill in and save the basic information of the enterprise first")
	// ErrStale: somebody else saved in between.
	ErrStale = errs.Define(errs.Stale, "request.stale",
		"内容已被他人修改，请刷新后再改", "The record was changed since you read it; reload and edit again")
)

// Enterprise is one employer.
type Enterprise struct {
	ID                       uuid.UUID
	CreditCode               string // 统一社会信用代码
	Name                     string // 企业名称, as filed under; changes by a rename alone
	LegalRepresentative      string // 法定代表人
	LegalPersonType          string // 法人类型
	LoginName                string // what the last sign-in said
	LoginLegalRepresentative string
	Province                 string // two-digit code; handles the filings. Empty until the first save
	Basic                    BasicInformation
	SavedAt                  *time.Time // the first save
	Version                  int        // counts saves
	UpdatedAt                time.Time
}

// BasicInformation is what the enterprise itself fills in. Dates are written
// 2026-01-31; the JSON names are those of the stored record.
type BasicInformation struct {
	RegisteredAddress    string          `json:"registered_address"`     // 注册地址
	Province             string          `json:"province"`               // 省, two digits of GB/T 2260
	City                 string          `json:"city"`                   // 市
	District             string          `json:"district"`               // 区
	EstablishedOn        string          `json:"established_on"`         // 成立日期
	RegisteredCapitalWan *float64        `json:"registered_capital_wan"` // 注册资本, in 10,000 yuan
	RegistrationAuth     string          `json:"registration_authority"` // 登记机关
	LicenceValidUntil    string          `json:"licence_valid_until"`    // 营业执照有效期至; empty is 长期
	EconomicType         string          `json:"economic_type"`          // 经济性质, of EconomicTypes
	Industries           []string        `json:"industries"`             // 所属行业, of Industries
	Qualifications       []Qualification `json:"qualifications"`         // 资质证书
	Contact              Contact         `json:"contact"`                // 联系人
}

// Qualification is one qualification certificate (资质证书) of the enterprise.
type Qualification struct {
	CertificateNumber string     `json:"certificate_number"` // a letter and nine digits
	Category          string     `json:"category"`           // of QualificationCategories
	Title             string     `json:"title"`              // 资质名称
	Grade             string     `json:"grade"`              // of QualificationGrades
	IssuingAuthority  string     `json:"issuing_authority"`  // 发证机关
	IssuedOn          string     `json:"issued_on"`          // 发证日期
	ValidUntil        string     `json:"valid_until"`        // 有效期至
	State             string     `json:"state"`              // of QualificationStates
	CopyAttachmentID  *uuid.UUID `json:"copy_attachment_id"` // 副本
}

// Contact is whom to call.
type Contact struct {
	Name          string `json:"name"`           // 联系人
	Mobile        string `json:"mobile"`         // 手机
	Telephone     string `json:"telephone"`      // 座机
	Email         string `json:"email"`          // 邮箱
	PostalAddress string `json:"postal_address"` // 通信地址
	Postcode      string `json:"postcode"`       // 邮编
}

// Drift is a locked field in which the login has come to differ from what is
// stored; it opens the way to a rename (manual §3.7).
type Drift struct {
	Field  string // "name" or "legal_representative"
	Stored string
	Login  string
}

// Saved reports whether the basic information was saved once, so that filing is open.
func (e Enterprise) Saved() bool { return e.SavedAt != nil }

// CreditCodeValid reports whether the check character fits. A real code may fail:
// that is shown, never a reason to lock an enterprise out (domain §10).
func (e Enterprise) CreditCodeValid() bool { return idno.ValidCreditCode(e.CreditCode) }

// UniqueCode is the enterprise's seven-digit code (企业唯一码), part of all its
// qualification certificates' numbers; empty while there is none.
func (e Enterprise) UniqueCode() string {
	for _, q := range e.Basic.Qualifications {
		if code := uniqueCode(q.CertificateNumber); code != "" {
			return code
		}
	}
	return ""
}

// UniqueCodeOf is the enterprise's own code in a certificate's number; empty for
// what is no number.
func UniqueCodeOf(number string) string { return uniqueCode(number) }

// Drift lists where the last login differs from what is stored.
func (e Enterprise) Drift() []Drift {
	var out []Drift
	if e.LoginName != e.Name {
		out = append(out, Drift{"name", e.Name, e.LoginName})
	}
	if e.LoginLegalRepresentative != e.LegalRepresentative {
		out = append(out, Drift{"legal_representative", e.LegalRepresentative, e.LoginLegalRepresentative})
	}
	return out
}

// Service holds the use cases.
type Service struct{ db *pg.DB }

// New makes the service.
func New(db *pg.DB) *Service { return &Service{db} }

// Current is the actor's own enterprise. Refusal: [ErrUnknown].
func (s *Service) Current(ctx context.Context, who auth.Actor) (Enterprise, error) {
	return read(s.db.Read(ctx), `WHERE id = ?`, who.EnterpriseID)
}

// ByCreditCodeTx finds the enterprise of a code. Refusal: [ErrUnknown].
func ByCreditCodeTx(tx pg.Tx, code string) (Enterprise, error) {
	return read(tx.DB, `WHERE credit_code = ?`, code)
}

// LockTx reads the enterprise and keeps it from being saved or renamed until the
// transaction ends; several can hold it at once. Refusal: [ErrUnknown].
func LockTx(tx pg.Tx, id uuid.UUID) (Enterprise, error) {
	return read(tx.DB, `WHERE id = ? FOR SHARE`, id)
}

// LockByCreditCodesTx is [LockTx] for the enterprises of many codes, in id order and
// with one statement; what no enterprise has is missing from the answer.
func LockByCreditCodesTx(tx pg.Tx, codes []string) (map[string]Enterprise, error) {
	rows, err := scan(tx.Raw(`SELECT `+columns+` FROM enterprises WHERE credit_code = ANY(?::text[]) ORDER BY id FOR SHARE`, pg.Texts(codes)))
	if err != nil {
		return nil, fmt.Errorf("hold enterprises: %w", err)
	}
	found := make(map[string]Enterprise, len(rows))
	for _, e := range rows {
		found[e.CreditCode] = e
	}
	return found, nil
}

// HoldTx reads the enterprise and keeps it to this transaction alone: whoever files
// ([LockTx]) waits for whoever renames, and the other way round. Refusal: [ErrUnknown].
func HoldTx(tx pg.Tx, id uuid.UUID) (Enterprise, error) {
	return read(tx.DB, `WHERE id = ? FOR UPDATE`, id)
}

// ByCreditCodeTx is the function of the same name, for those who hold the service.
func (s *Service) ByCreditCodeTx(tx pg.Tx, code string) (Enterprise, error) {
	return ByCreditCodeTx(tx, code)
}

// LockTx is the function of the same name, for those who hold the service.
func (s *Service) LockTx(tx pg.Tx, id uuid.UUID) (Enterprise, error) { return LockTx(tx, id) }

// Claims are what the national login vouches for.
type Claims struct{ CreditCode, Name, LegalRepresentative, LegalPersonType string }

// SignedInTx records a sign-in: an enterprise met for the first time is created,
// of a known one the login's words are kept beside the stored ones. Until the
// first save nothing rests on the stored ones, and they follow the login.
func (s *Service) SignedInTx(tx pg.Tx, c Claims) (Enterprise, error) {
	rows, err := scan(tx.Raw(`INSERT INTO enterprises AS e
			(id, credit_code, name, legal_representative, legal_person_type, login_name, login_legal_representative, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT ON CONSTRAINT enterprises_credit_code_is_unique DO UPDATE SET
			login_name = EXCLUDED.login_name, login_legal_representative = EXCLUDED.login_legal_representative,
			legal_person_type = EXCLUDED.legal_person_type,
			name = CASE WHEN e.saved_at IS NULL THEN EXCLUDED.name ELSE e.name END,
			legal_representative = CASE WHEN e.saved_at IS NULL THEN EXCLUDED.legal_representative ELSE e.legal_representative END
		RETURNING `+columns,
		uuid.Must(uuid.NewV7()), c.CreditCode, c.Name, c.LegalRepresentative, c.LegalPersonType,
		c.Name, c.LegalRepresentative, tx.Now, tx.Now))
	if err != nil {
		return Enterprise{}, fmt.Errorf("record sign-in: %w", err)
	}
	return rows[0], nil
}
