// Package message is what an enterprise is told (我的消息, manual §3.6). It is the
// lowest domain: whoever has something to tell defines the words beside its rule
// with [Define] and posts in its own transaction with [PostTx].
//
// A row keeps the definition's code and what fills the words in; the words are
// read in the language of the reader. A message has an audience – an enterprise, a
// province, or all – and in it a number, in the order of the commits; what a
// person has read is kept by such numbers (docs/adr/0016).
package message

import (
	"sort"
	"sync"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/pg"
)

// Kind sorts messages for the reader.
type Kind string

// The kinds.
const (
	KindFiling        Kind = "filing"        // 申报
	KindQualification Kind = "qualification" // 资质
	KindRegistration  Kind = "registration"  // 注册
	KindWarning       Kind = "warning"       // 到期预警
	KindAppeal        Kind = "appeal"        // 申辩
	KindRename        Kind = "rename"        // 更名
	KindNotice        Kind = "notice"        // 通知公告
	KindSystem        Kind = "system"        // 系统
)

// Kinds are the names of the kinds, in the order in which they are shown.
var Kinds = []label.Label{
	label.New(string(KindFiling), "申报", "Filings"), label.New(string(KindQualification), "资质", "Qualifications"),
	label.New(string(KindRegistration), "注册", "Registrations"), label.New(string(KindWarning), "到期预警", "Expiry warnings"),
	label.New(string(KindAppeal), "申辩", "Appeals"), label.New(string(KindRename), "企业更名", "Enterprise rename"),
	label.New(string(KindNotice), "通知公告", "Notices"), label.New(string(KindSystem), "系统", "System"),
}

// Def is the definition of a message.
type Def struct {
	Kind        Kind
	Code        string // "filing.withdrawal_asked"
	Title, Body errs.Text
}

var (
	mu   sync.Mutex
	defs = map[string]*Def{}
)

// Define registers a message. {name} in a text stands for a parameter. It panics
// when the code is taken: a code means one thing.
func Define(kind Kind, code, zhTitle, enTitle, zhBody, enBody string) *Def {
	mu.Lock()
	defer mu.Unlock()
	if _, taken := defs[code]; taken {
		panic("message: code defined twice: " + code)
	}
	d := &Def{kind, code, errs.Text{ZH: zhTitle, EN: enTitle}, errs.Text{ZH: zhBody, EN: enBody}}
	defs[code] = d
	return d
}

// All lists every definition by code, for the documents and their check.
func All() []*Def {
	mu.Lock()
	defer mu.Unlock()
	out := make([]*Def, 0, len(defs))
	for _, d := range defs {
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

// Message is one message as its reader sees it.
type Message struct {
	ID          uuid.UUID
	Kind        Kind
	Code        string
	Title, Body errs.Text
	Params      map[string]any // fill the words in
	SubjectType string         // "" for none
	SubjectID   *uuid.UUID
	Link        string // of a notice: an address on the web
	Sender      string // of a notice: who it is from
	PostedAt    time.Time
	Read        bool
	audience    string
	number      int64
}

// Service is what a reader does with messages, and what an authority sends.
type Service struct {
	db   *pg.DB
	keep time.Duration
}

// New builds the service; messages older than keep are deleted.
func New(db *pg.DB, keep time.Duration) *Service { return &Service{db: db, keep: keep} }
