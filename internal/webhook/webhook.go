// Package webhook sends events to the addresses that machine clients have named, by
// Standard Webhooks 1.0: signed, tried again for most of a day, at least once.
//
// A delivery is made in the transaction that gives the event its position, and sent by
// whichever instance claims it. The feed stays the truth: who has missed something, or
// wants it exactly once and in order, reads there.
package webhook

import (
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/outbound"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
)

// State is how far a delivery is.
type State string

// The states.
const (
	Pending   State = "pending"   // 待发送
	Delivered State = "delivered" // 已送达
	Failed    State = "failed"    // 未送达
	Cancelled State = "cancelled" // 已取消
)

// States are the states with their names.
var States = []label.Label{
	{Value: string(Pending), Text: errs.Text{ZH: "待发送", EN: "To be sent"}},
	{Value: string(Delivered), Text: errs.Text{ZH: "已送达", EN: "Delivered"}},
	{Value: string(Failed), Text: errs.Text{ZH: "未送达", EN: "Failed"}},
	{Value: string(Cancelled), Text: errs.Text{ZH: "已取消", EN: "Cancelled"}},
}

// Failure is why an attempt failed.
type Failure string

// The failures.
const (
	FailName     Failure = "name"       // 域名无法解析
	FailRefused  Failure = "refused"    // 地址不允许访问
	FailConnect  Failure = "connection" // 无法连接或连接中断
	FailTLS      Failure = "tls"        // 证书或加密连接有误
	FailTimeout  Failure = "timeout"    // 超时
	FailProtocol Failure = "protocol"   // 应答不是 HTTP
	FailRedirect Failure = "redirect"   // 应答为转向
	FailStatus   Failure = "status"     // 应答不是 2xx
	FailGone     Failure = "gone"       // 应答 410
)

// Failures are the failures with their names.
var Failures = []label.Label{
	{Value: string(FailName), Text: errs.Text{ZH: "域名无法解析", EN: "The name does not resolve"}},
	{Value: string(FailRefused), Text: errs.Text{ZH: "地址不允许访问", EN: "The address may not be reached"}},
	{Value: string(FailConnect), Text: errs.Text{ZH: "无法连接或连接中断", EN: "No connection, or it broke"}},
	{Value: string(FailTLS), Text: errs.Text{ZH: "证书或加密连接有误", EN: "The certificate or the secure connection is wrong"}},
	{Value: string(FailTimeout), Text: errs.Text{ZH: "超时", EN: "No answer in time"}},
	{Value: string(FailProtocol), Text: errs.Text{ZH: "应答不是 HTTP", EN: "The answer is not HTTP"}},
	{Value: string(FailRedirect), Text: errs.Text{ZH: "应答为转向", EN: "The answer is a redirect"}},
	{Value: string(FailStatus), Text: errs.Text{ZH: "应答不是 2xx", EN: "The answer is not 2xx"}},
	{Value: string(FailGone), Text: errs.Text{ZH: "应答 410，已停用", EN: "The answer is 410; disabled"}},
}

// Reason is why a webhook was disabled by itself.
type Reason string

// The reasons.
const (
	Gone    Reason = "gone"    // 接收方应答 410
	Failing Reason = "failing" // 长期未能送达
)

// Reasons are the reasons with their names.
var Reasons = []label.Label{
	{Value: string(Gone), Text: errs.Text{ZH: "接收方应答 410", EN: "The receiver answered 410"}},
	{Value: string(Failing), Text: errs.Text{ZH: "连续五天未能送达", EN: "Nothing was delivered for five days"}},
}

// Refusals.
var (
	ErrNotFound      = errs.Define(errs.NotFound, "webhook.not_found", "没有这个回调地址", "There is no such webhook")
	ErrNoDelivery    = errs.Define(errs.NotFound, "webhook.no_delivery", "没有这次投递", "There is no such delivery")
	ErrStale         = errs.Define(errs.Stale, "webhook.stale", "回调地址已被更改，请重新读取", "The webhook was changed; read it again")
	ErrTooMany       = errs.Define(errs.Conflict, "webhook.too_many", "每个客户端最多 {limit} 个回调地址", "A client may have {limit} webhooks")
	ErrDisabled      = errs.Define(errs.Conflict, "webhook.disabled", "回调地址已停用，请先启用", "The webhook is disabled; enable it first")
	ErrNotReplayable = errs.Define(errs.Conflict, "webhook.not_replayable", "该事件已不再保存，或是测试事件，不能重发", "The event is no longer kept, or was a test; it cannot be sent again")
	ErrURL           = errs.Define(errs.Invalid, "webhook.url", "回调地址不能使用", "The address cannot be used")

	refusals = map[outbound.Why]*errs.Def{
		outbound.Form:    errs.Define(errs.Invalid, "webhook.url_form", "应为完整的网址，不带用户名、# 和非 ASCII 字符", "Must be a whole address without a user, a fragment and characters beyond ASCII"),
		outbound.Scheme:  errs.Define(errs.Invalid, "webhook.url_scheme", "应为 https:// 开头", "Must begin with https://"),
		outbound.Port:    errs.Define(errs.Invalid, "webhook.url_port", "不允许使用端口 {what}", "Port {what} may not be used"),
		outbound.Address: errs.Define(errs.Invalid, "webhook.url_address", "地址 {what} 不在公网上", "The address {what} is not on the public network"),
	}
)

// Webhook is an address that events are sent to.
type Webhook struct {
	ID             uuid.UUID
	ClientID       uuid.UUID
	URL            string
	Description    string
	Kinds          []string `gorm:"-"` // none: all
	SecretMadeAt   time.Time
	OldSecretUntil *time.Time // both secrets sign until then
	DisabledAt     *time.Time
	DisabledWhy    Reason
	FailingSince   *time.Time
	LastSuccessAt  *time.Time
	Version        int
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Settings are what a client chooses.
type Settings struct {
	URL         string
	Description string
	Kinds       []string
}

// Options are what the service needs.
type Options struct {
	DB      *pg.DB
	Vault   *pii.Vault
	Guard   *outbound.Guard
	Timeout time.Duration // of one attempt; 0 means 15 s
}

// Service keeps webhooks and sends to them.
type Service struct {
	db      *pg.DB
	vault   *pii.Vault
	guard   *outbound.Guard
	http    *http.Client
	timeout time.Duration

	mu     sync.Mutex
	counts map[string]int64
}

// New makes the service.
func New(o Options) *Service {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	return &Service{db: o.DB, vault: o.Vault, guard: o.Guard, http: o.Guard.Client(), timeout: o.Timeout, counts: map[string]int64{}}
}

// eventDisabled tells the client in the feed, which it can read whatever became of its address.
var eventDisabled = outbox.Define("webhook.disabled", "回调地址已自动停用", "A webhook was disabled by itself")

// Test is the kind of what [Service.Test] sends; it is in no feed.
const Test = "webhook.test"
