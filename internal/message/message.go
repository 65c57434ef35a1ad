// Package message is what an enterprise is told (我的消息, manual §3.6). It is the
// lowest domain: whoever has something to tell defines the words beside its rule
// with [Define] and posts in its own transaction with [PostTx].
//
// A row keeps the definition's code and what fills the words in; the words are
// read in the language of the reader.
package message

import (
	"encoding/json"
	"fmt"
	"sort"
	"sync"

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

// Post is one message on its way.
type Post struct {
	EnterpriseID uuid.UUID
	Def          *Def
	Params       map[string]any // texts, numbers and [errs.Text]; names, never personal numbers
	SubjectType  string         // "filing" …, "" for none
	SubjectID    uuid.UUID
	Once         string // told once for each such key and enterprise; "" always
}

// PostTx writes the messages with one statement, however many they are.
func PostTx(tx pg.Tx, posts []Post) error {
	if len(posts) == 0 {
		return nil
	}
	type row struct {
		ID           uuid.UUID      `json:"id"`
		EnterpriseID uuid.UUID      `json:"enterprise_id"`
		Kind         Kind           `json:"kind"`
		Code         string         `json:"code"`
		Params       map[string]any `json:"params"`
		SubjectType  string         `json:"subject_type"`
		SubjectID    *uuid.UUID     `json:"subject_id"`
		Once         *string        `json:"once"`
	}
	rows := make([]row, len(posts))
	for i, p := range posts {
		r := row{ID: uuid.Must(uuid.NewV7()), EnterpriseID: p.EnterpriseID, Kind: p.Def.Kind, Code: p.Def.Code, Params: map[string]any{}, SubjectType: p.SubjectType}
		for name, value := range p.Params {
			if t, ok := value.(errs.Text); ok {
				value = map[string]string{"zh": t.ZH, "en": t.EN}
			}
			r.Params[name] = value
		}
		if p.SubjectType != "" {
			r.SubjectID = &p.SubjectID
		}
		if p.Once != "" {
			r.Once = &p.Once
		}
		rows[i] = r
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("message: encode: %w", err)
	}
	err = tx.Exec(`INSERT INTO messages (id, enterprise_id, kind, code, params, subject_type, subject_id, once, posted_at)
		SELECT m.id, m.enterprise_id, m.kind, m.code, m.params, m.subject_type, m.subject_id, m.once, ?
		FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, enterprise_id uuid, kind text, code text, params jsonb, subject_type text, subject_id uuid, once text)
		ORDER BY m.id ON CONFLICT ON CONSTRAINT messages_are_told_once DO NOTHING`, tx.Now, string(doc)).Error
	if err != nil {
		return fmt.Errorf("message: write: %w", err)
	}
	return nil
}
