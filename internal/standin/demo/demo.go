// Package demo fills an empty installation with data to develop and test
// against: seven enterprises and their filings of every profession, type and
// status. All of it goes through the services, so nothing is there that the
// product itself could not have made.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/config"
	"zhuce/internal/enterprise"
	"zhuce/internal/files"
	"zhuce/internal/filing"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/registrant"
)

// Client is a machine client of the demo. Its secret is public: it exists on
// development machines alone.
type Client struct {
	Name, Secret string
	party        auth.Party
	scopes       []string
	provinces    []string
	description  string
}

// The machine client of the persons' system.
const (
	PersonClient       = "demo-person"
	PersonClientSecret = "demo-person-secret-for-development"
)

// The machine clients of the authorities, of an integrator and of the administrator.
const (
	ProvinceClient   = "demo-province"
	MinistryClient   = "demo-ministry"
	IntegratorClient = "demo-integrator"
	AdminClient      = "demo-admin"
)

// Clients are the machine clients: of the persons' system, of the provinces of the
// demo's firms together, of the ministry, of an integrator, and the administrator's.
func Clients() []Client {
	authority := []string{auth.ScopeRead, auth.ScopeDecide, auth.ScopeFindings, auth.ScopeRenames, auth.ScopeNotices, auth.ScopeEvents}
	return []Client{
		{PersonClient, PersonClientSecret, auth.Person, []string{auth.ScopeDeliver, auth.ScopeRead, auth.ScopeWithdraw, auth.ScopeEvents}, nil, "个人版"},
		{ProvinceClient, "demo-province-secret-for-development", auth.Province, authority, slices.Sorted(maps.Keys(authorities)), "省级主管部门"},
		{MinistryClient, "demo-ministry-secret-for-development", auth.Ministry, append(slices.Clone(authority), auth.ScopeCorrect), nil, ministry.Name},
		{IntegratorClient, "demo-integrator-secret-for-development", auth.Integrator, client.ScopesOf(auth.Integrator), nil, "示例：企业人力资源系统"},
		{AdminClient, "demo-admin-secret-for-development", auth.Administrator, []string{auth.ScopeClients}, nil, "平台管理员"},
	}
}

// Options say into what the data goes.
type Options struct {
	Config      config.Config // files, master key and reading time
	DatabaseURL string
	Now         func() time.Time // the last moment of the data; nil means time.Now
	Small       bool             // few filings, for browser tests
	Log         *slog.Logger
	Say         func(format string, args ...any) // progress, for people; may be nil
}

// ErrPartial: an earlier loading broke off. Half of the data would mislead.
var ErrPartial = errors.New("the demo data was loaded in part: delete the data folder and start again")

// loader is the services on a clock of their own.
type loader struct {
	Options
	clock       *ticker
	db          *pg.DB
	clients     *client.Service
	enterprises *enterprise.Service
	attachments *attachment.Service
	filings     *filing.Service
	vault       *pii.Vault
	ministry    auth.Actor // with its client, which a finding needs
	person      auth.Actor
	firms       []*employer
}

// Load fills the database, once: what is there already is left alone. [ErrPartial]
// when an earlier loading broke off.
func Load(ctx context.Context, o Options) (err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	l := &loader{Options: o, clock: &ticker{}}
	end := o.Now().UTC().Truncate(time.Minute)
	l.clock.set(end.AddDate(-3, -4, 0)) // before the first of those whose term ends now
	if l.db, err = pg.Open(ctx, pg.Config{URL: o.DatabaseURL, MaxConns: 8, Now: l.clock.Now}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.db.Close()) }()
	if err := l.services(ctx); err != nil {
		return err
	}
	switch there, err := l.found(ctx); {
	case err != nil || there:
		return err
	}
	o.Say("loading demo data (once)")
	start := time.Now()
	if err := l.load(ctx, end); err != nil {
		return err
	}
	o.Say("demo data loaded in %s", time.Since(start).Round(time.Second))
	return l.db.InTx(ctx, func(tx pg.Tx) error {
		return audit.RecordTx(tx, audit.Entry{Actor: system, Action: loaded, SubjectType: "demo", SubjectID: "1"})
	})
}

const loaded = "demo.loaded"

var system = auth.Actor{Party: auth.System, Name: "demo"}

func (l *loader) services(ctx context.Context) error {
	key, err := l.Config.Key()
	if err != nil {
		return err
	}
	vault, err := pii.New(key)
	if err != nil {
		return err
	}
	store, err := files.NewDir(l.Config.FilesDir)
	if err != nil {
		return err
	}
	l.vault = vault
	l.clients = client.New(client.Options{DB: l.db}) // issues no token here
	l.enterprises = enterprise.New(l.db)
	l.attachments = attachment.New(l.db, store, l.Config.MaxAttachmentBytes)
	l.filings, err = filing.New(ctx, filing.Options{DB: l.db, Vault: vault, Enterprises: l.enterprises, Attachments: l.attachments,
		Registrants: registrant.New(l.db, vault), ReadingTime: l.Config.ReadingTime, CommitmentLife: l.Config.CommitmentLife})
	return err
}

// found reports whether the data is there.
func (l *loader) found(ctx context.Context) (bool, error) {
	var done bool
	if err := l.db.Read(ctx).Raw(`SELECT EXISTS (SELECT FROM audit_log WHERE action = ?)`, loaded).Scan(&done).Error; err != nil {
		return false, fmt.Errorf("look for demo data: %w", err)
	}
	if done {
		return true, nil
	}
	_, err := l.clients.Find(ctx, client.Command, PersonClient)
	switch {
	case client.ErrNotFound.Is(err):
		return false, nil
	case err == nil:
		return false, ErrPartial
	}
	return false, err
}

func (l *loader) load(ctx context.Context, end time.Time) error {
	for _, c := range Clients() {
		made, err := l.clients.Register(ctx, client.Command, client.Registration{Name: c.Name, Secret: c.Secret, Description: c.description,
			Party: c.party, Scopes: c.scopes, Provinces: c.provinces, Listed: c.party == auth.Integrator})
		if err != nil {
			return err
		}
		id := made.ID
		if c.party == auth.Person {
			l.person = auth.Actor{Party: auth.Person, ClientID: id, Name: c.Name, Scopes: c.scopes}
		}
		if c.party == auth.Ministry {
			l.ministry = auth.Actor{Party: auth.Ministry, ClientID: id, Name: ministry.Name}
		}
	}
	for i := range firms {
		e, err := l.establish(ctx, i)
		if err != nil {
			return fmt.Errorf("%s: %w", firms[i].name, err)
		}
		l.firms = append(l.firms, e)
	}
	if err := l.live(ctx, end); err != nil {
		return err
	}
	return l.notify(ctx, end)
}

// employer is a firm with who acts for and around it, and its papers.
type employer struct {
	*firm
	clerk    auth.Actor
	province auth.Actor
	code     string
	papers   map[filing.PaperKind]uuid.UUID
	seals    map[string]int // the last serial by profession
}
