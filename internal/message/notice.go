package message

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
)

// noticeCode is the code of messages whose words stand in the notice.
const noticeCode = "notice"

// Refusals of notices.
var (
	ErrSender      = errs.Define(errs.Forbidden, "notice.wrong_party", "只有省级、部级主管部门可以发布通知", "Only the authorities of a province or the ministry can send notices")
	ErrAudience    = errs.Define(errs.Invalid, "notice.one_audience", "发布范围应为全部企业、若干省份或若干企业之一", "A notice is for all, for provinces, or for enterprises: one of the three")
	ErrReach       = errs.Define(errs.Forbidden, "notice.beyond_province", "只能向本省的企业发布通知", "A province reaches its own enterprises alone")
	ErrNobody      = errs.Define(errs.Invalid, "notice.reaches_nobody", "发布范围内没有企业", "There is no enterprise in the audience")
	ErrRefReused   = errs.Define(errs.Conflict, "notice.ref_reused", "该 notice_ref 已用于内容不同的通知", "This notice_ref was used for another notice")
	errNumbers     = errs.Define(errs.Invalid, "notice.personal_number", "通知中不能有身份证件号码或手机号", "A notice must not hold identity or phone numbers")
	errNoticeWords = errs.Define(errs.Invalid, "notice.invalid", "通知内容有误，请按提示修改", "The notice is invalid; see errors")
)

// NoticeKinds are the kinds of message that a notice can be.
var NoticeKinds = []Kind{KindNotice, KindSystem}

// Notice is what an authority tells. Its JSON names are those of the API.
type Notice struct {
	Ref   string    `json:"notice_ref"` // the sender's id of it: applied once
	Kind  Kind      `json:"kind"`       // one of [NoticeKinds]
	Title string    `json:"title"`
	Body  string    `json:"body"`
	Link  string    `json:"link"`
	To    Addressed `json:"to"`

	DryRun bool `json:"-"` // judge only; nothing is kept
}

// Addressed is whom a notice is for; one of the three.
type Addressed struct {
	All         bool     `json:"all"`
	Provinces   []string `json:"provinces"`
	CreditCodes []string `json:"unified_social_credit_codes"`
}

// Sent is the answer to a notice, the same however often it is sent.
type Sent struct {
	ID         uuid.UUID
	Recipients int      // enterprises that belonged to the audience when it was posted
	Unknown    []string // credit codes that no enterprise has: it never signed in
	PostedAt   time.Time
}

// Send posts a notice and reports whether it was applied now (false: this ref came
// before). Refusals: [ErrSender], [ErrAudience], [ErrReach], [ErrNobody], [ErrRefReused],
// and notice.invalid with a detail for a text with a personal number.
func (s *Service) Send(ctx context.Context, who auth.Actor, n Notice) (Sent, bool, error) {
	if who.Party != auth.Province && who.Party != auth.Ministry {
		return Sent{}, false, ErrSender.New()
	}
	if err := n.check(who); err != nil {
		return Sent{}, false, err
	}
	said, err := json.Marshal(n)
	if err != nil {
		return Sent{}, false, fmt.Errorf("encode notice: %w", err)
	}
	digest := sha256.Sum256(said)
	type outcome struct {
		Sent  Sent `json:"sent"`
		Fresh bool `json:"fresh"`
	}
	for try := 1; ; try++ {
		o, err := idempotency.Apply(ctx, s.db, n.DryRun, func(tx pg.Tx) (outcome, error) {
			if sent, err := earlier(tx, who, n.Ref, digest[:]); err != nil || sent != nil {
				return outcome{Sent: deref(sent)}, err
			}
			sent, err := n.send(tx, who, digest[:])
			return outcome{sent, true}, err
		})
		if pg.Violates(err, "notices_are_applied_once") && try < 3 {
			continue // the same notice at the same moment: now it can be read
		}
		return o.Sent, o.Fresh && err == nil, err
	}
}

func deref(s *Sent) Sent {
	if s == nil {
		return Sent{}
	}
	return *s
}

// check judges what needs no database.
func (n Notice) check(who auth.Actor) error {
	ways := 0
	for _, used := range []bool{n.To.All, len(n.To.Provinces) > 0, len(n.To.CreditCodes) > 0} {
		if used {
			ways++
		}
	}
	if ways != 1 {
		return ErrAudience.New().With(ErrAudience.At("/to"))
	}
	var wrong []errs.Detail
	for _, text := range [][2]string{{"/title", n.Title}, {"/body", n.Body}, {"/link", n.Link}} {
		if idno.HasPersonalNumber(text[1]) {
			wrong = append(wrong, errNumbers.At(text[0]))
		}
	}
	if len(wrong) > 0 {
		return errNoticeWords.New().With(wrong...)
	}
	if who.Party == auth.Ministry {
		return nil
	}
	if n.To.All {
		return ErrReach.New().With(ErrReach.At("/to/all"))
	}
	for i, p := range n.To.Provinces {
		if !slices.Contains(who.Provinces, p) {
			wrong = append(wrong, ErrReach.At("/to/provinces/"+strconv.Itoa(i)))
		}
	}
	if len(wrong) > 0 {
		return ErrReach.New().With(wrong...)
	}
	return nil
}

