// Package export writes lists into Excel workbooks (导出, manual §3.3.2): exactly
// what the list shows under the same filter, in the same order, read at one
// moment. Few rows are ready in the request that asks for them; many become a
// job with its progress, which can be cancelled and outlives the page and the process.
//
// rules.go says what may be done with an export; each list has a file of its
// own (filings.go, registrants.go) and gives its own rows, so that list and export
// cannot differ; make.go writes the workbook.
package export

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/files"
	"zhuce/internal/filing"
	"zhuce/internal/jobs"
	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/registrant"
)

// Source is the list that is exported.
type Source string

// The lists.
const (
	Registrants Source = "registrants" // 注册人员
	Filings     Source = "filings"     // 注册申报
)

// Failure is why an export came to nothing.
type Failure string

// The failures that a clerk is told.
const (
	TooManyRows Failure = "too_many_rows" // 记录过多
	GaveUp      Failure = "gave_up"       // 多次失败
)

// Term is one condition of a filter, in words. Personal numbers are masked.
type Term struct{ Label, Value errs.Text }

// Export is one export as everybody at the enterprise may see it.
type Export struct {
	ID           uuid.UUID
	EnterpriseID uuid.UUID
	UserID       uuid.UUID // who asked
	UserName     string
	Source       Source
	State        State
	Masked       bool
	Reason       string
	Lang         string
	Filter       []Term `gorm:"-"` // kept as JSON
	AtOnce       bool
	RowsTotal    int
	RowsDone     int
	Attempt      int
	Failure      Failure // of a failed one
	FileSize     int64   // of one that is ready
	CreatedAt    time.Time
	FinishedAt   *time.Time
	ExpiresAt    *time.Time // of one that is ready

	fileSHA256 string
}

// FileName is what the file is saved as.
func (e Export) FileName() string {
	name := map[Source]errs.Text{Registrants: {ZH: "注册人员", EN: "registrants"}, Filings: {ZH: "注册申报", EN: "filings"}}[e.Source].In(e.Lang, nil)
	return name + "-" + e.CreatedAt.In(china).Format("20060102-1504") + ".xlsx"
}

// china is the zone of the times in a workbook.
var china = time.FixedZone("CST", 8*60*60)

// MsgReady tells that a large export can be downloaded.
var MsgReady = message.Define(message.KindSystem, "export.ready", "导出成功", "Export ready",
	"{user}导出的{source}（{rows} 条）已生成，请在“导出记录”中下载，过期将自动删除。", "{source}, {rows} rows, asked for by {user}: download them under Exports before they expire.")

// MsgFailed tells that a large export came to nothing.
var MsgFailed = message.Define(message.KindSystem, "export.failed", "导出失败", "Export failed",
	"{user}导出的{source}未能生成：{why}", "{source}, asked for by {user}, could not be exported: {why}")

// Options are what the service is built from.
type Options struct {
	DB          *pg.DB
	Vault       *pii.Vault
	Store       files.Store
	Jobs        *jobs.Runner
	Log         *slog.Logger
	Filings     *filing.Service
	Registrants *registrant.Service

	AtOnce   int           // rows that are made in the request itself, at most
	MaxRows  int           // rows of one export
	Keep     time.Duration // from ready to expired
	Together int           // unfinished exports of one enterprise
	Dir      string        // of temporary files, "" for the system's
}

// Service is every act upon exports.
type Service struct{ Options }

// New builds the service and says what to do for its jobs.
func New(o Options) *Service {
	s := &Service{o}
	jobs.Register(o.Jobs, longest, func(ctx context.Context, j job) error { return s.Make(ctx, j.ID) })
	return s
}

// job orders an export to be made.
type job struct {
	ID uuid.UUID `json:"id"`
}

func (job) Kind() string { return "export.make" }

// longest bounds one attempt; a million rows take a minute.
const longest = 10 * time.Minute

func (s *Service) orderTx(tx pg.Tx, id uuid.UUID) error {
	if err := s.Jobs.PutTx(tx, job{id}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
