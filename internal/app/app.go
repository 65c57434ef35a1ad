// Package app builds every service in dependency order. The command, the
// development stack and the API's tests all start here.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"zhuce/internal/appeal"
	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/bell"
	"zhuce/internal/client"
	"zhuce/internal/config"
	"zhuce/internal/enterprise"
	"zhuce/internal/export"
	"zhuce/internal/files"
	"zhuce/internal/filing"
	"zhuce/internal/grant"
	"zhuce/internal/jobs"
	"zhuce/internal/message"
	"zhuce/internal/outbound"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/registers"
	"zhuce/internal/registrant"
	"zhuce/internal/rename"
	"zhuce/internal/report"
	"zhuce/internal/session"
	"zhuce/internal/token"
	"zhuce/internal/warning"
	"zhuce/internal/webhook"
	"zhuce/internal/workday"
)

// App is the product without its HTTP side.
type App struct {
	Config config.Config
	Log    *slog.Logger
	Now    func() time.Time
	DB     *pg.DB

	HelpLines   []config.HelpLine
	Workdays    *workday.Calendar
	Vault       *pii.Vault
	Tokens      *token.Issuer
	Registers   registers.Registers
	Bell        *bell.Bell // close it when the program leaves: it ends the streams
	Events      *outbox.Service
	Webhooks    *webhook.Service
	Messages    *message.Service
	Reports     *report.Service
	Enterprises *enterprise.Service
	Sessions    *session.Service
	Clients     *client.Service
	Grants      *grant.Service
	Attachments *attachment.Service
	Registrants *registrant.Service
	Filings     *filing.Service
	Appeals     *appeal.Service
	Exports     *export.Service
	Warnings    *warning.Service
	Renames     *rename.Service
	// Jobs take orders from New on; they are worked on between Work and Rest.
	Jobs *jobs.Runner

	ends    context.CancelFunc // of what attends the bell
	attends sync.WaitGroup
}

// Options are what a program or test may put in place of the real thing.
type Options struct {
	Config config.Config
	Log    *slog.Logger
	Now    func() time.Time // the clock; nil means time.Now
	DB     *pg.DB           // open and migrated; the caller closes it

	Resolver *net.Resolver // finds where webhooks lead; nil means the machine's own
}

// New builds the product on an open, migrated database.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &App{Config: o.Config, Log: o.Log, Now: o.Now, DB: o.DB}
	key, err := o.Config.Key()
	if err != nil {
		return nil, err
	}
	if a.Vault, err = pii.New(key); err != nil {
		return nil, err
	}
	if a.HelpLines, err = o.Config.HelpLines(); err != nil {
		return nil, err
	}
	if a.Workdays, err = workday.Load(o.Config.WorkdayDir); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	store, err := files.NewDir(o.Config.FilesDir)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	if a.Tokens, err = token.New(ctx, token.Options{DB: o.DB, Vault: a.Vault, Issuer: o.Config.PublicURL,
		Life: o.Config.AccessTokenLife, Now: o.Now}); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	a.Registers = registers.New(registers.Options{DB: o.DB, QualificationURL: o.Config.QualificationRegisterURL, QualificationToken: o.Config.QualificationRegisterToken,
		BusinessURL: o.Config.BusinessRegisterURL, BusinessToken: o.Config.BusinessRegisterToken,
		Timeout: o.Config.RegisterTimeout, CoolDown: o.Config.RegisterCoolDown})
	if a.Jobs, err = jobs.New(o.DB, o.Log); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	a.Bell = bell.New(o.DB, o.Log)
	a.Events = outbox.New(o.DB, o.Config.EventsKeep)
	guard, err := outbound.New(outbound.Options{Allow: o.Config.WebhookAllow, Ports: o.Config.WebhookPorts,
		Plain: o.Config.Environment == "development", Resolver: o.Resolver})
	if err != nil {
		return nil, fmt.Errorf("app: ZHUCE_WEBHOOK_ALLOW: %w", err)
	}
	a.Webhooks = webhook.New(webhook.Options{DB: o.DB, Vault: a.Vault, Guard: guard, Timeout: o.Config.WebhookTimeout})
	a.Events.Numbered = a.Webhooks.FanOutTx
	a.Reports = report.New(o.DB)
	a.Messages = message.New(o.DB, o.Config.MessagesKeep)
	a.Enterprises = enterprise.New(o.DB)
	a.Sessions = session.New(session.Options{DB: o.DB, Tokens: a.Tokens, Enterprises: a.Enterprises, Vault: a.Vault, Config: o.Config, Now: o.Now})
	a.Grants = grant.New(o.DB)
	a.Clients = client.New(client.Options{DB: o.DB, Tokens: a.Tokens, Issuer: o.Config.PublicURL, TokenURL: o.Config.PublicURL + tokenPath,
		Granted: a.Grants.Granted})
	a.Attachments = attachment.New(o.DB, store, o.Config.MaxAttachmentBytes)
	a.Registrants = registrant.New(o.DB, a.Vault)
	if a.Filings, err = filing.New(ctx, filing.Options{DB: o.DB, Vault: a.Vault, Enterprises: a.Enterprises, Attachments: a.Attachments, Registrants: a.Registrants,
		Register: a.Registers, QualificationDays: o.Config.QualificationDays, QualificationReminders: o.Config.QualificationReminders,
		ReadingTime: o.Config.ReadingTime, CommitmentLife: o.Config.CommitmentLife, Workdays: a.Workdays, Barred: rename.Bar}); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	if a.Renames, err = rename.New(rename.Options{DB: o.DB, Register: a.Registers, Attachments: a.Attachments,
		NeedsCopy: o.Config.RenameCopyIndustries}); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	a.Appeals = appeal.New(appeal.Options{DB: o.DB, Vault: a.Vault, Attachments: a.Attachments, Workdays: a.Workdays, DueDays: o.Config.AppealDays})
	a.Exports = export.New(export.Options{DB: o.DB, Vault: a.Vault, Store: store, Jobs: a.Jobs, Log: o.Log, Filings: a.Filings, Registrants: a.Registrants,
		AtOnce: o.Config.ExportAtOnceRows, MaxRows: o.Config.ExportMaxRows, Keep: o.Config.ExportKeep, Together: o.Config.ExportsTogether})
	days := o.Config.WarningDays // three, checked at start
	a.Warnings = warning.New(warning.Options{DB: o.DB, Vault: a.Vault, PublicURL: o.Config.PublicURL,
		Horizon: warning.Horizon{Early: days[0], Near: days[1], Urgent: days[2], KeepExpired: o.Config.WarningKeepDays}})
	if err := a.scheduled(); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	return a, nil
}

// tokenPath is where clients get their tokens; package api compares it with its own.
const tokenPath = "/api/v1/exchange/token"

// Authenticate verifies a bearer token and that its session, client or grant still
// stands; see token, session, client and grant for the codes.
func (a *App) Authenticate(ctx context.Context, bearer string) (auth.Actor, error) {
	claims, err := a.Tokens.Verify(bearer)
	if err != nil {
		return auth.Actor{}, err
	}
	if claims.ClientID != "" {
		who, err := a.Clients.Actor(ctx, claims)
		if err != nil || claims.EnterpriseID == "" {
			return who, err
		}
		return a.Grants.Delegate(ctx, who, claims.EnterpriseID)
	}
	return a.Sessions.Actor(ctx, claims)
}