// earlier gives the answer to a notice that was applied before, nil when there is
// none. [ErrRefReused] when it said something else.
func earlier(tx pg.Tx, who auth.Actor, ref string, digest []byte) (*Sent, error) {
	var rows []struct {
		ID         uuid.UUID
		BodySHA256 []byte `gorm:"column:body_sha256"`
		Recipients int
		Unknown    []byte
		PostedAt   time.Time
	}
	if err := tx.Raw(`SELECT id, body_sha256, recipients, unknown, posted_at FROM notices WHERE client_id = ? AND notice_ref = ?`,
		who.ClientID, ref).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read notice: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	r := rows[0]
	if !bytes.Equal(r.BodySHA256, digest) {
		return nil, ErrRefReused.New()
	}
	s := &Sent{ID: r.ID, Recipients: r.Recipients, PostedAt: r.PostedAt.UTC()}
	if err := json.Unmarshal(r.Unknown, &s.Unknown); err != nil {
		return nil, fmt.Errorf("read notice: %w", err)
	}
	return s, nil
}

// send writes the notice, and a message for each audience: one for all, one a
// province, or one an enterprise that is named.
func (n Notice) send(tx pg.Tx, who auth.Actor, digest []byte) (Sent, error) {
	sent := Sent{ID: uuid.Must(uuid.NewV7()), Unknown: []string{}, PostedAt: tx.Now}
	rows, err := n.address(tx, who, &sent)
	if err != nil {
		return Sent{}, err
	}
	if sent.Recipients == 0 {
		return Sent{}, ErrNobody.New().With(ErrNobody.At("/to"))
	}
	for i := range rows {
		rows[i].ID, rows[i].Kind, rows[i].Code, rows[i].Params, rows[i].NoticeID = uuid.Must(uuid.NewV7()), n.Kind, noticeCode, map[string]any{}, &sent.ID
	}
	addressed, err := json.Marshal(n.To)
	if err != nil {
		return Sent{}, fmt.Errorf("encode audience: %w", err)
	}
	unknown, err := json.Marshal(sent.Unknown)
	if err != nil {
		return Sent{}, fmt.Errorf("encode unknown codes: %w", err)
	}
	// The digest does not stand first: gorm takes bytes behind a parenthesis for a list.
	if err := tx.Exec(`INSERT INTO notices (id, client_id, notice_ref, body_sha256, sender, title, body, link, addressed, recipients, unknown, posted_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?::jsonb, ?)`, sent.ID, who.ClientID, n.Ref, digest, who.Name, n.Title, n.Body, n.Link,
		string(addressed), sent.Recipients, string(unknown), tx.Now).Error; err != nil {
		return Sent{}, fmt.Errorf("write notice: %w", err)
	}
	if err := write(tx, rows); err != nil {
		return Sent{}, err
	}
	return sent, audit.RecordTx(tx, audit.Entry{Actor: who, Action: "notice.send", SubjectType: "notice", SubjectID: sent.ID.String()})
}

// address gives a row an audience, and counts whom it reaches.
func (n Notice) address(tx pg.Tx, who auth.Actor, sent *Sent) ([]row, error) {
	if len(n.To.CreditCodes) > 0 {
		return n.addressNamed(tx, who, sent)
	}
	count := `SELECT count(*) FROM enterprises e`
	var args []any
	rows := []row{{}}
	if !n.To.All {
		count, args = count+` WHERE `+province+` = ANY(?::text[])`, append(args, pg.Texts(n.To.Provinces))
		rows = nil
		for _, p := range n.To.Provinces {
			rows = append(rows, row{Province: &p})
		}
	}
	if err := tx.Raw(count, args...).Scan(&sent.Recipients).Error; err != nil {
		return nil, fmt.Errorf("count recipients: %w", err)
	}
	return rows, nil
}

func (n Notice) addressNamed(tx pg.Tx, who auth.Actor, sent *Sent) ([]row, error) {
	type firm struct {
		ID                   uuid.UUID
		CreditCode, Province string
	}
	var found []firm
	if err := tx.Raw(`SELECT e.id, e.credit_code, `+province+` AS province FROM enterprises e WHERE e.credit_code = ANY(?::text[])`,
		pg.Texts(n.To.CreditCodes)).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("find recipients: %w", err)
	}
	known := make(map[string]firm, len(found))
	for _, f := range found {
		known[f.CreditCode] = f
	}
	var rows []row
	var beyond []errs.Detail
	for i, code := range n.To.CreditCodes {
		in := code[2:4] // the province that the code was given in
		if f, ok := known[code]; ok {
			in = f.Province
			rows = append(rows, row{EnterpriseID: &f.ID})
		} else {
			sent.Unknown = append(sent.Unknown, code)
		}
		if who.Party == auth.Province && !slices.Contains(who.Provinces, in) {
			beyond = append(beyond, ErrReach.At("/to/unified_social_credit_codes/"+strconv.Itoa(i)))
		}
	}
	if len(beyond) > 0 {
		return nil, ErrReach.New().With(beyond...)
	}
	sent.Recipients = len(rows)
	return rows, nil
}
